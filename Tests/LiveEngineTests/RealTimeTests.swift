import CostModel
import LiveEngine
import Metrics
import Quantities
import Serving
import Testing
import Workload

/// Serving by the machine's own clock. Nothing is said here of how long anything takes.
@Suite("the live engine in real time") struct RealTimeTests {
  private func run(
    _ scene: LiveScene, options: Simulation.Options = Simulation.Options(checksInvariants: true),
    progress: ((Simulation.Progress) -> Bool)? = nil
  ) throws -> LiveRun {
    try scene.server().run(
      requests: RequestStream(scene.requests.sorted { $0.arrival < $1.arrival }), seed: 3, options: options,
      progress: progress)
  }

  private func scene() -> LiveScene {
    var scene = LiveScene("swiftkv-50")
    scene.addSome()
    // After the engine has gone to sleep.
    scene.add(at: 0.3, prompt: 20, output: 3)
    return scene
  }

  @Test("no request starts before it arrives, steps follow each other, every token is delivered")
  func order() throws {
    let scene = scene()
    let run = try run(scene)
    let record = run.record
    #expect(record.requests.map(\.outcome) == Array(repeating: .finished, count: 8))
    for (request, planned) in zip(record.requests, scene.requests) {
      #expect(request.sent == planned.arrival)
      let first = record.steps[request.deliveries[0].first]
      #expect(try #require(request.firstToken) == first.end)
      #expect(request.generatedTokens == planned.outputTokens)
      #expect(try #require(request.attribution).total == request.ttft)
    }
    for (step, next) in zip(record.steps, record.steps.dropFirst()) { #expect(step.end <= next.start) }
    #expect(record.steps.allSatisfy { $0.start < $0.end })
    #expect(try #require(record.steps.last).start >= 0.3)
    #expect(run.steps.map(\.time.total.value).reduce(0, +) < 60)
    #expect(run.steps.count == record.steps.count)
    // What is generated does not depend on what happened to be batched.
    #expect(run.tokens == (try scene.run()).tokens)
  }

  @Test("the time of a step is split by kernels, and what is left is the host's")
  func parts() throws {
    let run = try run(scene())
    let kernels = run.tally.lines.reduce(Seconds.zero) { $0 + $1.time }
    let busy = run.record.totals.busy.reduce(Seconds.zero) { $0 + $1.time }
    let host = try #require(run.record.totals.busy.first { $0.kind == "host" }).time
    #expect(abs((busy - host - kernels).value) < 1e-9)
    #expect(run.record.totals.busy.map(\.kind).contains("SwiftKV projection"))
    let total = run.steps.reduce(Seconds.zero) { $0 + $1.time.total }
    #expect(abs((total - busy).value) < 1e-9)
  }

  @Test("a run that is stopped keeps what is finished, also while the engine idles")
  func stopping() throws {
    let stopped = try run(scene(), options: Simulation.Options()) { $0.finished < 2 }
    let outcomes = stopped.record.requests.map(\.outcome)
    #expect(outcomes.contains(.finished) && outcomes.contains(.unfinished))
    #expect(stopped.steps.count == stopped.record.steps.count)
    for request in stopped.record.requests {
      #expect(stopped.tokens[request.index]?.count ?? 0 == request.generatedTokens)
    }

    var idle = LiveScene("baseline")
    idle.add(at: 3600, prompt: 5, output: 2)
    var calls = 0
    let never = try run(idle, options: Simulation.Options()) { _ in
      calls += 1
      return calls < 2
    }
    #expect(never.record.requests.map(\.outcome) == [.unfinished])
  }

  @Test("what cannot run is refused as by the simulator")
  func rejection() throws {
    var scene = LiveScene("baseline")
    scene.blocks = 5
    scene.add(prompt: 60, output: 30)
    scene.add(prompt: 250, output: 30)
    scene.add(prompt: 4, output: 2)
    let record = try run(scene).record
    #expect(
      record.requests.map(\.outcome) == [
        .rejected(.exceedsKVCache), .rejected(.exceedsMaxModelLen), .finished,
      ])
  }
}
