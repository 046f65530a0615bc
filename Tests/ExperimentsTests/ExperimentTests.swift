import Experiments
import Metrics
import Models
import Testing

@Suite struct ExperimentTests {
  private func variants(_ names: String...) throws -> [Variant] { try names.map { try Variant(name: $0) } }

  @Test("INV-5: runs come in the order of the variants and are equal, whatever the number of threads")
  func threads() throws {
    let experiment = try Experiment(
      ExperimentFixture.scenario(), variants: variants("swiftkv-50", "baseline", "swiftkv-25"))
    let one = experiment.run(threads: 1, checksInvariants: true)
    #expect(one.runs.map(\.name) == ["swiftkv-50", "baseline", "swiftkv-25"])
    #expect(!one.wasStopped && one.failures.isEmpty)
    for threads in [2, 3, 64] {
      let more = experiment.run(threads: threads, checksInvariants: true)
      #expect(more.runs.map(\.name) == one.runs.map(\.name))
      #expect(more.runs.map(\.record) == one.runs.map(\.record))
      #expect(more.runs.map(\.summary) == one.runs.map(\.summary))
    }
  }

  @Test("INV-10: skipping nothing is the baseline, record by record")
  func nothingSkipped() throws {
    let outcome = try Experiment(ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-0"))
      .run()
    try #require(outcome.runs.count == 2)
    #expect(outcome.runs[0].record == outcome.runs[1].record)
  }

  @Test("Every variant serves the same requests")
  func sameRequests() throws {
    let outcome = try Experiment(ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-50"))
      .run()
    let planned = outcome.runs.map { run in run.record.requests.map { [$0.promptTokens, $0.outputTokens] } }
    #expect(planned[0] == planned[1])
    #expect(planned[0].count == 30)
  }

  @Test("What keeps an experiment from starting is reported whole: no variant half-way through a run")
  func problemsAtOnce() throws {
    let scenario = try ExperimentFixture.scenario()
    let error = #expect(throws: ExperimentError.self) {
      try Experiment(
        scenario,
        variants: variants("baseline", "baseline", "swiftkv-l40", "swiftkv-50-across99", "swiftkv-50"))
    }
    let problems = error?.problems ?? []
    #expect(problems.count == 3)
    #expect(problems.first == "variant baseline is given twice")
    #expect(problems.contains { $0.hasPrefix("swiftkv-l40: ") && $0.contains("32 layers") })
    #expect(
      problems.contains { $0.hasPrefix("swiftkv-50-across99: ") && $0.contains("key_value_group_size") })
    #expect(throws: ExperimentError.self) { try Experiment(scenario, variants: []) }
  }

  @Test("A model that fits no variant's memory is one problem, not one a variant")
  func sharedProblem() throws {
    var model = ExperimentFixture.model
    model.numHiddenLayers = 200
    let scenario = try ExperimentFixture.scenario(model: model)
    let error = #expect(throws: ExperimentError.self) {
      try Experiment(scenario, variants: variants("baseline", "swiftkv-0"))
    }
    #expect(error?.problems.count == 1)
    #expect(error?.description.hasPrefix("baseline, swiftkv-0: ") == true)
  }

  @Test("A stopped experiment keeps what had finished and drops what had not")
  func stopped() throws {
    let experiment = try Experiment(
      ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-25", "swiftkv-50"))
    let outcome = experiment.run(threads: 1) { $0.finishedRuns < 1 }
    #expect(outcome.wasStopped)
    #expect(outcome.runs.map(\.name) == ["baseline"])
    #expect(outcome.runs.first?.summary.completed == 30)
    // Stopping after the last run has finished stops nothing.
    let late = experiment.run(threads: 1) { $0.finishedRuns < 3 }
    #expect(!late.wasStopped)
    #expect(late.runs.count == 3)
  }
}
