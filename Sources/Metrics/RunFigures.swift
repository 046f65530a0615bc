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

  public init(
    summary: Summary, totals: RunTotals, requests: Int, unfinished: Int, steps: Int,
    computedPromptTokens: Int,
    generatedTokens: Int, percentileError: Double
  ) {
    self.summary = summary
    self.totals = totals
    self.requests = requests
    self.unfinished = unfinished
    self.steps = steps
    self.computedPromptTokens = computedPromptTokens
    self.generatedTokens = generatedTokens
    self.percentileError = percentileError
  }

  /// Exact figures from everything that was kept. O(requests · log requests + steps · log steps).
  public init(
    record: RunRecord, window: MeasurementWindow = MeasurementWindow(),
    goodputLimits: GoodputLimits = GoodputLimits()
  ) {
    self.init(
      summary: Summary(record: record, window: window, goodputLimits: goodputLimits), totals: record.totals,
      requests: record.requests.count, unfinished: record.requests.count { $0.outcome == .unfinished },
      steps: record.steps.count,
      computedPromptTokens: record.requests.reduce(0) { $0 + $1.promptTokens - $1.cachedTokens },
      generatedTokens: record.requests.reduce(0) { $0 + $1.generatedTokens }, percentileError: 0)
  }

  /// Computed prompt tokens for each output token.
  public var promptWork: Double { Double(computedPromptTokens) / Double(max(1, generatedTokens)) }
}
