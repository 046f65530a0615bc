package import CostModel
package import Quantities
package import Workload

/// What a replica's batches run on, which decides how long a step takes: a real engine, or in tests the cost model.
///
/// A replica calls it in the order of its own events, and takes every time from it.
package protocol StepExecutor {
  /// An empty batch to fill.
  var emptyBatch: BatchShape { get }
  /// Steps from one report of progress to the next.
  var stepsPerReport: Int { get }
  /// A request reached the scheduler, which knows it by its slot until it has finished.
  mutating func admit(_ request: Request, slot: Int32)
  /// Runs a batch, which is not empty.
  ///
  /// - Parameters: `sequences`: by slot, as the scheduler left them; `start`: when the step starts.
  /// - Returns: how long it takes, counted from `start`.
  mutating func execute(_ batch: borrowing Batch, of sequences: [Sequence], from start: Seconds) -> StepTime
  /// What a prompt's chunk would have taken with nothing else in its batch, of which the whole took `time`.
  mutating func timeAlone(_ chunk: Batch.Entry, in batch: BatchShape, taking time: StepTime) -> Seconds
  /// Nothing happens before `time`.
  ///
  /// - Returns: whether that time has come. An engine in real time gives up now and then, so that a run can be stopped.
  func wait(until time: Seconds) -> Bool
}
