import Quantities

/// The figures of a run, or of several replications of it: figures are then means over replications, and vary as those do.
public struct ReplicatedFigures: Hashable, Sendable {
  /// At least one; the first has the run's own seed.
  public let replicates: [RunFigures]

  public init(_ replicates: [RunFigures]) {
    precondition(!replicates.isEmpty, "there is no run")
    self.replicates = replicates
  }

  public var first: RunFigures { replicates[0] }
  public var isReplicated: Bool { replicates.count > 1 }

  /// The mean over replications.
  public func mean(_ figure: (RunFigures) -> Double) -> Double {
    replicates.map(figure).reduce(0, +) / Double(replicates.count)
  }

  /// A statistic, in seconds; nil if a replication has no sample of the latency.
  public func value(_ statistic: Objective.Statistic, of metric: LatencyMetric) -> Double? {
    guard replicates.allSatisfy({ !$0.summary[metric].isEmpty }) else { return nil }
    return mean { statistic.value(of: $0.summary[metric]).value }
  }

  /// A statistic with how it varies; nil if there are too few requests or a replication has no sample.
  public func estimate(_ statistic: Objective.Statistic, of metric: LatencyMetric) -> Estimate? {
    guard isReplicated else { return first.estimate(statistic, of: metric) }
    guard replicates.allSatisfy({ !$0.summary[metric].isEmpty }) else { return nil }
    return Estimate(replications: replicates.map { statistic.value(of: $0.summary[metric]).value })
  }

  /// Per second; nil where there is no such figure.
  public func value(_ rate: RunFigures.Rate) -> Double? {
    let values = replicates.compactMap { rate.value(in: $0.summary) }
    return values.count == replicates.count ? values.reduce(0, +) / Double(values.count) : nil
  }

  /// A rate with how it varies; nil if there is no such figure or too few requests.
  public func estimate(_ rate: RunFigures.Rate) -> Estimate? {
    guard isReplicated else { return first.estimate(rate) }
    let values = replicates.compactMap { rate.value(in: $0.summary) }
    return values.count == replicates.count ? Estimate(replications: values) : nil
  }

  /// Requests that kept every goodput limit, as a share of the completed ones; nil without limits or with too few requests.
  public var goodShare: Estimate? {
    guard isReplicated else { return first.goodShare }
    let shares = replicates.compactMap { figures -> Double? in
      guard let goodput = figures.summary.goodput, figures.summary.requestThroughput > 0 else { return nil }
      return goodput / figures.summary.requestThroughput
    }
    return shares.count == replicates.count ? Estimate(replications: shares) : nil
  }
}
