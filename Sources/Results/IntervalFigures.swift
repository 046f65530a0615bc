import Metrics

/// The object `intervals` of a bench file: each figure with half the width of its 95 % interval, under the names and in the units of the
/// file's own keys.
enum IntervalFigures {
  private static let level = 0.95

  /// - Returns: null if no figure has an interval.
  static func json(
    _ figures: ReplicatedFigures, metrics: [LatencyMetric], percentiles: [Double]
  ) -> OrderedJSON {
    var members: BenchJSON.Members = []
    var origin: Estimate.Origin?
    var parts = 0
    func add(_ name: String, _ estimate: Estimate?, scale: Double = 1) {
      guard let estimate else { return }
      origin = origin ?? estimate.origin
      parts = max(parts, estimate.parts.count)
      let interval = estimate.interval(level: level)
      members.append(
        (
          name,
          .object([
            ("value", .number(interval.mean * scale)), ("half_width", .number(interval.halfWidth * scale)),
          ])
        ))
    }
    for metric in metrics {
      let name = metric.benchName
      add("mean_\(name)_ms", figures.estimate(.mean, of: metric), scale: 1e3)
      add("median_\(name)_ms", figures.estimate(.percentile(50), of: metric), scale: 1e3)
      for percent in percentiles {
        add(
          "p\(LatencyMetric.percentileWord(percent))_\(name)_ms",
          figures.estimate(.percentile(percent), of: metric), scale: 1e3)
      }
    }
    if figures.isReplicated {
      add("request_throughput", figures.estimate(.requests))
      add("request_goodput", figures.estimate(.goodRequests))
      add("output_throughput", figures.estimate(.outputTokens))
      add("total_token_throughput", figures.estimate(.allTokens))
    }
    add("good_share", figures.goodShare)
    switch origin {
    case nil: return .null
    case .replications?:
      return .object(
        [("level", .number(level)), ("method", .string("replications")), ("parts", .integer(parts))] + members
      )
    case .batches(let size)?:
      return .object(
        [
          ("level", .number(level)), ("method", .string("batches")), ("parts", .integer(parts)),
          ("batch_size", .integer(size)),
        ] + members)
    }
  }
}
