import CostModel
import Foundation
import Hardware
public import Metrics
import Models
public import Quantities
import Results

/// A run as `swiftkv-sim run` prints it.
public enum RunReport {
  /// The whole report: heading, vLLM's table, engine, objective, footnote.
  public static func text(
    _ run: VariantRun, of scenario: Scenario, percentileMetrics: [LatencyMetric] = LatencyMetric.allCases,
    percentiles: [Double] = [99]
  ) -> String {
    let description = RunDescription(run, of: scenario, createdAt: .distantPast)
    return [
      heading(run, of: scenario),
      body(
        run.figures, requestRate: description.requestRate,
        maxConcurrency: description.maxConcurrency, percentileMetrics: percentileMetrics,
        percentiles: percentiles),
      objective(run.verdict),
      run.variant.isProjection ? "* \(Headline.projection)\n" : "",
      (percentileNote([run.figures]).map { $0 + "\n" } ?? "") + ExpectedError(run, of: scenario).text + "\n",
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The part that needs no scenario: vLLM's table, the engine's figures, requests that were lost.
  public static func body(
    _ figures: RunFigures, requestRate: PerSecond?, maxConcurrency: Int?,
    percentileMetrics: [LatencyMetric] = LatencyMetric.allCases, percentiles: [Double] = [99]
  ) -> String {
    let (summary, losses) = (figures.summary, losses(figures.summary))
    return BenchConsole.text(
      summary, requestRate: requestRate, maxConcurrency: maxConcurrency, percentileMetrics: percentileMetrics,
      percentiles: percentiles) + "\n" + engine(figures)
      + (losses.isEmpty ? "" : "Requests: \(losses)\n")
  }

  /// What was run, and the two lines that vLLM logs when it has sized its KV cache.
  public static func heading(_ run: VariantRun, of scenario: Scenario) -> String {
    let memory = run.memory
    return [
      "\(scenario.name): \(Headline.deployment(scenario)), \(run.name)",
      "GPU KV cache size: \(NumberText.grouped(memory.kvCacheTokens)) tokens",
      "Maximum concurrency for \(NumberText.grouped(memory.maxModelLen)) tokens per request: "
        + String(format: "%.2fx", memory.maxConcurrency),
    ].joined(separator: "\n") + "\n"
  }

  /// What the engine did and where the time to first token went; what `vllm bench serve` cannot see.
  public static func engine(_ figures: RunFigures) -> String {
    let (summary, engine, totals) = (figures.summary, figures.summary.engine, figures.totals)
    var lines = ["Engine"]
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
    if let parts = summary.attribution {
      lines.append("Mean TTFT of \(NumberText.significant(parts.total.milliseconds)) ms, by cause (ms)")
      for (label, part) in parts.named { add(label, NumberText.significant(part.milliseconds)) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One line a limit; empty without an objective.
  public static func objective(_ verdict: Objective.Verdict) -> String {
    guard !verdict.findings.isEmpty else { return "" }
    let lines = verdict.findings.map { finding in
      "  \(finding.limit.label): " + (finding.measured.map { "\($0), " } ?? "no request finished, ")
        + (finding.isMet ? "met" : "missed")
    }
    return "Objective \(verdict.isMet ? "met" : "missed")\n" + lines.joined(separator: "\n") + "\n"
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
enum Headline {
  /// "meta-llama/Llama-3.1-8B-Instruct on 1 × H100-SXM-80GB".
  static func deployment(_ scenario: Scenario) -> String {
    "\(scenario.model.name) on \(scenario.tensorParallelSize) × \(scenario.device.spec.name)"
  }

  /// The footnote wherever prompt tokens skip layers: the fastest variant is not the best one for that alone.
  static let quality =
    "Answer quality is not simulated: with half its layers skipped the published Llama-3.1-8B loses 1.0 point of its "
    + "average score of 73.7, and deeper skips lose more (docs/swiftkv.md)."

  /// The footnote wherever a variant is one that no public serving code runs.
  static let projection =
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
