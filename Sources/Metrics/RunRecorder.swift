public import Quantities

/// Keeps everything that a run tells: a ``RunRecord`` in the making. Memory is O(requests + steps).
public struct RunRecorder: RunObserver {
  public static var keepsDeliveries: Bool { true }

  @usableFromInline var requests: [RequestRecord] = []
  @usableFromInline var steps: [StepRecord] = []
  @usableFromInline var gaps: [WeightedSample] = []
  @usableFromInline let requestSink: (@Sendable (RequestRecord) -> Void)?

  /// - Parameter requestSink: gets every request when it is closed, too.
  public init(requestSink: (@Sendable (RequestRecord) -> Void)? = nil) { self.requestSink = requestSink }

  @inlinable public mutating func sent(at time: Seconds) {}

  @inlinable public mutating func ended(_ step: StepRecord, tokens: Int, consecutive: Int) {
    if consecutive > 0, let previous = steps.last {
      gaps.append(WeightedSample(value: (step.end - previous.end).value, count: consecutive))
    }
    steps.append(step)
  }

  @inlinable public mutating func resumed(after gap: Seconds) {
    gaps.append(WeightedSample(value: gap.value, count: 1))
  }

  @inlinable public mutating func closed(_ request: RequestRecord) {
    requests.append(request)
    requestSink?(request)
  }

  /// The record of the run, which is over. O(requests · log requests).
  public consuming func record(_ totals: RunTotals) -> RunRecord {
    requests.sort { $0.index < $1.index }
    return RunRecord(requests: requests, steps: steps, interTokenGaps: gaps, totals: totals)
  }
}
