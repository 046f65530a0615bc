import CostModel
import Foundation
import Hardware
public import Metrics
import Models
public import Quantities
import Results
import Serving
import Workload

/// A run as `swiftkv-sim run` prints it.
public enum RunReport {
  /// The whole report: heading, vLLM's table, engine, objective, footnote.
  public static func text(
    _ run: VariantRun, of scenario: Scenario, percentileMetrics: [LatencyMetric] = LatencyMetric.allCases,
    percentiles: [Double] = [99]
  ) -> String {
    let description = RunDescription(run, of: scenario, createdAt: .distantPast)
    let error = ExpectedError(run, of: scenario)
    return [
      heading(run, of: scenario),
      body(
        run.replicated, requestRate: description.requestRate,
        maxConcurrency: description.maxConcurrency, percentileMetrics: percentileMetrics,
        percentiles: percentiles, isOpenLoop: scenario.workload.maxConcurrency == nil),
      objective(run.judgements(scenario.objective, error)),
      run.isProjection ? "* \(Headline.projection)\n" : "",
      (percentileNote(run.replicated.replicates).map { $0 + "\n" } ?? "") + error.text + "\n",
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The part that needs no scenario: vLLM's table with intervals, how they came about, the engine's figures, requests that were lost, and what
  /// makes the figures mean little.
  ///
  /// - Parameter isOpenLoop: whether arrivals wait for nobody, so that a load can be too high.
  public static func body(
    _ figures: ReplicatedFigures, requestRate: PerSecond?, maxConcurrency: Int?,
    percentileMetrics: [LatencyMetric] = LatencyMetric.allCases, percentiles: [Double] = [99],
    isOpenLoop: Bool = true
  ) -> String {
    let losses = figures.replicates.map { Self.losses($0.summary) }.filter { !$0.isEmpty }
    let lost =
      losses.isEmpty
      ? "" : "Requests: \(losses[0])\(losses.count > 1 ? "; others are lost in further replications" : "")\n"
    let intervals = LatencyIntervals(figures, metrics: percentileMetrics, percentiles: percentiles)
    let notes =
      UncertaintyNotes.warnings(figures, isOpenLoop: isOpenLoop)
      + [UncertaintyNotes.warmup(figures)].compactMap { $0 }
      + [UncertaintyNotes.run(figures, isComplete: intervals.isComplete)]
    return BenchConsole.text(
      figures, requestRate: requestRate, maxConcurrency: maxConcurrency,
      percentileMetrics: percentileMetrics, percentiles: percentiles, intervals: intervals)
      + notes.map { $0 + "\n" }.joined() + "\n" + engine(figures) + ReplicaReport.text(figures.first.replicas)
      + lost
  }

  /// What was run, and the two lines that vLLM logs when it has sized its KV cache.
  public static func heading(_ run: VariantRun, of scenario: Scenario) -> String {
    let lines = run.groups.flatMap { group in
      // Of each replica; named where there are several kinds.
      let of = run.groups.count == 1 ? "" : "\(group.variant.name): "
      return [
        "\(of)GPU KV cache size: \(NumberText.grouped(group.memory.kvCacheTokens)) tokens"
          + (run.replicas > 1 ? " a replica" : ""),
        "\(of)Maximum concurrency for \(NumberText.grouped(group.memory.maxModelLen)) tokens per request: "
          + String(format: "%.2fx", group.memory.maxConcurrency) + (run.replicas > 1 ? " a replica" : ""),
      ]
    }
    return (["\(scenario.name): \(Headline.deployment(scenario)), \(run.name)"] + lines)
      .joined(separator: "\n") + "\n"
  }

  /// What the engine did and where the time to first token went; what `vllm bench serve` cannot see.
  public static func engine(_ figures: ReplicatedFigures) -> String {
    let totals = figures.first.totals
    let engine = EngineFigures(meanOf: figures.replicates.map(\.summary.engine))
    let attributions = figures.replicates.compactMap(\.summary.attribution)
    var lines = ["Engine" + (figures.isReplicated ? ", means over replications" : "")]
    func add(_ label: String, _ text: String) {
      lines.append("  " + label.padding(toLength: 22, withPad: " ", startingAt: 0) + text)
    }
    add(
      "steps",
      "\(NumberText.grouped(engine.steps)), \(NumberText.significant(engine.meanBatchTokens)) tokens each on average"
    )
    add("GPU busy", NumberText.percent(engine.gpuBusyShare) + " of the time")
    add(
      "requests",
      "\(NumberText.significant(engine.meanRunning)) running and \(NumberText.significant(engine.meanWaiting)) "
        + "waiting on average")
    add(
      "KV cache",
      "\(NumberText.grouped(totals.totalBlocks)) blocks of \(totals.blockSize) tokens; "
        + "\(NumberText.percent(engine.meanKVUsage)) used on average, \(NumberText.percent(engine.peakKVUsage)) at peak"
    )
    add("preemptions", NumberText.grouped(engine.preemptions))
    if let rate = engine.prefixHitRate {
      add("prefix cache hits", NumberText.percent(rate) + " of prompt tokens")
    }
    if !attributions.isEmpty {
      let parts = TTFTAttribution(meanOf: attributions)
      lines.append("Mean TTFT of \(NumberText.significant(parts.total.milliseconds)) ms, by cause (ms)")
      for (label, part) in parts.named { add(label, NumberText.significant(part.milliseconds)) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One line a limit; empty without an objective.
  static func objective(
    _ judgements: [(limit: Objective.Limit, figure: UncertainFigure?, judgement: Judgement)]
  ) -> String {
    guard !judgements.isEmpty else { return "" }
    let lines = judgements.map { limit, figure, judgement in
      "  \(limit.label): " + (figure.map { "\(Self.text($0)), " } ?? "no request finished, ")
        + judgement.words
    }
    return "Objective \(Judgement(all: judgements.map(\.judgement)).words)\n"
      + (lines + UncertaintyNotes.explanations(judgements.map(\.judgement))).joined(separator: "\n") + "\n"
  }

  /// "1.98 s ± 30 ms (sampling) ± 71 ms (model)".
  private static func text(_ figure: UncertainFigure) -> String {
    [
      "\(Seconds(figure.value))", figure.sampling.map { "± \(Seconds($0)) (sampling)" },
      figure.model.map { "± \(Seconds($0)) (model)" },
    ].compactMap { $0 }.joined(separator: " ")
  }

  /// How far percentiles may be off; nil if they are exact.
  public static func percentileNote(_ figures: [RunFigures]) -> String? {
    let bound = figures.map(\.percentileError).max() ?? 0
    // Up to the next hundredth of a percent: a bound must not be rounded down.
    return bound > 0
      ? "Percentiles are within " + String(format: "%.2f", (bound * 1e4).rounded(.up) / 100) + " %." : nil
  }

  /// What happened to requests that did not finish; empty if all did.
  public static func losses(_ summary: Summary) -> String {
    var parts = summary.rejections.map { "\(NumberText.grouped($0.count)) rejected (\($0.reason.rawValue))" }
    let unfinished = summary.failed - summary.rejections.reduce(0) { $0 + $1.count }
    if unfinished > 0 { parts.append("\(NumberText.grouped(unfinished)) unfinished") }
    if summary.excluded > 0 {
      parts.append(
        "\(NumberText.grouped(summary.excluded)) finished after the measured time and are left out")
    }
    return parts.joined(separator: ", ")
  }
}

/// Words that several reports begin with.
package enum Headline {
  /// "meta-llama/Llama-3.1-8B-Instruct on 1 × H100-SXM-80GB", "… on 4 replicas of 2 × H100-SXM-80GB (8 GPUs), least_outstanding".
  package static func deployment(_ scenario: Scenario) -> String {
    deployment(
      scenario.model.name, scenario.device.spec.name, tensorParallelSize: scenario.tensorParallelSize,
      replicas: scenario.fleet.replicas, router: scenario.fleet.router.rawValue)
  }

  /// - Parameter router: nil if it is not known.
  static func deployment(
    _ model: String, _ device: String, tensorParallelSize: Int, replicas: Int, router: String?
  ) -> String {
    let one = "\(tensorParallelSize) × \(device)"
    guard replicas > 1 else { return "\(model) on \(one)" }
    return "\(model) on \(replicas) replicas of \(one) (\(replicas * tensorParallelSize) GPUs)"
      + (router.map { ", \($0)" } ?? "")
  }

  /// The footnote wherever prompt tokens skip layers: the fastest variant is not the best one for that alone.
  package static let quality =
    "Answer quality is not simulated: with half its layers skipped the published Llama-3.1-8B loses 1.0 point of its "
    + "average score of 73.7, and deeper skips lose more (docs/swiftkv.md)."

  /// The footnote wherever a variant is one that no public serving code runs.
  package static let projection =
    "no public serving code runs key_value_group_size > 1 (AcrossKV): these figures are projections"
}

extension TTFTAttribution {
  /// The parts in the order they add up, with their names.
  var named: [(String, Seconds)] {
    [
      ("front end", frontEnd), ("queue", queue), ("own prefill", ownPrefill), ("preemption", preemption),
      ("interference", interference),
    ]
  }
}

extension Objective.Limit {
  /// "ttft_p99 ≤ 2 s".
  var label: String { "\(key) ≤ \(limit)" }
}
