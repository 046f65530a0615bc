import Experiments
import Metrics
import Models
import Synchronization
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
    #expect(one.runs.allSatisfy { $0.record == nil })
    for threads in [2, 3, 64] {
      let more = experiment.run(threads: threads, checksInvariants: true)
      #expect(more.runs.map(\.name) == one.runs.map(\.name))
      #expect(more.runs.map(\.figures) == one.runs.map(\.figures))
    }
  }

  @Test("INV-10: skipping nothing is the baseline, record by record")
  func nothingSkipped() throws {
    let outcome = try Experiment(ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-0"))
      .run(keepsRecords: true)
    try #require(outcome.runs.count == 2)
    #expect(outcome.runs[0].record != nil && outcome.runs[0].record == outcome.runs[1].record)
  }

  @Test("Every variant serves the same requests")
  func sameRequests() throws {
    let outcome = try Experiment(ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-50"))
      .run(keepsRecords: true)
    let planned = outcome.runs.map { run in
      (run.record?.requests ?? []).map { [$0.promptTokens, $0.outputTokens] }
    }
    #expect(planned[0] == planned[1])
    #expect(planned[0].count == 30)
  }

  @Test("Figures gathered on the way are those of the kept record, percentiles within their bound")
  func streamedEqualsRecorded() throws {
    let experiment = try Experiment(
      ExperimentFixture.scenario(requests: 300), variants: variants("baseline", "swiftkv-50"))
    let (streamed, recorded) = (experiment.run().runs, experiment.run(keepsRecords: true).runs)
    for (a, b) in zip(streamed, recorded) {
      #expect(a.figures.percentileError > 0 && b.figures.percentileError == 0)
      #expect(a.figures.totals == b.figures.totals && a.figures.promptWork == b.figures.promptWork)
      #expect((a.summary.completed, a.summary.totalOutputTokens) == (300, b.summary.totalOutputTokens))
      #expect(a.summary.duration == b.summary.duration)
      #expect(a.summary.peakConcurrentRequests == b.summary.peakConcurrentRequests)
      #expect(a.summary.peakOutputTokensPerSecond == b.summary.peakOutputTokensPerSecond)
      for metric in LatencyMetric.allCases {
        let (x, y) = (a.summary[metric], b.summary[metric])
        #expect(x.count == y.count && x.min == y.min && x.max == y.max)
        #expect(abs(x.mean - y.mean) <= 1e-12 * y.mean)
        for percent in [1.0, 50, 90, 99] {
          #expect(
            abs(x.percentile(percent) - y.percentile(percent))
              <= LatencyHistogram.relativeError * y.percentile(percent))
        }
      }
    }
  }

  @Test("A measurement window that needs the record keeps it", arguments: [true, false])
  func windows(isWarmup: Bool) throws {
    var scenario = try ExperimentFixture.scenario()
    scenario.measurement = MeasurementWindow(warmupRequests: isWarmup ? 5 : 0, excludeDrain: !isWarmup)
    let run = try #require(try Experiment(scenario, variants: variants("baseline")).run().runs.first)
    #expect(run.record != nil && run.figures.percentileError == 0)
    #expect(isWarmup ? run.summary.completed == 25 : run.summary.excluded > 0)
  }

  @Test(
    "Every request reaches the sink of its variant once, whether a record is kept or not",
    arguments: [true, false])
  func sinks(keepsRecords: Bool) throws {
    let seen = Mutex<[[RequestRecord]]>([[], []])
    let sinks = (0..<2).map { i in
      { @Sendable (request: RequestRecord) in seen.withLock { $0[i].append(request) } }
    }
    let outcome = try Experiment(ExperimentFixture.scenario(), variants: variants("baseline", "swiftkv-50"))
      .run(keepsRecords: keepsRecords, requestSinks: sinks)
    for (run, requests) in zip(outcome.runs, seen.withLock { $0 }) {
      #expect(requests.map(\.index).sorted() == Array(0..<30))
      #expect(requests.compactMap(\.finished).max() == run.summary.duration)
      #expect(requests.allSatisfy { $0.finished != nil })
    }
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
