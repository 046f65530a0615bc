import Foundation
import Metrics
import Quantities

/// What is said below tables of how their intervals came about, and of runs whose figures mean little.
enum UncertaintyNotes {
  /// "± is a 95 % interval, from 20 batches of 100 requests." nil where no figure has an interval.
  static func method(_ figures: ReplicatedFigures) -> String? {
    let shown = LatencyMetric.allCases.lazy.compactMap { figures.estimate(.mean, of: $0) }.first
    switch shown?.origin {
    case .replications?:
      return "from \(figures.replicates.count) replications, each with a seed of its own"
    case .batches(let size)?:
      return "from \(shown?.parts.count ?? 0) batches of \(NumberText.grouped(size)) requests"
    case nil: return nil
    }
  }

  /// The line below the table of one run.
  ///
  /// - Parameter isComplete: whether every figure of the table has an interval.
  static func run(_ figures: ReplicatedFigures, isComplete: Bool) -> String {
    guard let method = method(figures) else { return absence(figures) }
    let means = figures.isReplicated ? "Figures are means over replications. " : ""
    return means + "± is the 95 % confidence interval, \(method) (docs/uncertainty.md)."
      + (isComplete ? "" : " Where there is none: too few requests for an interval.")
  }

  /// Why there is no interval at all.
  static func absence(_ figures: ReplicatedFigures) -> String {
    let fewest = ConfidenceInterval.usualBatches * Estimate.smallestBatch
    if figures.first.batches == nil, figures.first.requests >= fewest {
      return "No ±: the run was stored without what intervals are made of."
    }
    return
      "No ±: too few requests for an interval. It takes \(fewest), or --replications where the workload is random."
  }

  /// What the reader of a run must know before its figures; empty if nothing.
  static func warnings(_ figures: ReplicatedFigures, isOpenLoop: Bool) -> [String] {
    let runs = figures.replicates
    var warnings: [String] = []
    func inRuns(_ count: Int) -> String { runs.count > 1 ? " in \(count) of \(runs.count) replications" : "" }
    let overloaded = runs.filter(\.isOverloaded)
    if isOpenLoop, let one = overloaded.first, let offered = one.offeredRate {
      warnings.append(
        "Overload: the queue grew throughout the run\(inRuns(overloaded.count)). Requests came at \(offered) and were completed at "
          + "\(one.summary.requestThroughput). Latencies depend on how long such a run lasts; lower the load, or compare throughput only."
      )
    }
    let unsettled = runs.count { $0.warmup == RunFigures.Warmup.none }
    if unsettled > 0 {
      warnings.append(
        "Warm-up: the run has not settled\(inRuns(unsettled)): MSER-5 finds no steady state in the times to first token. The load is "
          + "above capacity, or the run is too short; nothing was left out.")
    }
    return warnings
  }

  /// What the words of verdicts mean, each once.
  static func explanations(_ judgements: [Judgement]) -> [String] {
    judgements.compactMap(\.explanation).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// "Warm-up: 120 of 2,000 requests left out (MSER-5)." nil if none was to be found, or none was.
  static func warmup(_ figures: ReplicatedFigures) -> String? {
    let lengths = figures.replicates.compactMap { run -> Int? in
      if case .requests(let count)? = run.warmup { return count }
      return nil
    }
    guard let least = lengths.min(), let most = lengths.max() else { return nil }
    let count =
      least == most
      ? NumberText.grouped(least) : "\(NumberText.grouped(least)) to \(NumberText.grouped(most))"
    return
      "Warm-up: the first \(count) of \(NumberText.grouped(figures.first.requests)) requests are left out, found by MSER-5 in the times to first token."
  }
}
