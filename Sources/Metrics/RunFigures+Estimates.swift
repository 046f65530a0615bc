public import Quantities

extension RunFigures {
  /// A statistic with how it varies between the run's batches.
  ///
  /// - Returns: nil if there are too few requests to say.
  public func estimate(_ statistic: Objective.Statistic, of metric: LatencyMetric) -> Estimate? {
    let samples = summary[metric]
    guard !samples.isEmpty else { return nil }
    guard let batches else { return storedEstimates["\(statistic.name)_\(metric.rawValue)"] }
    let found =
      switch statistic {
      case .mean: batches.mean(of: metric)
      case .percentile(let percent): batches.percentile(percent, of: metric, in: samples)
      }
    return found?.moved(to: statistic.value(of: samples).value)
  }

  /// What a run does as a whole, other than its latencies.
  public enum Rate: String, Hashable, Sendable, CaseIterable {
    /// Completed requests a second. In an open loop below saturation it is the arrival rate, which a scenario sets; the interval then
    /// tells how evenly they were answered.
    case requests
    /// Tokens generated a second.
    case outputTokens = "output_tokens"
    /// Prompt and generated tokens a second.
    case allTokens = "all_tokens"
    /// Requests a second that kept every goodput limit.
    case goodRequests = "good_requests"

    /// Per second; nil where there is no such figure.
    public func value(in summary: Summary) -> Double? {
      switch self {
      case .requests: summary.requestThroughput.value
      case .outputTokens: summary.outputThroughput.value
      case .allTokens: summary.totalTokenThroughput.value
      case .goodRequests: summary.goodput?.value
      }
    }
  }

  /// A rate with how it varies between windows in which a batch's number of requests has closed.
  ///
  /// - Returns: nil if there is no such figure or there are too few requests to say.
  public func estimate(_ rate: Rate) -> Estimate? {
    guard let value = rate.value(in: summary) else { return nil }
    guard let batches else { return storedEstimates[rate.rawValue] }
    return batches.rate(of: rate)?.moved(to: value)
  }

  /// Requests that kept every goodput limit, as a share of the completed ones; nil without limits, or with too few requests.
  public var goodShare: Estimate? {
    guard let goodput = summary.goodput, summary.requestThroughput > 0 else { return nil }
    guard let batches else { return storedEstimates[Self.goodShareName] }
    return batches.goodShare()?.moved(to: goodput / summary.requestThroughput)
  }

  /// Percentiles whose estimates are stored with a run.
  static let storedPercentiles = [50, 90, 95, 99, 99.9]
  private static let goodShareName = "good_share"

  /// The estimates that a database keeps: mean and usual percentiles of every latency, rates, share of good requests; those that there are.
  public var namedEstimates: [(name: String, estimate: Estimate)] {
    let statistics = [.mean] + Self.storedPercentiles.map { Objective.Statistic.percentile($0) }
    let latencies = LatencyMetric.allCases.flatMap { metric in
      statistics.map { ("\($0.name)_\(metric.rawValue)", estimate($0, of: metric)) }
    }
    let rates = Rate.allCases.map { ($0.rawValue, estimate($0)) }
    return (latencies + rates + [(Self.goodShareName, goodShare)]).compactMap { name, estimate in
      estimate.map { (name, $0) }
    }
  }

  // MARK: Load

  /// Requests a second that were sent, over the time in which they were; nil if all were sent at once.
  public var offeredRate: PerSecond? { lastRelease > 0 ? Double(requests) / lastRelease : nil }

  /// Whether more was sent than could be served: the answers lasted longer than the arrivals by more than a twentieth, and the time to
  /// first token grew from batch to batch. Then latencies depend on how long the run lasts.
  public var isOverloaded: Bool {
    guard lastRelease > 0, lastRelease < Self.keptPace * summary.duration else { return false }
    return Trend.isGrowing(estimate(.mean, of: .ttft)?.parts ?? [])
  }

  /// Share of the offered rate that must be completed for the load to count as carried.
  private static let keptPace = 0.95
}
