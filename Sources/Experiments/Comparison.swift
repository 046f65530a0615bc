import Foundation
import Metrics
public import Models
import Quantities

/// Variants side by side: rows are variants, so that a figure is compared by reading down its column. Changes are relative
/// to the first variant.
public struct Comparison: Sendable {
  public let scenario: Scenario
  /// At least one.
  public let runs: [VariantRun]

  public init(_ scenario: Scenario, runs: [VariantRun]) {
    precondition(!runs.isEmpty, "nothing to compare")
    self.scenario = scenario
    self.runs = runs
  }

  private var first: VariantRun { runs[0] }

  /// What is compared if nothing is asked for: baseline and the scenario's own variant, or the usual half of the layers.
  public static func defaultVariants(for scenario: Scenario) -> [Variant] {
    let own = scenario.variant
    let half = Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))
    return [.baseline, own == .baseline ? half : own]
  }

  public var heading: String {
    "\(scenario.name): \(Headline.deployment(scenario)), \(NumberText.grouped(first.figures.requests)) requests, "
      + "seed \(scenario.seed)" + (runs.count > 1 ? "; changes against \(first.name)" : "")
  }

  /// Latencies, throughput, memory, and the objective if there is one.
  public var tables: [ReportTable] {
    LatencyMetric.allCases.map(latency) + [throughput, memory]
      + (scenario.objective.limits.isEmpty ? [] : [objective])
  }

  private func latency(_ metric: LatencyMetric) -> ReportTable {
    let distributions = runs.map { $0.summary[metric] }
    let inSeconds = distributions.contains { $0.percentile(99) >= 100 }
    let scale = inSeconds ? 1 : 1e3
    let statistics: [(String, (Distribution) -> Double)] = [
      ("mean", \.mean), ("p50", \.median), ("p90", { $0.percentile(90) }), ("p99", { $0.percentile(99) }),
    ]
    return table(
      "\(metric == .e2e ? "E2E" : metric.rawValue.uppercased()) (\(inSeconds ? "s" : "ms"))",
      statistics.map { name, value in
        // No sample is no latency of 0, which would look like the best of all.
        (name, { $0.summary[metric].isEmpty ? .nan : value($0.summary[metric]) * scale })
      }, better: .lower)
  }

  private var throughput: ReportTable {
    table(
      "throughput",
      [
        ("requests/s", { $0.summary.requestThroughput.value }),
        ("output tokens/s", { $0.summary.outputThroughput.value }),
        ("all tokens/s", { $0.summary.totalTokenThroughput.value }),
      ]
        + (runs.contains { $0.summary.goodput != nil }
          ? [("good requests/s", { $0.summary.goodput?.value ?? 0 })] : []),
      better: .higher)
  }

  private var memory: ReportTable {
    let rows = runs.map { run in
      let engine = run.summary.engine
      return [
        Self.label(run),
        NumberText.cell(
          NumberText.grouped(run.figures.totals.totalBlocks),
          change: change(
            Double(run.figures.totals.totalBlocks), Double(first.figures.totals.totalBlocks), of: run)),
        NumberText.percent(engine.meanKVUsage), NumberText.percent(engine.peakKVUsage),
        NumberText.grouped(engine.preemptions), NumberText.percent(engine.gpuBusyShare),
      ]
    }
    return ReportTable(
      columns: ["memory", Self.over("KV blocks"), "mean used", "peak used", "preemptions", "GPU busy"],
      rows: rows,
      better: .higher)
  }

  private var objective: ReportTable {
    let rows = runs.map { run in
      [Self.label(run)]
        + run.verdict.findings.map { ($0.measured.map { "\($0) " } ?? "") + ($0.isMet ? "met" : "missed") }
    }
    return ReportTable(columns: ["objective"] + scenario.objective.limits.map(\.label), rows: rows)
  }

  private func table(
    _ title: String, _ columns: [(String, (VariantRun) -> Double)], better: ReportTable.Direction
  ) -> ReportTable {
    let rows = runs.map { run in
      [Self.label(run)]
        + columns.map { _, value in
          NumberText.cell(
            NumberText.significant(value(run)), change: change(value(run), value(first), of: run))
        }
    }
    return ReportTable(columns: [title] + columns.map { Self.over($0.0) }, rows: rows, better: better)
  }

  private func change(_ x: Double, _ base: Double, of run: VariantRun) -> String {
    run.name == first.name ? "" : NumberText.change(x, from: base)
  }

  /// A column title above the figures of a column whose cells also hold changes.
  private static func over(_ title: String) -> String { NumberText.cell(title, change: "") }

  private static func label(_ run: VariantRun) -> String { run.name + (run.variant.isProjection ? " *" : "") }

  /// What a reader should take away, in sentences.
  public var findings: [String] {
    var sentences: [String] = []
    if let sentence = latencyFinding { sentences.append(sentence) }
    if let sentence = objectiveFinding { sentences.append(sentence) }
    for run in runs {
      let losses = RunReport.losses(run.summary)
      if !losses.isEmpty { sentences.append("\(run.name): \(losses).") }
    }
    return sentences
  }

  /// What must be known before the figures are used, where a variant needs it.
  public var footnotes: [String] {
    var notes: [String] = []
    if runs.contains(where: { $0.variant.isProjection }) { notes.append("* \(Headline.projection)") }
    if runs.contains(where: { $0.plan.survivorLayers > 0 }) { notes.append(Headline.quality) }
    if let note = RunReport.percentileNote(runs.map(\.figures)) { notes.append(note) }
    notes.append(ExpectedError(scenario, plans: runs.map(\.plan), like: first).text)
    return notes
  }

  /// The variant with the lowest p99 TTFT among those that can be had today, and what it does to TPOT and throughput.
  private var latencyFinding: String? {
    func tail(_ run: VariantRun) -> Double { run.summary.ttft.percentile(99) }
    let candidates = runs.dropFirst().filter { $0.summary.completed > 0 && !$0.variant.isProjection }
    guard first.summary.completed > 0, let best = candidates.min(by: { tail($0) < tail($1) }) else {
      return nil
    }
    guard tail(best) < tail(first) * 0.98 else {
      return "No variant that can be run today lowers p99 TTFT by 2 % or more: the best, \(best.name), has "
        + "\(Seconds(tail(best))) against \(Seconds(tail(first))) with \(first.name)."
    }
    let tpot = Self.versus("mean TPOT", Seconds(best.summary.tpot.mean), Seconds(first.summary.tpot.mean))
    let rate = Self.versus(
      "request throughput", best.summary.requestThroughput, first.summary.requestThroughput)
    return
      "\(best.name) has the lowest p99 TTFT: \(Seconds(tail(best))) against \(Seconds(tail(first))) with "
      + "\(first.name) (\(NumberText.change(tail(best), from: tail(first)))). Its \(tpot), and \(rate)."
  }

  private static func versus<Q: Quantity>(_ what: String, _ now: Q, _ before: Q) -> String {
    guard before.value > 0, abs(now / before - 1) >= 0.005 else { return "\(what) stays at \(now)" }
    let verb = now > before ? "rises" : "falls"
    return "\(what) \(verb) from \(before) to \(now) (\(NumberText.change(now.value, from: before.value)))"
  }

  private var objectiveFinding: String? {
    guard !scenario.objective.limits.isEmpty else { return nil }
    let limits = scenario.objective.limits.map(\.label).joined(separator: ", ")
    let met = runs.filter(\.verdict.isMet).map(\.name)
    let missed = runs.filter { !$0.verdict.isMet }.map(\.name)
    let who =
      missed.isEmpty
      ? "every variant meets it"
      : met.isEmpty
        ? "no variant meets it"
        : "met by \(met.joined(separator: ", ")); missed by \(missed.joined(separator: ", "))"
    return "Objective (\(limits)): \(who)."
  }
}
