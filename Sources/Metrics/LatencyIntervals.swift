/// The intervals that a table of latencies shows, found once: each takes a look at every request's entry.
public struct LatencyIntervals: Hashable, Sendable {
  private var found: [Key: Estimate] = [:]
  /// Of the statistics that have a value, whether each has an interval.
  public private(set) var isComplete = true

  private struct Key: Hashable, Sendable {
    var statistic: Objective.Statistic
    var metric: LatencyMetric
  }

  /// Mean, median and percentiles of some latencies.
  ///
  /// - Parameter percentiles: in percent.
  public init(_ figures: ReplicatedFigures, metrics: [LatencyMetric], percentiles: [Double]) {
    let statistics = [.mean] + Set([50] + percentiles).sorted().map { Objective.Statistic.percentile($0) }
    for metric in metrics {
      for statistic in statistics {
        if let estimate = figures.estimate(statistic, of: metric) {
          found[Key(statistic: statistic, metric: metric)] = estimate
        } else if figures.value(statistic, of: metric) != nil {
          isComplete = false
        }
      }
    }
  }

  /// nil if there is none, or it was not asked for.
  public subscript(statistic: Objective.Statistic, metric: LatencyMetric) -> Estimate? {
    found[Key(statistic: statistic, metric: metric)]
  }
}
