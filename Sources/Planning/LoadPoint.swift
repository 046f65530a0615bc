public import Metrics

/// What one load does to one variant, from several independent runs.
///
/// Run r has the same unit gaps, lengths and prompts at every load and for every variant (common random numbers), so that differences
/// between points are differences of loads and variants. Figures are of the measured stretch, see ``LoadWindow``.
public struct LoadPoint: Hashable, Sendable, Codable {
  public var unit: LoadUnit
  /// Requests a second or requests in flight, by ``unit``.
  public var load: Double
  /// Independent runs.
  public var replications: Int
  /// Simulated in all runs together.
  public var requests: Int
  /// Requests a second that were sent, and that were completed.
  public var offeredRate: EstimatedFigure
  public var completedRate: EstimatedFigure
  /// In seconds: every metric's mean, p50, p90 and p99, and what the objective asks for.
  public var latencies: [Latency]
  /// Tokens a second of one replica.
  public var outputThroughput: EstimatedFigure
  public var totalThroughput: EstimatedFigure
  /// Share of requests that kept every per-request limit, 0 ... 1; nil without such limits.
  public var goodShare: EstimatedFigure?
  /// Requests, averaged over time.
  public var meanRunning: EstimatedFigure
  public var meanInSystem: EstimatedFigure
  /// Shares of the KV blocks, 0 ... 1: averaged over time, and at the fullest moment.
  public var meanKVUsage: EstimatedFigure
  public var peakKVUsage: EstimatedFigure
  /// Of one run.
  public var preemptions: EstimatedFigure
  /// Share of time in which the GPU works, 0 ... 1.
  public var gpuBusyShare: EstimatedFigure
  /// Whether less than ``CapacityObjective/completedShare`` of what was sent was completed in the same time: the queue grows, and
  /// latencies say how long the run was and nothing else.
  public var isSaturated: Bool
  /// What the GPUs do with their time; nil where it was not asked for.
  public var use: GPUUse?

  /// One statistic of one latency, in seconds.
  public struct Latency: Hashable, Sendable, Codable {
    public var metric: LatencyMetric
    public var statistic: Objective.Statistic
    public var estimate: EstimatedFigure

    public init(metric: LatencyMetric, statistic: Objective.Statistic, estimate: EstimatedFigure) {
      self.metric = metric
      self.statistic = statistic
      self.estimate = estimate
    }
  }

  public init(
    unit: LoadUnit, load: Double, replications: Int, requests: Int, offeredRate: EstimatedFigure,
    completedRate: EstimatedFigure, latencies: [Latency], outputThroughput: EstimatedFigure,
    totalThroughput: EstimatedFigure,
    goodShare: EstimatedFigure?, meanRunning: EstimatedFigure, meanInSystem: EstimatedFigure,
    meanKVUsage: EstimatedFigure,
    peakKVUsage: EstimatedFigure, preemptions: EstimatedFigure, gpuBusyShare: EstimatedFigure,
    isSaturated: Bool,
    use: GPUUse? = nil
  ) {
    self.unit = unit
    self.load = load
    self.replications = replications
    self.requests = requests
    self.offeredRate = offeredRate
    self.completedRate = completedRate
    self.latencies = latencies
    self.outputThroughput = outputThroughput
    self.totalThroughput = totalThroughput
    self.goodShare = goodShare
    self.meanRunning = meanRunning
    self.meanInSystem = meanInSystem
    self.meanKVUsage = meanKVUsage
    self.peakKVUsage = peakKVUsage
    self.preemptions = preemptions
    self.gpuBusyShare = gpuBusyShare
    self.isSaturated = isSaturated
    self.use = use
  }

  /// Seconds; nil if the statistic was not asked for.
  public subscript(metric: LatencyMetric, statistic: Objective.Statistic) -> EstimatedFigure? {
    latencies.first { $0.metric == metric && $0.statistic == statistic }?.estimate
  }

  /// Tokens a second that one user sees: 1 ÷ mean TPOT; nil if answers have one token.
  public var tokensPerSecondPerUser: EstimatedFigure? {
    guard let tpot = self[.tpot, .mean], tpot.value > 0, tpot.lower > 0 else { return nil }
    return tpot.map { 1 / $0 }
  }
}
