public import CostModel
import Foundation
public import Quantities

/// The time in which a live engine serves. Counts from the start of the run.
public protocol ServingClock {
  /// The run starts now.
  mutating func start()
  /// Waits, if `time` is still to come.
  ///
  /// - Returns: false if it gave up after a while, so that the caller can look whether to go on.
  func wait(until time: Seconds) -> Bool
  /// The length of a step that started at `start` and has just been run.
  ///
  /// - Parameter kernels: what its kernels took.
  mutating func stepTime(of batch: BatchShape, from start: Seconds, kernels: StepTime) -> StepTime
}

/// Real time, by the system's monotonic clock.
public struct MonotonicClock: ServingClock {
  private var origin: UInt64 = 0
  /// Sleeping ends this much early, the rest is spun: a wake-up may come late, by milliseconds where a virtual machine's idle core
  /// was given away.
  private static let spin = Seconds(20e-3)
  private static let longestWait = Seconds(0.05)

  public init() {}

  public mutating func start() { origin = Stopwatch.nanoseconds }

  var now: Seconds { Seconds(Double(Stopwatch.nanoseconds - origin) * 1e-9) }

  public func wait(until time: Seconds) -> Bool {
    let missing = time - now
    if missing > Self.longestWait {
      Thread.sleep(forTimeInterval: Self.longestWait.value)
      return false
    }
    if missing > Self.spin { Thread.sleep(forTimeInterval: (missing - Self.spin).value) }
    while now < time {}
    return true
  }

  /// What the kernels did not take is the host's: scheduling, making the step's lists, delivering.
  public func stepTime(of batch: BatchShape, from start: Seconds, kernels: StepTime) -> StepTime {
    var time = kernels
    time[.host] += max(.zero, now - start - kernels.total)
    return time
  }
}

/// Time that passes as the cost model predicts, whatever the steps really take: for tests of the engine against the simulator.
public struct PredictedClock: ServingClock {
  private var cost: StepCost

  public init(_ cost: StepCost) { self.cost = cost }

  public func start() {}
  public func wait(until time: Seconds) -> Bool { true }
  public mutating func stepTime(of batch: BatchShape, from start: Seconds, kernels: StepTime) -> StepTime {
    cost.time(of: batch)
  }
}
