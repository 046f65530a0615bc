public import Metrics
public import Quantities

/// The figures of a comparison, built from its runs. Every title states what the numbers show.
///
/// A run keeps its colour and shape in all figures that get the same list of runs. Projections are dashed, hollow or pale,
/// and their names say so.
public enum Charts {
  /// Cumulative distribution of a latency: a curve a run, the objective's limit as a line.
  public static func latencyCDF(
    _ metric: LatencyMetric, runs: [PlottedRun], scenario: String, limit: Seconds?
  ) -> Figure {
    let curves = runs.indices.map { i in
      let points = CumulativeCurve.points(of: runs[i].summary[metric], limit: runs.count > 4 ? 200 : 400)
      let look = runs.look(i)
      return Series(
        name: runs[i].legend, points: points.map { Series.Point($0.value * 1e3, $0.share * 100) },
        colour: look.colour, line: look.line, marker: look.marker)
    }
    let references = limit.map {
      [ReferenceLine(at: $0.milliseconds, label: "objective \(Finding.text($0.value))")]
    }
    let values = curves.flatMap { $0.points.map(\.x) } + (limit.map { [$0.milliseconds] } ?? [])
    let subject = metric == .itl ? "share of tokens" : "share of requests"
    return Figure(
      name: Figure.fileName(metric.rawValue, "cdf", scenario),
      title: latencyTitle(metric, runs: runs),
      setting: "\(scenario): \(subject) that take at most so long; \(runs.requestsNote)",
      panels: [
        Panel(
          x: .durations(metric.longName, milliseconds: values),
          y: Axis(
            label: subject, range: 0...100.5,
            ticks: [0, 25, 50, 75, 90, 99].map { Axis.Tick($0, "\(Int($0)) %") }),
          content: .curves(curves), references: references ?? [])
      ], note: zeroNote(metric, runs: runs))
  }

  private static func zeroNote(_ metric: LatencyMetric, runs: [PlottedRun]) -> String {
    let zero = runs.filter { !$0.summary[metric].isEmpty && $0.summary[metric].max <= 0 }.map(\.shortName)
    return zero.isEmpty ? "" : "Not drawn, because every sample is 0: \(zero.joined(separator: ", "))."
  }

  private static func latencyTitle(_ metric: LatencyMetric, runs: [PlottedRun]) -> String {
    let what = "p99 \(metric.shortName)"
    guard let baseline = runs.baseline else { return "No runs to compare" }
    guard let old = baseline.percentile(99, of: metric) else {
      return baseline.summary.completed == 0
        ? "\(baseline.shortName) completed no request"
        : "\(baseline.shortName) has no \(metric.shortName): one-token answers"
    }
    guard let best = runs.best(by: { $0.percentile(99, of: metric) }),
      let new = best.percentile(99, of: metric)
    else {
      let median = baseline.percentile(50, of: metric) ?? 0
      return "\(what) is \(Finding.text(old)), the median \(Finding.text(median)) (\(baseline.shortName))"
    }
    return Finding.latency(what, baseline: (baseline.shortName, old), best: (best.legend, new))
  }
}
