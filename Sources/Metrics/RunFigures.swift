public import Quantities

/// What reports need of a run that is over, however it was watched: its figures and its totals, without requests and steps.
public struct RunFigures: Hashable, Sendable {
  public var summary: Summary
  public var totals: RunTotals
  /// All of the run, those outside the measurement window included.
  public var requests: Int
  /// Of all requests, those that were waiting or running when the run ended.
  public var unfinished: Int
  /// All of the run.
  public var steps: Int
  /// Prompt tokens of all requests, without those found in the prefix cache.
  public var computedPromptTokens: Int
  /// Tokens that reached clients, of all requests.
  public var generatedTokens: Int
  /// Bound on the relative error of the summary's percentiles; 0 if they are exact.
  public var percentileError: Double
  /// The share of each of several replicas; empty in a run of one.
  public var replicas: [ReplicaFigures]
  /// When the last request was released to be sent: how long the arrivals lasted. Of the whole run.
  public var lastRelease: Seconds
  /// What intervals are made of; nil if there are too few requests, or the run comes from a database.
  public var batches: RunBatches?
  /// Of a run that comes from a database, the estimates that were stored with it, by their names in ``RunFigures/namedEstimates``.
  public var storedEstimates: [String: Estimate]
  /// What a warm-up that was to be found (``MeasurementWindow/findsWarmup``) turned out to be; nil if none was.
  public var warmup: Warmup?

  public enum Warmup: Hashable, Sendable {
    /// So many first requests were left out.
    case requests(Int)
    /// No steady state was found, and nothing was left out.
    case none
  }

  public init(
    summary: Summary, totals: RunTotals, requests: Int, unfinished: Int, steps: Int,
    computedPromptTokens: Int, generatedTokens: Int, percentileError: Double, lastRelease: Seconds = .zero,
    batches: RunBatches? = nil, storedEstimates: [String: Estimate] = [:], warmup: Warmup? = nil,
    replicas: [ReplicaFigures] = []
  ) {
    self.summary = summary
    self.totals = totals
    self.requests = requests
    self.unfinished = unfinished
    self.steps = steps
    self.computedPromptTokens = computedPromptTokens
    self.generatedTokens = generatedTokens
    self.percentileError = percentileError
    self.replicas = replicas
    self.lastRelease = lastRelease
    self.batches = batches
    self.storedEstimates = storedEstimates
    self.warmup = warmup
  }

  /// Exact figures from everything that was kept. O(requests · log requests + steps · log steps).
  public init(
    record: RunRecord, window: MeasurementWindow = MeasurementWindow(),
    goodputLimits: GoodputLimits = GoodputLimits()
  ) {
    var window = window
    var found: Warmup?
    if window.findsWarmup {
      let length = WarmUp.requests(of: record)
      window.warmupRequests = length ?? 0
      found = length.map { .requests($0) } ?? Warmup.none
    }
    self.init(
      summary: Summary(record: record, window: window, goodputLimits: goodputLimits), totals: record.totals,
      requests: record.requests.count, unfinished: record.requests.count { $0.outcome == .unfinished },
      steps: record.steps.count,
      computedPromptTokens: record.requests.reduce(0) { $0 + $1.promptTokens - $1.cachedTokens },
      generatedTokens: record.requests.reduce(0) { $0 + $1.generatedTokens }, percentileError: 0,
      lastRelease: record.requests.map(\.released).max() ?? .zero,
      batches: RunBatches(record: record, window: window, goodputLimits: goodputLimits), warmup: found,
      replicas: ReplicaFigures.of(record))
  }

  /// Computed prompt tokens for each output token.
  public var promptWork: Double { Double(computedPromptTokens) / Double(max(1, generatedTokens)) }
}
