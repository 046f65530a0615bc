public import Quantities

/// One engine step.
public struct StepRecord: Hashable, Sendable, Codable {
  /// When the scheduler composed the batch; with asynchronous scheduling, before `start`.
  public var composed: Seconds
  public var start: Seconds
  /// When its tokens reached the clients.
  public var end: Seconds
  public var prefillTokens: Int
  public var decodeTokens: Int
  /// Running and waiting requests after the batch was composed.
  public var running: Int
  public var waiting: Int
  /// KV blocks referenced by running requests after the batch was composed.
  public var usedBlocks: Int
  /// Requests preempted while it was composed.
  public var preemptions: Int

  @inlinable public init(
    composed: Seconds, start: Seconds, end: Seconds, prefillTokens: Int, decodeTokens: Int, running: Int,
    waiting: Int,
    usedBlocks: Int, preemptions: Int
  ) {
    self.composed = composed
    self.start = start
    self.end = end
    self.prefillTokens = prefillTokens
    self.decodeTokens = decodeTokens
    self.running = running
    self.waiting = waiting
    self.usedBlocks = usedBlocks
    self.preemptions = preemptions
  }
}

/// A sample value and how often it occurred.
public struct WeightedSample: Hashable, Sendable, Codable {
  public var value: Double
  public var count: Int

  @inlinable public init(value: Double, count: Int) {
    self.value = value
    self.count = count
  }
}

/// GPU time of one kind of work, summed over a run.
public struct BusyTime: Hashable, Sendable, Codable {
  /// "GEMM", "prefill attention", …
  public var kind: String
  public var time: Seconds

  public init(kind: String, time: Seconds) {
    self.kind = kind
    self.time = time
  }
}

/// Everything a finished simulation knows: the input of every metric, table, file and figure.
public struct RunRecord: Hashable, Sendable, Codable {
  /// In order of `index`; each arrival exactly once.
  public var requests: [RequestRecord]
  /// In order of execution. Of several replicas: those of the first, then those of the second, …; see ``replicaSteps``.
  public var steps: [StepRecord]
  /// Inter-token gaps in seconds over all requests, pooled: the gaps of one step between the same two deliveries count as
  /// one sample with their number, so the list grows with steps, not with tokens.
  public var interTokenGaps: [WeightedSample]
  public var totals: RunTotals

  public init(
    requests: [RequestRecord], steps: [StepRecord], interTokenGaps: [WeightedSample], totals: RunTotals
  ) {
    self.requests = requests
    self.steps = steps
    self.interTokenGaps = interTokenGaps
    self.totals = totals
  }
}
