import Metrics
import Models
import Quantities
import Testing
import Workload

@testable import Experiments

@Suite("Uncertainty in reports") struct UncertaintyTests {
  private static func variants(_ names: String...) throws -> [Variant] {
    try names.map { try Variant(name: $0) }
  }

  private static func scenario(requests: Int = 200, replications: Int = 1) throws -> Scenario {
    var scenario = try ExperimentFixture.scenario(requests: requests)
    scenario.replications = replications
    return scenario
  }

  // MARK: Replications

  @Test(
    "replication 0 is the run without replications; the others differ, and all are the same on any number of threads"
  )
  func replications() throws {
    let variants = try Self.variants("baseline", "swiftkv-50")
    let single = try Experiment(Self.scenario(), variants: variants).run().runs
    let experiment = try Experiment(Self.scenario(replications: 4), variants: variants)
    let runs = experiment.run(threads: 1).runs
    #expect(runs.map(\.figures) == single.map(\.figures))
    #expect(runs.allSatisfy { $0.furtherFigures.count == 3 })
    #expect(Set(runs[0].replicated.replicates.map(\.summary.ttft.mean)).count == 4)
    // The same arrivals under both variants.
    for (a, b) in zip(runs[0].replicated.replicates, runs[1].replicated.replicates) {
      #expect(a.summary.totalInputTokens == b.summary.totalInputTokens)
    }
    for threads in [2, 7] {
      #expect(experiment.run(threads: threads).runs.map(\.replicated) == runs.map(\.replicated))
    }
    // More replications leave the first ones as they are.
    let more = try Experiment(Self.scenario(replications: 6), variants: variants).run().runs
    #expect(Array(more[0].furtherFigures.prefix(3)) == runs[0].furtherFigures)
  }

  @Test("only the first replication keeps its requests and tells them to a file")
  func records() throws {
    let outcome = try Experiment(Self.scenario(replications: 3), variants: Self.variants("baseline"))
      .run(keepsRecords: true)
    let run = try #require(outcome.runs.first)
    #expect(run.record?.requests.count == 200)
    #expect(run.figures.percentileError == 0 && run.furtherFigures.allSatisfy { $0.percentileError > 0 })
  }

  @Test("a workload with nothing random has no replications")
  func nothingRandom() throws {
    var scenario = try Self.scenario(replications: 5)
    scenario.workload.arrivals = .open(rate: 20, burstiness: .infinity)
    scenario.workload.promptTokens = LengthSpec(.constant(100))
    scenario.workload.outputTokens = LengthSpec(.constant(10))
    let variants = try Self.variants("baseline")
    let error = #expect(throws: ExperimentError.self) { try Experiment(scenario, variants: variants) }
    #expect(
      error?.description.contains("measurement.replications: found 5, but nothing in this workload is random")
        == true)
    scenario.replications = 1
    #expect(throws: Never.self) { try Experiment(scenario, variants: variants) }
  }

  @Test("what makes a workload random")
  func randomness() throws {
    var workload = try Self.scenario().workload
    workload.arrivals = .trace(speedup: 1)
    workload.promptTokens = LengthSpec(.trace)
    workload.outputTokens = LengthSpec(.trace)
    #expect(!workload.isRandom)
    workload.outputTokens = LengthSpec(.uniform(3, 3))
    #expect(!workload.isRandom)
    workload.outputTokens = LengthSpec(.uniform(3, 4))
    #expect(workload.isRandom)
    workload.outputTokens = LengthSpec(.constant(1))
    workload.prefix = .groups(count: 3, tokens: 10)
    #expect(workload.isRandom)
    workload.prefix = .none
    workload.arrivals = .open(rate: .init(.infinity), burstiness: 1)
    #expect(!workload.isRandom)
  }

  @Test("a stored replication can be run again by its text: its seed, and no replications")
  func replicationText() throws {
    let text = """
      model: meta-llama/Llama-3.1-8B-Instruct
      hardware: {gpu: H100-SXM-80GB}
      workload: {num_requests: 5, arrivals: {process: poisson, request_rate: 1}, prompt_tokens: 10, output_tokens: 5}
      measurement: {replications: 7, warmup_requests: 2}
      seed: 3
      """
    let scenario = try Scenario.parse(text: text)
    #expect(scenario.replications == 7 && scenario.replication(0) == scenario)
    let third = scenario.replication(3)
    #expect(third.seed != 3 && third.replications == 1)
    let again = try Scenario.parse(text: third.source)
    #expect(again.seed == third.seed && again.replications == 1 && again.measurement.warmupRequests == 2)
    #expect(Set((0..<100).map { scenario.replication($0).seed }).count == 100)
  }

  @Test(
    "measurement: bad values are refused with what is allowed",
    arguments: [
      ("replications: 0", "allowed is a whole number from 1 to 1,000"),
      ("replications: -1", "allowed is a whole number from 1 to 1,000"),
      ("replications: 1e9", "allowed is a whole number from 1 to 1,000"),
      ("replications: .nan", "allowed is a whole number from 1 to 1,000"),
      ("replications: many", "allowed is a whole number from 1 to 1,000"),
      ("warmup: yes", "allowed is auto"), ("warmup: 5", "allowed is auto"),
      ("warmup: auto, warmup_requests: 3", "stands beside warmup_requests"),
      ("warm_up: auto", "did you mean warmup?"),
    ])
  func badMeasurement(entry: String, message: String) throws {
    let text = """
      model: meta-llama/Llama-3.1-8B-Instruct
      hardware: {gpu: H100-SXM-80GB}
      workload: {num_requests: 5, arrivals: {process: poisson, request_rate: 1}, prompt_tokens: 10, output_tokens: 5}
      measurement: {\(entry)}
      """
    let error = #expect(throws: ScenarioError.self) { try Scenario.parse(text: text) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.problems.count == 1)
  }

  // MARK: Words

  @Test(
    "verdicts: certain, unknown, uncertain",
    arguments: [
      (1.0, 0.1, 0.05, "met"), (2.0, 0.1, 0.05, "missed"), (1.45, 0.1, 0.01, "uncertain (sampling)"),
      (1.55, 0.01, 0.1, "uncertain (model)"), (1.0, nil, 0.05, "met?"), (2.0, nil, nil, "missed?"),
      (1.5, 0, 0, "met"), (1.58, 0.06, 0.06, "uncertain (sampling)"), (1.6, 0.06, 0.06, "missed"),
    ] as [(Double, Double?, Double?, String)])
  func verdict(value: Double, sampling: Double?, model: Double?, words: String) throws {
    let limit = try Objective.Limit(key: "ttft_p99", limit: 1.5)
    let figure = UncertainFigure(value: value, sampling: sampling, model: model)
    #expect(Judgement(figure, limit: limit).words == words)
  }

  @Test("an objective is as certain as its least certain limit, and missed if one limit surely is")
  func wholeObjective() {
    #expect(Judgement(all: []) == .met(isSure: true))
    #expect(Judgement(all: [.met(isSure: true), .met(isSure: false)]) == .met(isSure: false))
    #expect(Judgement(all: [.uncertain(why: .model), .met(isSure: true)]) == .uncertain(why: .model))
    #expect(Judgement(all: [.uncertain(why: .model), .missed(isSure: true)]) == .missed(isSure: true))
  }

  @Test(
    "changes carry their interval, rounded up; what may be chance is marked",
    arguments: [
      (0.35, 0.029, "−65 ±3 %"), (0.35, 0.031, "−65 ±4 %"), (0.97, 0.05, "−3 n.s."), (1.001, 0.0001, "±0 %"),
      (13.0, 1.2, "×13 ±2"), (1.5, 0.001, "+50 ±1 %"), (1.5, .infinity, "+50 %"),
    ] as [(Double, Double, String)])
  func change(ratio: Double, halfWidth: Double, text: String) {
    let interval = ConfidenceInterval(mean: ratio, halfWidth: halfWidth, level: 0.95, parts: 20, batchSize: 9)
    #expect(NumberText.change(ratio * 2, from: 2, ratio: interval) == text)
  }

  @Test("a change that may be chance is no finding")
  func noFinding() throws {
    // Two variants that differ in nothing but their seeds' noise: the same variant under another name skips nothing.
    let scenario = try Self.scenario(replications: 3)
    let runs = try Experiment(scenario, variants: Self.variants("baseline", "swiftkv-0", "swiftkv-50")).run()
      .runs
    let same = Comparison(scenario, runs: Array(runs.prefix(2)))
    #expect(
      same.findings.first?.hasPrefix("No variant that can be run today lowers p99 TTFT by 2 % or more")
        == true)
    #expect(same.tables[0].rows[1].dropFirst().dropLast().allSatisfy { $0.hasSuffix("±0 %") })

    // Other arrivals in every replication of the second: nothing is shared, and three say little.
    var noisy = runs[1]
    let replicates = runs[0].replicated.replicates
    noisy.figures = replicates[2]
    noisy.furtherFigures = [replicates[0], replicates[1]]
    let text = Comparison(scenario, runs: [runs[0], noisy]).findings.joined(separator: " ")
    #expect(!text.contains("has the lowest p99 TTFT"), "\(text)")
  }

  @Test(
    "tables are at most 120 columns wide and say how intervals came about; every latency table has the model's error"
  )
  func layout() throws {
    let scenario = try Self.scenario(requests: 400)
    let runs = try Experiment(scenario, variants: Self.variants("baseline", "swiftkv-50-across2-fp8kv")).run()
      .runs
    let comparison = Comparison(scenario, runs: runs)
    for table in comparison.tables.prefix(4) {
      #expect(table.columns.last == "model" && table.rows.allSatisfy { $0.last?.hasPrefix("±") == true })
      let width = table.columns.indices.map { column in
        ([table.columns] + table.rows).map { $0[column].count }.max() ?? 0
      }.reduce(0) { $0 + $1 + 2 }
      #expect(width <= 122)
    }
    #expect(comparison.tables[0].rows[1][1].contains(#/−\d+ ±\d+ %$/#), "\(comparison.tables[0].rows[1])")
    #expect(comparison.footnotes.contains { $0.contains("from 20 batches of 20 requests") })
  }

  @Test("a run says how its intervals came about, that it was overloaded, and what of it was left out")
  func runNotes() throws {
    var scenario = try Self.scenario(requests: 600)
    scenario.workload.arrivals = .open(rate: 200, burstiness: 1)
    scenario.measurement.findsWarmup = true
    let variants = try Self.variants("baseline")
    let overloaded = try #require(Experiment(scenario, variants: variants).run().runs.first)
    let text = RunReport.text(overloaded, of: scenario)
    #expect(text.contains("Overload: the queue grew throughout the run. Requests came at 200 /s"), "\(text)")
    #expect(text.contains("Warm-up: the run has not settled: MSER-5 finds no steady state"))
    scenario.workload.arrivals = .open(rate: 5, burstiness: 1)
    let calm = try #require(Experiment(scenario, variants: variants).run().runs.first)
    let calmText = RunReport.text(calm, of: scenario)
    #expect(
      !calmText.contains("Overload") && calmText.contains("are left out, found by MSER-5"), "\(calmText)")
    // A closed loop waits for its answers: it cannot be overloaded.
    #expect(UncertaintyNotes.warnings(overloaded.replicated, isOpenLoop: false).count == 1)
  }
}
