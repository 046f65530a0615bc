import Foundation
import Metrics
import Models
import Quantities
import Testing

@testable import Experiments

@Suite struct ExperimentReportTests {
  @Test(
    "Figures have four significant digits, also where rounding carries",
    arguments: [
      (0, "0"), (0.5123, "0.512"), (9.9994, "9.999"), (9.9996, "10.00"), (99.996, "100.0"), (510.34, "510.3"),
      (999.97, "1000"), (51034, "51034"), (-1234.5, "-1234"), (.nan, "–"), (.infinity, "–"),
    ] as [(Double, String)])
  func significant(x: Double, text: String) { #expect(NumberText.significant(x) == text) }

  @Test(
    "Thousands are grouped", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(n: Int, text: String) { #expect(NumberText.grouped(n) == text) }

  @Test(
    "Changes are signed whole percents, factors from tenfold on, and nothing where there is no base",
    arguments: [
      (1, 1, "±0 %"), (0.28, 1, "−72 %"), (1.034, 1, "+3 %"), (1.004, 1, "±0 %"), (13, 1, "×13"),
      (0, 0, "±0 %"),
      (1, 0, ""), (.nan, 1, ""),
    ] as [(Double, Double, String)])
  func change(x: Double, base: Double, text: String) { #expect(NumberText.change(x, from: base) == text) }

  @Test("A variant without a completed request has no latency, rather than the lowest")
  func nothingCompleted() throws {
    let scenario = try ExperimentFixture.scenario()
    let runs = [
      try ExperimentFixture.run("baseline", ttft: 2, in: scenario),
      try ExperimentFixture.run("swiftkv-25", ttft: 1, requests: 0, rejected: 3, in: scenario),
    ]
    let ttft = try #require(Comparison(scenario, runs: runs).tables.first)
    #expect(ttft.rows[1].dropFirst().allSatisfy { $0.filter { $0 != " " } == "–" }, "\(ttft.rows[1])")
  }

  private func comparison(_ objective: [String: Seconds] = [:], tpot: Seconds = 0.01) throws -> Comparison {
    let scenario = try ExperimentFixture.scenario(objective: objective)
    return Comparison(
      scenario,
      runs: [
        try ExperimentFixture.run("baseline", ttft: 2, in: scenario),
        try ExperimentFixture.run("swiftkv-50", ttft: 0.5, gap: tpot, in: scenario),
        try ExperimentFixture.run("swiftkv-50-across2", ttft: 0.4, rejected: 3, in: scenario),
      ])
  }

  @Test(
    "Each table has a row a variant and a cell a column; changes stand beside all figures but the first row's"
  )
  func tables() throws {
    let comparison = try comparison(["ttft_p99": 1])
    #expect(comparison.tables.count == 7)
    for table in comparison.tables {
      #expect(table.rows.count == 3)
      #expect(table.rows.allSatisfy { $0.count == table.columns.count })
    }
    let ttft = comparison.tables[0]
    #expect(
      ttft.columns.map { $0.trimmingCharacters(in: .whitespaces) } == [
        "TTFT (ms)", "mean", "p50", "p90", "p99", "model",
      ])
    #expect(ttft.rows[0][4].trimmingCharacters(in: .whitespaces) == "2000")
    #expect(ttft.rows[1][4] == "500.0  −75 %")
    #expect(comparison.tables[6].rows.map(\.last) == ["2 s missed?", "500 ms met?", "400 ms met?"])
  }

  @Test("Latencies of minutes are shown in seconds")
  func longLatencies() throws {
    let scenario = try ExperimentFixture.scenario()
    let comparison = Comparison(
      scenario, runs: [try ExperimentFixture.run("baseline", ttft: 400, in: scenario)])
    #expect(comparison.tables[0].columns[0] == "TTFT (s)")
    #expect(comparison.tables[0].rows[0][1].hasPrefix("400.0"))
  }

  @Test("The finding recommends what can be run today, and names what it costs")
  func finding() throws {
    let text = try #require(try comparison(tpot: 0.02).findings.first)
    #expect(
      text
        == "swiftkv-50 has the lowest p99 TTFT: 500 ms against 2 s with baseline (−75 %, too few requests for an interval). Its mean TPOT rises from "
        + "10 ms to 20 ms (+100 %), and request throughput rises from 4.95 /s to 18.52 /s (+274 %).")
  }

  @Test("No gain is said plainly")
  func noGain() throws {
    let scenario = try ExperimentFixture.scenario()
    let comparison = Comparison(
      scenario,
      runs: [
        try ExperimentFixture.run("baseline", ttft: 1, in: scenario),
        try ExperimentFixture.run("swiftkv-25", ttft: 0.99, in: scenario),
      ])
    #expect(comparison.findings.first?.hasPrefix("No variant that can be run today lowers p99 TTFT") == true)
  }

  @Test("Objectives, lost requests and projections are each mentioned once")
  func notes() throws {
    let comparison = try comparison(["ttft_p99": 1])
    #expect(
      comparison.findings.contains {
        $0.hasPrefix(
          "Objective (ttft_p99 ≤ 1 s): missed? by baseline; met? by swiftkv-50, swiftkv-50-across2. '?': ")
      }
    )
    #expect(comparison.findings.contains("swiftkv-50-across2: 3 rejected (exceeds_max_model_len)."))
    #expect(
      comparison.footnotes.contains { $0.contains("no public serving code runs key_value_group_size > 1") })
    #expect(comparison.footnotes.contains { $0.hasPrefix("Answer quality is not simulated") })
    let scenario = try ExperimentFixture.scenario()
    let plain = Comparison(scenario, runs: [try ExperimentFixture.run("baseline", ttft: 1, in: scenario)])
    #expect(plain.footnotes.map { $0.prefix(14) } == ["No ±: too few ", "Expected error"])
    #expect(plain.findings.isEmpty)
  }

  @Test("A run in which nothing finished is reported, not divided by zero")
  func nothingFinished() throws {
    let scenario = try ExperimentFixture.scenario(objective: ["ttft_p99": 1])
    var run = try ExperimentFixture.run("swiftkv-50", ttft: 1, rejected: 2, in: scenario)
    var record = try #require(run.record)
    record.requests.removeFirst(10)
    record.steps = []
    record.interTokenGaps = []
    run.figures = RunFigures(record: record)
    run.verdict = scenario.objective.verdict(on: run.summary)
    let text = RunReport.text(run, of: scenario)
    #expect(text.contains("2 rejected (exceeds_max_model_len)"))
    #expect(text.contains("no request finished, missed"))
    #expect(!text.contains("nan"))
    let comparison = Comparison(
      scenario, runs: [try ExperimentFixture.run("baseline", ttft: 1, in: scenario), run])
    #expect(comparison.tables.allSatisfy { !$0.rows.joined().joined().contains("nan") })
  }

  @Test("Without variants asked for: baseline against the scenario's own, or against half the layers")
  func defaults() throws {
    var scenario = try ExperimentFixture.scenario()
    #expect(Comparison.defaultVariants(for: scenario).map(\.name) == ["baseline", "swiftkv-50"])
    scenario.variant = try Variant(name: "swiftkv-25-fp8kv")
    #expect(Comparison.defaultVariants(for: scenario).map(\.name) == ["baseline", "swiftkv-25-fp8kv"])
  }
}
