public import Metrics

/// A run as figures see it.
public struct PlottedRun: Sendable {
  /// The variant's short name, which the legends show: "baseline", "swiftkv-50".
  public var name: String
  /// Share of the layers that prompt tokens skip, in 0 ... 100.
  public var skipPercent: Double
  /// Whether no public serving code runs this variant; legends then say "(projection)".
  public var isProjection: Bool
  public var usesFP8KV: Bool
  /// Later layers that share one layer's keys and values; 1 without AcrossKV.
  public var groupSize: Int
  public var figures: RunFigures
  /// Requests and steps, where they were kept: the time line needs them.
  public var record: RunRecord?

  public var summary: Summary { figures.summary }

  public init(
    name: String, skipPercent: Double, isProjection: Bool, usesFP8KV: Bool, groupSize: Int,
    figures: RunFigures, record: RunRecord?
  ) {
    self.name = name
    self.skipPercent = skipPercent
    self.isProjection = isProjection
    self.usesFP8KV = usesFP8KV
    self.groupSize = groupSize
    self.figures = figures
    self.record = record
  }

  var shortName: String { PlottedVariant.short(name) }

  var legend: String { isProjection ? "\(shortName) (projection)" : shortName }

  /// Whether only the skip ratio tells it from the baseline.
  var isPlain: Bool { groupSize <= 1 && !usesFP8KV }

  /// nil if no request gave a sample.
  func percentile(_ percent: Double, of metric: LatencyMetric) -> Double? {
    let distribution = summary[metric]
    return distribution.isEmpty ? nil : distribution.percentile(percent)
  }
}

extension [PlottedRun] {
  /// The run that the others are compared with: the first plain one that skips nothing, else the first.
  var baseline: PlottedRun? { baselineIndex.map { self[$0] } }

  var baselineIndex: Int? { firstIndex { $0.skipPercent == 0 && $0.isPlain } ?? (isEmpty ? nil : 0) }

  /// The run, other than the baseline, with the lowest value; projections only count where there is nothing else.
  func best(by value: (PlottedRun) -> Double?) -> PlottedRun? {
    let others = indices.filter { $0 != baselineIndex }.map { self[$0] }
    let candidates = others.contains { !$0.isProjection } ? others.filter { !$0.isProjection } : others
    var best: (run: PlottedRun, value: Double)?
    for run in candidates {
      guard let value = value(run) else { continue }
      if best.map({ value < $0.value }) ?? true { best = (run, value) }
    }
    return best?.run
  }

  /// How the run at a position looks in every figure.
  func look(_ index: Int) -> VariantLook { VariantLook(index, isProjection: self[index].isProjection) }

  /// "2000 requests", and which runs did not complete all of theirs.
  var requestsNote: String {
    guard let baseline else { return "no runs" }
    let total = baseline.summary.completed + baseline.summary.failed
    let failures = filter { $0.summary.failed > 0 }.map { run in
      "\(run.shortName) \(run.summary.completed) of \(run.summary.completed + run.summary.failed)"
    }
    let count = "\(total) request\(total == 1 ? "" : "s")\(self.count > 1 ? " a run" : "")"
    return failures.isEmpty ? count : "\(count); completed: \(failures.joined(separator: ", "))"
  }
}
