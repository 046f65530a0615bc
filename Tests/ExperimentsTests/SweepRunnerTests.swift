import EngineSettings
import Experiments
import Metrics
import Models
import Quantities
import Synchronization
import Testing
import Workload

/// Many configurations on several threads.
@Suite struct SweepRunnerTests {
  /// Points of very different cost: 5 to 300 requests, two variants, three limits of the batch.
  private func points() throws -> [SweepPoint] {
    try (0..<24).map { i in
      var scenario = try ExperimentFixture.scenario(requests: i % 5 == 0 ? 300 : 5 + i)
      scenario.seed = UInt64(i)
      scenario.engine.maxNumSeqs = [2, 16, 256][i % 3]
      return SweepPoint(scenario, variant: try Variant(name: i % 2 == 0 ? "baseline" : "swiftkv-50"))
    }
  }

  @Test("Figures are the same on any number of threads, and those of the experiment", arguments: [2, 3, 8])
  func determinism(threads: Int) throws {
    let points = try points()
    let serial = SweepRunner(threads: 1).run(points) { _, figures in figures }
    let parallel = SweepRunner(threads: threads).run(points) { _, figures in figures }
    #expect(!serial.wasStopped && !parallel.wasStopped)
    #expect(serial.kept.count == points.count && !serial.kept.contains(nil))
    #expect(serial.kept == parallel.kept)
    for i in [0, 1, 7] {
      let outcome = try Experiment(points[i].scenario, variants: [points[i].variant]).run()
      #expect(outcome.runs.first?.figures == parallel.kept[i])
    }
  }

  @Test("A runner that is used again gives the same figures")
  func again() throws {
    let (points, runner) = (try points(), SweepRunner())
    let first = runner.run(points) { _, figures in figures }
    #expect(runner.run(points) { _, figures in figures }.kept == first.kept)
  }

  @Test("A point that cannot be simulated fails by itself, in its own slot")
  func failures() throws {
    var points = try points()
    points[3].variant = try Variant(name: "swiftkv-l99")
    points[5].scenario.engine.gpuMemoryUtilization = 0.1
    points[6].scenario.workload.trace = TraceSpec(path: "missing.csv")
    points[6].scenario.workload.arrivals = .trace(speedup: 1)
    let outcome = SweepRunner(threads: 2).run(points) { i, _ in i }
    let failed = [3: "layers", 5: "does not fit", 6: "missing.csv"]
    for (i, slot) in outcome.slots.enumerated() {
      switch slot {
      case .done(let index): #expect(index == i && failed[i] == nil)
      case .failed(let message):
        let expected = try #require(failed[i], "\(i): \(message)")
        #expect(message.contains(expected), "\(message)")
      case .open: Issue.record("\(i) was not simulated")
      }
    }
    #expect(!outcome.wasStopped)
  }

  private struct NoPoint: Error, CustomStringConvertible { let description = "no point" }

  @Test("Points can be made when they are due; what making one throws is its failure")
  func lazily() throws {
    let points = try points()
    let outcome = SweepRunner(threads: 2).run(estimates: points.map(\.estimatedCost)) { i in
      if i == 4 { throw NoPoint() }
      return points[i]
    } keeping: { i, figures in
      figures.requests
    }
    for (i, slot) in outcome.slots.enumerated() {
      switch slot {
      case .done(let requests): #expect(requests == points[i].scenario.workload.numRequests && i != 4)
      case .failed(let message): #expect(i == 4 && message == "no point")
      case .open: Issue.record("\(i) was not simulated")
      }
    }
  }

  @Test("What is finished when a sweep is stopped is kept", arguments: [1, 2])
  func stopping(threads: Int) throws {
    let points = try points()
    let last = Mutex(0)
    let outcome = SweepRunner(threads: threads).run(points) { progress in
      last.withLock { $0 = progress.finished }
      return progress.finished < 5
    } keeping: { _, figures in
      figures
    }
    #expect(outcome.wasStopped)
    let kept = outcome.kept.compactMap(\.self)
    #expect(kept.count >= 5 && kept.count < points.count)
    #expect(kept.count == last.withLock(\.self))
    #expect(kept.allSatisfy { $0.unfinished == 0 })
  }

  @Test("No points, no work")
  func empty() {
    let outcome = SweepRunner().run([]) { i, _ in i }
    #expect(outcome.slots.isEmpty && !outcome.wasStopped)
  }
}
