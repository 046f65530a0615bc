import Experiments
import Foundation
import Metrics
import Quantities
import Results
import Synchronization
import Testing
import Workload

@testable import Sweeps

/// Simulating sweeps into a database.
@Suite struct SweepRunTests {
  @Test("Figures are those of an experiment with the same scenario")
  func figures() throws {
    let plan = try SweepFixture.plan(SweepFixture.text("goodput: {ttft: 60 ms}"))
    try SweepFixture.withFolder { folder in
      let outcome = try SweepRun(plan, in: SweepStore(path: folder + "/r.sqlite")).execute()
      for index in [0, 5, 13] {
        let scenario = try plan.scenario(of: .init(point: index, replicate: 0))
        let run = try #require(
          try Experiment(scenario, variants: [scenario.variant]).run(goodputLimits: plan.file.goodputLimits)
            .runs.first)
        let figures = try #require(outcome.results[plan.points[index].keys[0]]?.figures)
        #expect(figures[.meanTTFT] == run.summary.ttft.mean)
        #expect(figures[.p99TPOT] == run.summary.tpot.percentile(99))
        #expect(figures[.p50ITL] == run.summary.itl.median)
        #expect(figures[.outputThroughput] == run.summary.outputThroughput.value)
        #expect(figures[.goodput] == run.summary.goodput?.value)
        #expect(figures[.peakKVUsage] == run.summary.engine.peakKVUsage)
        #expect(figures[.objectiveMet] == (run.verdict.isMet ? 1 : 0))
        #expect(figures[.completed] == 30 && figures[.failed] == 0)
        guard case .open(let rate, _) = scenario.workload.arrivals else { throw CancellationError() }
        #expect(figures[.offeredRequestRate] == rate.value)
        #expect(figures[.expectedErrorTTFT] != nil)
      }
    }
  }

  @Test("INV-5: the CSV is the same byte for byte on any number of threads", arguments: [2, 3])
  func threads(count: Int) throws {
    let plan = try SweepFixture.plan(SweepFixture.text("replications: 3"))
    #expect(try SweepFixture.csv(plan, threads: count) == SweepFixture.csv(plan, threads: 1))
  }

  @Test("Stopped and begun again: what was finished is kept, and the CSV is that of an uninterrupted sweep")
  func resuming() throws {
    let scenario = SweepFixture.scenario.replacing("num_requests: 30", with: "num_requests: 1500")
    let plan = try SweepFixture.plan(SweepFixture.text(scenario: scenario))
    try SweepFixture.withFolder { folder in
      let run = SweepRun(plan, in: try SweepStore(path: folder + "/r.sqlite"))
      let first = try run.execute(LocalExecutor(threads: 1)) { $0.finished < 3 }
      #expect(first.wasStopped)
      #expect(first.status.done >= 3 && first.status.done < 16, "\(first.status)")
      let simulated = Mutex(0)
      let second = try run.execute { progress in
        simulated.withLock { $0 = progress.runs }
        return true
      }
      #expect(!second.wasStopped && second.known == first.status.done && second.status.missing == 0)
      #expect(simulated.withLock(\.self) == 16 - first.status.done)
      #expect(try SweepTable(plan, results: second.results).csv == SweepFixture.csv(plan))
      let third = try run.execute { _ in
        Issue.record("nothing was left to do")
        return true
      }
      #expect(third.known == 16)
    }
  }

  @Test("A sweep that has grown simulates only what is new, also under another name")
  func extending() throws {
    try SweepFixture.withFolder { folder in
      let store = try SweepStore(path: folder + "/r.sqlite")
      _ = try SweepRun(SweepFixture.plan(), in: store).execute()
      let larger = try SweepFixture.plan(
        SweepFixture.text(axes: SweepFixture.axes.replacing("[4, 64]", with: "[4, 16, 64]"), name: "larger"))
      let run = SweepRun(larger, in: store)
      let status = try run.status()
      #expect(status.done == 16 && status.missing == 8)
      let outcome = try run.execute()
      #expect(outcome.known == 16 && outcome.status.done == 24)
      #expect(try SweepTable(larger, results: outcome.results).csv == SweepFixture.csv(larger))
    }
  }

  @Test("Points with the same content are one simulation")
  func twins() throws {
    try SweepFixture.withFolder { folder in
      let plan = try SweepFixture.plan(SweepFixture.text(axes: "  engine.max_num_seqs: [4, 4.0, 64]"))
      #expect(plan.points[0].keys == plan.points[1].keys)
      let runs = Mutex(0)
      let outcome = try SweepRun(plan, in: SweepStore(path: folder + "/r.sqlite"))
        .execute(Counting(runs: { count in runs.withLock { $0 = count } }))
      #expect(runs.withLock(\.self) == 2)
      #expect(SweepTable(plan, results: outcome.results).rows.allSatisfy { $0.status == .done })
    }
  }

  /// An executor of another kind, to see what one is given.
  private struct Counting: SweepExecutor {
    var runs: @Sendable (Int) -> Void

    func execute(
      _ plan: SweepPlan, runs: [SweepPlan.Run], into store: SweepStore,
      progress: @escaping @Sendable (SweepProgress) -> Bool
    ) throws -> Bool {
      self.runs(runs.count)
      return try LocalExecutor().execute(plan, runs: runs, into: store, progress: progress)
    }
  }

  @Test("Failures are rows with a reason; they stay until they are to be retried")
  func failures() throws {
    try SweepFixture.withFolder { folder in
      let trace = folder + "/t.csv"
      try "arrival_s,prompt_tokens,output_tokens\n0,100,10\n1,200,10\n".write(
        toFile: trace, atomically: true, encoding: .utf8)
      let scenario = """
        model: meta-llama/Llama-3.1-8B-Instruct
        hardware: {gpu: H100-SXM-80GB}
        workload:
          trace: {file: \(trace)}
          arrivals: {process: trace}
          prompt_tokens: trace
          output_tokens: trace
        """
      let plan = try SweepFixture.plan(
        SweepFixture.text(axes: "  variant: [baseline, swiftkv-50]", scenario: scenario))
      let run = SweepRun(plan, in: try SweepStore(path: folder + "/r.sqlite"))
      try FileManager.default.moveItem(atPath: trace, toPath: trace + ".away")
      let first = try run.execute()
      #expect(first.status.failed == 2 && first.status.done == 0)
      let rows = SweepTable(plan, results: first.results).rows
      #expect(rows.allSatisfy { $0.status == .failed && $0.reason?.contains("t.csv") == true })
      try FileManager.default.moveItem(atPath: trace + ".away", toPath: trace)
      #expect(try run.execute().status.failed == 2)
      let retried = try run.execute(retriesFailed: true)
      #expect(retried.status.failed == 0 && retried.status.done == 2)
    }
  }

  @Test("Two at once on one database do all together and nothing twice")
  func together() throws {
    let scenario = SweepFixture.scenario.replacing("num_requests: 30", with: "num_requests: 300")
    let plan = try SweepFixture.plan(SweepFixture.text("replications: 2", scenario: scenario))
    try SweepFixture.withFolder { folder in
      let path = folder + "/r.sqlite"
      let finished = Mutex([0, 0])
      let outcomes = Mutex([SweepRun.Outcome]())
      // Each has a connection and a claim owner of its own, as processes have.
      let runs = try (0..<2).map { _ in SweepRun(plan, in: try SweepStore(path: path)) }
      DispatchQueue.concurrentPerform(iterations: 2) { i in
        let outcome = try? runs[i].execute(LocalExecutor(threads: 1)) { progress in
          finished.withLock { $0[i] = progress.finished }
          return true
        }
        outcomes.withLock { $0 += outcome.map { [$0] } ?? [] }
      }
      let all = outcomes.withLock(\.self)
      try #require(all.count == 2)
      #expect(finished.withLock { $0.reduce(0, +) } == 32)
      for outcome in all {
        #expect(outcome.failure == nil && outcome.status.done == 32)
        #expect(try SweepTable(plan, results: outcome.results).csv == SweepFixture.csv(plan))
      }
    }
  }

  @Test("Shares with databases of their own give, merged, the CSV of the whole")
  func sharesMerged() throws {
    let plan = try SweepFixture.plan()
    try SweepFixture.withFolder { folder in
      let merge = try StoreMerge(into: folder + "/all.sqlite")
      for i in 1...3 {
        let path = "\(folder)/\(i).sqlite"
        let share = try SweepShard("\(i)/3")
        let outcome = try SweepRun(plan, in: SweepStore(path: path), shard: share).execute()
        #expect(outcome.status.missing == 0)
        #expect(outcome.results.count == plan.runs(of: share).count)
        #expect(
          SweepTable(plan, results: outcome.results, shard: share).rows.allSatisfy { $0.status == .done })
        let report = try merge.merge(path)
        #expect(report.newResults == outcome.results.count && report.knownResults == 0)
        #expect(try merge.merge(path).newResults == 0)
      }
      let whole = try SweepRun(plan, in: SweepStore(path: folder + "/all.sqlite")).execute(Forbidden())
      #expect(try SweepTable(plan, results: whole.results).csv == SweepFixture.csv(plan))
    }
  }

  private struct Forbidden: SweepExecutor {
    func execute(
      _ plan: SweepPlan, runs: [SweepPlan.Run], into store: SweepStore,
      progress: @escaping @Sendable (SweepProgress) -> Bool
    ) throws -> Bool {
      Issue.record("\(runs.count) runs are missing")
      return true
    }
  }

  @Test("With replicates a figure is their mean, with half of the width of Student's interval")
  func replicates() throws {
    let plan = try SweepFixture.plan(SweepFixture.text("replications: 4", axes: "  variant: [baseline]"))
    try SweepFixture.withFolder { folder in
      let outcome = try SweepRun(plan, in: SweepStore(path: folder + "/r.sqlite")).execute()
      let row = try #require(SweepTable(plan, results: outcome.results).rows.first)
      let values = plan.points[0].keys.compactMap { outcome.results[$0]?.figures?[.p99TTFT] }
      try #require(values.count == 4)
      #expect(Set(values).count == 4)
      let sum = values.reduce(0, +)
      let mean: Double = sum * 0.25
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
      // 97.5 % quantile of Student's t with 3 degrees of freedom, from tables.
      let half = 3.182446 * deviation / 2
      #expect(row[.p99TTFT] == mean)
      let found = try #require(row.halfWidth(of: .p99TTFT))
      #expect(abs(found - half) < 1e-6 * half)
      let fields = SweepTable(plan, results: outcome.results).csv.split(separator: "\n").map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let column = try #require(fields[0].firstIndex(of: "p99_ttft_s_ci95"))
      #expect(Double(fields[1][column]) == found)
      #expect(fields.allSatisfy { $0.count == fields[0].count })
    }
  }

  @Test("Requests a second that are offered, by process")
  func offered() throws {
    func rate(_ arrivals: String, _ more: String = "") throws -> Double? {
      let text = SweepFixture.text(
        axes: "  variant: [baseline]",
        scenario: SweepFixture.scenario.replacing("{process: poisson, request_rate: 20}", with: arrivals)
          .replacing("  num_requests: 30\n", with: more))
      return try SweepFixture.plan(text).scenario(of: .init(point: 0, replicate: 0)).workload.offeredRate?
        .value
    }
    let count = "  num_requests: 30\n"
    #expect(try rate("{process: gamma, request_rate: 3, burstiness: 0.5}", count) == 3)
    #expect(try rate("{process: at_once}", count) == nil)
    #expect(try rate("{process: closed, max_concurrency: 4}", count) == nil)
    #expect(
      try rate("{process: poisson, request_rate: 3}", count + "  prefix: {conversations: {turns: 5}}\n") == 15
    )
    // 20 s with 2 requests a second, and 30 requests at 3: 70 in 30 s.
    let stages =
      "{process: stages, stages: [{request_rate: 2, duration: 20 s}, {request_rate: 3, num_requests: 30}]}"
    #expect(try rate(stages) == 70.0 / 30)
  }
}
