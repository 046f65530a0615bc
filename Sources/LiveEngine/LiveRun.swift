public import CostModel
public import Metrics

/// What a live engine did.
public struct LiveRun: Sendable {
  /// As a simulated replica's: every metric, table and figure takes it.
  public var record: RunRecord
  /// The generated tokens by request index; those of unfinished requests so far.
  public var tokens: [Int: [Int32]]
  /// What the kernels did over the whole run, in a last step that was not delivered too.
  public var tally: KernelTally
  /// In order of execution.
  public var steps: [Step]

  /// One step as it was measured, for calibration.
  public struct Step: Hashable, Sendable {
    public var batch: BatchShape
    public var time: StepTime
  }
}
