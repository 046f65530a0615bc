import Foundation
import Metrics
public import Models
import Quantities
import Workload

/// Variants side by side: rows are variants, so that a figure is compared by reading down its column. Changes are relative
/// to the first variant, paired: both served the same requests, batch by batch or replication by replication.
public struct Comparison: Sendable {
  public let scenario: Scenario
  /// At least one.
  public let runs: [VariantRun]
  /// Of each run.
  private let errors: [ExpectedError]

  public init(_ scenario: Scenario, runs: [VariantRun]) {
    precondition(!runs.isEmpty, "nothing to compare")
    self.scenario = scenario
    self.runs = runs
    errors = runs.map { ExpectedError($0, of: scenario) }
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
      + (scenario.replications > 1 ? "\(scenario.replications) replications, " : "") + "seed \(scenario.seed)"
      + (runs.count > 1 ? "; changes against \(first.name)" : "")
  }

  /// Latencies, throughput, memory, and the objective if there is one.
  public var tables: [ReportTable] {
    LatencyMetric.allCases.map(latency) + [throughput, memory]
      + (ReplicaReport.balance(runs, label: Self.label).map { [$0] } ?? [])
      + (scenario.objective.limits.isEmpty ? [] : [objective])
  }

  private func latency(_ metric: LatencyMetric) -> ReportTable {
    let figures = runs.map(\.replicated)
    let inSeconds = figures.contains { ($0.value(.percentile(99), of: metric) ?? 0) >= 100 }
    let statistics: [Objective.Statistic] = [.mean, .percentile(50), .percentile(90), .percentile(99)]
    return table(
      "\(metric == .e2e ? "E2E" : metric.rawValue.uppercased()) (\(inSeconds ? "s" : "ms"))",
      statistics.map { statistic in
        Column(title: statistic.name, scale: inSeconds ? 1 : 1e3) {
          // No sample is no latency of 0, which would look like the best of all.
          $0.value(statistic, of: metric) ?? .nan
        } estimate: {
          $0.estimate(statistic, of: metric)
        }
      }, better: .lower,
      model: zip(runs, errors).map { run, error in
        guard !run.summary[metric].isEmpty else { return "–" }
        return error.percent(of: metric).map { String(format: "±%.1f %%", $0) } ?? "?"
      })
  }

  private var throughput: ReportTable {
    func column(_ title: String, _ rate: RunFigures.Rate) -> Column {
      Column(title: title) {
        $0.value(rate) ?? 0
      } estimate: {
        $0.estimate(rate)
      }
    }
    return table(
      "throughput",
      [
        column("requests/s", .requests), column("output tokens/s", .outputTokens),
        column("all tokens/s", .allTokens),
      ] + (runs.contains { $0.summary.goodput != nil } ? [column("good requests/s", .goodRequests)] : []),
      better: .higher,
      // Within one run it is the arrivals' unevenness, which both share, and says nothing of the rate that a scenario sets.
      showsOwnMargin: runs[0].replicated.isReplicated)
  }

  private var memory: ReportTable {
    let rows = runs.map { run in
      let engine = EngineFigures(meanOf: run.replicated.replicates.map(\.summary.engine))
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
      columns: [
        "memory", NumberText.cell("KV blocks", change: ""), "mean used", "peak used", "preemptions",
        "GPU busy",
      ],
      rows: rows,
      better: .higher)
  }

  private var objective: ReportTable {
    let rows = zip(runs, errors).map { run, error in
      [Self.label(run)]
        + run.judgements(scenario.objective, error).map { _, figure, judgement in
          (figure.map { "\(Seconds($0.value)) " } ?? "") + judgement.words
        }
    }
    return ReportTable(columns: ["objective"] + scenario.objective.limits.map(\.label), rows: rows)
  }

  /// A figure of every variant.
  private struct Column {
    var title: String
    /// What values are multiplied with to be shown.
    var scale = 1.0
    var value: (ReplicatedFigures) -> Double
    var estimate: (ReplicatedFigures) -> Estimate?
  }

  /// - Parameters:
  ///   - model: expected error of the means, for each run; nil has no such column.
  ///   - showsOwnMargin: whether the first row, which has no change, shows the interval of its own figure.
  private func table(
    _ title: String, _ columns: [Column], better: ReportTable.Direction, model: [String]? = nil,
    showsOwnMargin: Bool = true
  ) -> ReportTable {
    let hasIntervals = columns.contains { column in runs.contains { column.estimate($0.replicated) != nil } }
    let width = hasIntervals ? NumberText.wideField : 7
    var rows = runs.map { [Self.label($0)] }
    for column in columns {
      let base = first.replicated
      let (baseValue, baseEstimate) = (column.value(base), column.estimate(base))
      for (i, run) in runs.enumerated() {
        let value = i == 0 ? baseValue : column.value(run.replicated)
        let estimate = i == 0 ? baseEstimate : column.estimate(run.replicated)
        let change =
          i > 0
          ? NumberText.change(value, from: baseValue, ratio: baseEstimate.flatMap { estimate?.ratio(to: $0) })
          : !showsOwnMargin
            ? "" : estimate.map { NumberText.margin($0.interval().halfWidth, of: value) } ?? ""
        rows[i].append(
          NumberText.cell(NumberText.significant(value * column.scale), change: change, width: width))
      }
    }
    if let model {
      for i in rows.indices { rows[i].append(model[i]) }
    }
    // Titles stand above the figures, of columns whose cells also hold changes.
    return ReportTable(
      columns: [title] + columns.map { NumberText.cell($0.title, change: "", width: width) }
        + (model == nil ? [] : ["model"]), rows: rows, better: better)
  }

  private func change(_ x: Double, _ base: Double, of run: VariantRun) -> String {
    run.name == first.name ? "" : NumberText.change(x, from: base)
  }

  private static func label(_ run: VariantRun) -> String { run.name + (run.isProjection ? " *" : "") }

  /// What a reader should take away, in sentences.
  public var findings: [String] {
    var sentences: [String] = []
    for run in runs {
      sentences += UncertaintyNotes.warnings(
        run.replicated, isOpenLoop: scenario.workload.maxConcurrency == nil
      ).map { "\(run.name): \($0)" }
    }
    if let sentence = latencyFinding { sentences.append(sentence) }
    if let sentence = objectiveFinding { sentences.append(sentence) }
    for run in runs {
      let losses = RunReport.losses(run.summary)
      if !losses.isEmpty { sentences.append("\(run.name): \(losses).") }
      if let warmup = UncertaintyNotes.warmup(run.replicated) { sentences.append("\(run.name): \(warmup)") }
    }
    return sentences
  }

  /// What must be known before the figures are used, where a variant needs it.
  public var footnotes: [String] {
    var notes: [String] = []
    if runs.contains(where: \.isProjection) { notes.append("* \(Headline.projection)") }
    if runs.contains(where: { $0.groups.contains { $0.plan.survivorLayers > 0 } }) {
      notes.append(Headline.quality)
    }
    if let note = RunReport.percentileNote(runs.flatMap(\.replicated.replicates)) { notes.append(note) }
    notes.append(intervalNote)
    notes.append(ExpectedError(scenario, plans: runs.flatMap(\.groups).map(\.plan), like: first).text)
    return notes
  }

  private var intervalNote: String {
    let figures = first.replicated
    guard let method = UncertaintyNotes.method(figures) else { return UncertaintyNotes.absence(figures) }
    let own = "±: 95 % interval of \(first.name)'s figures, relative"
    let change = ", and of changes, in percentage points, paired on the same requests"
    return own + (runs.count > 1 ? change : "") + ", \(method)."
      + (runs.count > 1 ? " n.s.: not distinguishable from no change." : "")
      + " Without either: too few requests. model: expected error of the means themselves (docs/uncertainty.md)."
  }

  /// The variant with the lowest p99 TTFT among those that can be had today, and what it does to TPOT and throughput. Nothing is claimed
  /// that may be chance.
  private var latencyFinding: String? {
    let tail = Objective.Statistic.percentile(99)
    func value(_ run: VariantRun) -> Double { run.replicated.value(tail, of: .ttft) ?? .infinity }
    let candidates = runs.dropFirst().filter { value($0).isFinite && !$0.variant.isProjection }
    let base = value(first)
    guard base.isFinite, let best = candidates.min(by: { value($0) < value($1) }) else { return nil }
    let ratio = self.ratio(best, to: first) { $0.estimate(tail, of: .ttft) }
    let change = NumberText.change(value(best), from: base, ratio: ratio)
    guard value(best) < base * 0.98, ratio?.contains(1) != true else {
      let why =
        ratio?.contains(1) == true && value(best) < base * 0.98 ? "more than chance may" : "2 % or more"
      return "No variant that can be run today lowers p99 TTFT by \(why): the best, \(best.name), has "
        + "\(Seconds(value(best))) against \(Seconds(base)) with \(first.name)."
    }
    let rivals = candidates.filter { rival in
      rival.name != best.name
        && self.ratio(rival, to: best) { $0.estimate(tail, of: .ttft) }?.contains(1) == true
    }.map(\.name)
    let tpot = versus("mean TPOT", of: best) {
      (Seconds($0.value(.mean, of: .tpot) ?? 0), $0.estimate(.mean, of: .tpot))
    }
    let rate = versus("request throughput", of: best) {
      (PerSecond($0.value(.requests) ?? 0), $0.estimate(.requests))
    }
    return
      "\(best.name) has the lowest p99 TTFT: \(Seconds(value(best))) against \(Seconds(base)) with "
      + "\(first.name) (\(change)\(ratio == nil ? ", too few requests for an interval" : ""))"
      + (rivals.isEmpty ? "" : ", not distinguishable from \(rivals.joined(separator: ", "))")
      + ". Its \(tpot), and \(rate)."
  }

  /// One variant's figure over another's, paired.
  private func ratio(
    _ run: VariantRun, to base: VariantRun, _ estimate: (ReplicatedFigures) -> Estimate?
  ) -> ConfidenceInterval? {
    guard let base = estimate(base.replicated) else { return nil }
    return estimate(run.replicated)?.ratio(to: base)
  }

  private func versus<Q: Quantity>(
    _ what: String, of run: VariantRun, _ figure: (ReplicatedFigures) -> (value: Q, estimate: Estimate?)
  ) -> String {
    let (now, before) = (figure(run.replicated).value, figure(first.replicated).value)
    guard before.value > 0, abs(now / before - 1) >= 0.005 else { return "\(what) stays at \(now)" }
    let ratio = self.ratio(run, to: first) { figure($0).estimate }
    guard ratio?.contains(1) != true else { return "\(what) is \(now), not distinguishable from \(before)" }
    let verb = now > before ? "rises" : "falls"
    let change = NumberText.change(now.value, from: before.value, ratio: ratio)
    return "\(what) \(verb) from \(before) to \(now) (\(change))"
  }

  private var objectiveFinding: String? {
    guard !scenario.objective.limits.isEmpty else { return nil }
    let limits = scenario.objective.limits.map(\.label).joined(separator: ", ")
    let judged = zip(runs, errors).map { run, error in
      (name: run.name, judgement: Judgement(all: run.judgements(scenario.objective, error).map(\.judgement)))
    }
    var groups: [(words: String, names: [String])] = []
    for (name, judgement) in judged {
      let words =
        switch judgement {
        case .met(let isSure): isSure ? "met by" : "met? by"
        case .missed(let isSure): isSure ? "missed by" : "missed? by"
        case .uncertain: "uncertain for"
        }
      if let i = groups.firstIndex(where: { $0.words == words }) {
        groups[i].names.append(name)
      } else {
        groups.append((words, [name]))
      }
    }
    let who =
      groups.count == 1 && runs.count > 1
      ? "\(groups[0].words) every variant"
      : groups.map { "\($0.words) \($0.names.joined(separator: ", "))" }.joined(separator: "; ")
    let single = zip(runs, errors).flatMap { run, error in
      run.judgements(scenario.objective, error).map(\.judgement)
    }
    return (["Objective (\(limits)): \(who)."] + UncertaintyNotes.explanations(single)).joined(separator: " ")
  }
}
