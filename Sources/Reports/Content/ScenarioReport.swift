import Experiments
import Figures
import Foundation
import Hardware
import Metrics
import Models
import Planning
import Quantities

/// Everything that is known of a scenario under several variants, as a page.
struct ScenarioReport {
  let results: ReportResults
  let invocation: Invocation

  private var scenario: Scenario { results.scenario }
  private var runs: [VariantRun] { results.runs }
  private var inspection: Inspection { results.inspection }
  private var capacity: CapacityStudy { results.capacity.study }

  var page: ReportPage {
    let answer = CapacityAnswer(results.capacity)
    return ReportPage(
      question: question,
      setting: "Scenario \(scenario.name): \(Headline.deployment(scenario)); variants "
        + "\(TrafficWords.list(runs.map(\.name))); seed \(scenario.seed)",
      answer: answer.sentences + (skipsLayers ? [Headline.quality] : []),
      highlights: answer.highlights,
      sections: [
        ReportPage.Section(
          "What one replica carries", answer.capacity + [.figure(results.figures.gpusNeeded)]),
        ReportPage.Section("Latency at the scenario's own load", ownLoad),
        ReportPage.Section("Latency against load", againstLoad),
        ReportPage.Section("Throughput and speed for one user", interactivity),
        answer.cost.isEmpty ? nil : ReportPage.Section("Cost", answer.cost),
        ReportPage.Section("Where the time goes", time),
        ReportPage.Section("KV cache", memory),
        ReportPage.Section("How it was computed", method(answer)),
        ReportPage.Section(
          "Assumptions", Assumptions(scenario: scenario, inspected: inspection.variants.first).blocks),
        ReportPage.Section("Error of the model", ModelError(expected: expectedError).blocks),
        ReportPage.Section("What this does not say", [.bullets(limits)]),
        ReportPage.Section("Make this page again", reproduction),
      ].compactMap(\.self),
      colophon:
        "Made \(invocation.day) by swiftkv-sim \(invocation.version). No GPU was used; every figure is a prediction."
    )
  }

  private var question: String {
    let model = scenario.model.name.split(separator: "/").last.map(String.init) ?? scenario.model.name
    let gpus = "\(scenario.tensorParallelSize) × \(scenario.device.spec.name)"
    let load = capacity.unit != .concurrency ? "requests a second" : "requests in flight"
    return "How many \(load) does one replica of \(model) on \(gpus) carry within "
      + "\(TrafficWords.objective(scenario.objective)), and what does SwiftKV change?"
  }

  private var skipsLayers: Bool { runs.contains { $0.plan.survivorLayers > 0 } }

  private var expectedError: ExpectedError {
    ExpectedError(scenario, plans: runs.map(\.plan), like: runs.first)
  }

  // MARK: Sections

  private var figures: [String: Figure] {
    let all = FigureSet.figures(
      runs.map { PlottedRun($0) }, scenario: scenario.name, objective: scenario.objective)
    return [:].merging(all.map { (Self.kind($0), $0) }) { first, _ in first }
  }

  /// "ttft-cdf" of "ttft-cdf-rag".
  private static func kind(_ figure: Figure) -> String {
    figure.name.split(separator: "-").prefix(2).joined(separator: "-")
  }

  private func shown(_ kinds: String...) -> [ReportPage.Block] {
    let figures = figures
    return kinds.compactMap { figures[$0].map { .figure($0) } }
  }

  private var ownLoad: [ReportPage.Block] {
    let comparison = Comparison(scenario, runs: runs)
    // What is asked for first, then the tables and figures that show it, then the rest.
    let order = [
      comparison.tables.suffix(1), comparison.tables.prefix(2), comparison.tables.dropFirst(2).dropLast(1),
    ]
    let tables = order.map { $0.map(Self.captioned) }
    return [.paragraph("\(comparison.heading). Load: \(TrafficWords.arrivals(scenario.workload)).")]
      + comparison.findings.map { .paragraph($0) } + tables[0] + tables[1] + shown("ttft-cdf", "tpot-cdf")
      + tables[2]
      + (RunReport.percentileNote(runs.map(\.figures)).map { [.paragraph($0)] } ?? [])
  }

  private var againstLoad: [ReportPage.Block] {
    [
      .paragraph(
        "Each point is of several simulations with other random numbers, the same ones for every variant."),
      .figure(results.figures.latencyAgainstLoad),
    ]
  }

  private var interactivity: [ReportPage.Block] {
    [
      .paragraph(
        "What a GPU puts out against how fast one answer is written. Up and to the right is better."),
      .figure(results.figures.users),
    ]
  }

  private var time: [ReportPage.Block] {
    shown("ttft-parts", "step-time") + [.figure(results.figures.steps)]
      + inspection.tables.dropFirst(2).map(Self.captioned)
  }

  private var memory: [ReportPage.Block] {
    [.figure(results.figures.keyValues)]
      + inspection.tables.prefix(2).map(Self.captioned)
  }

  private static func captioned(_ table: ReportTable) -> ReportPage.Block {
    .table(table.withNames(), caption: table.columns[0].prefix(1).uppercased() + table.columns[0].dropFirst())
  }

  private func method(_ answer: CapacityAnswer) -> [ReportPage.Block] {
    [
      .paragraph(
        "swiftkv-sim simulates vLLM's V1 engine request by request: its scheduler, its paged KV cache and the time of every step, "
          + "from a cost model of kernels that was fitted to measured GPU kernels. All variants serve the same requests."
      ),
      .bullets(answer.notes),
    ]
  }

  private var limits: [String] {
    var limits: [String] = []
    if skipsLayers { limits.append(Headline.quality) }
    if runs.contains(where: { $0.variant.isProjection }) { limits.append("* " + Headline.projection + ".") }
    limits += [
      "The capacity is of this traffic: other lengths, another shape of arrivals or more shared prefixes give another answer.",
      "Start-up, failures of machines, network between client and server beyond the engine's front end, and models other than the "
        + "scenario's are not simulated.",
      "Prices and power are assumptions, not measurements.",
    ]
    return limits
  }

  private var reproduction: [ReportPage.Block] {
    let file = Invocation.fileName(scenario.name)
    return [
      .paragraph(
        "With swiftkv-sim \(invocation.version), the scenario below saved as \(file), and SOURCE_DATE_EPOCH="
          + "\(Int(invocation.date.timeIntervalSince1970)) in the environment for the same date, this writes the same page:"
      ),
      .code(invocation.command(scenario: scenario.name), label: "Command"),
      .code(scenario.source, label: "Scenario"),
    ]
  }
}

extension ReportResults {
  /// The page.
  public func page(_ invocation: Invocation) -> ReportPage {
    ScenarioReport(results: self, invocation: invocation).page
  }
}
