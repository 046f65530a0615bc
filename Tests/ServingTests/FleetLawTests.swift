import Foundation
import Hardware
import Metrics
import Quantities
import Synchronization
import Testing
import Workload

@testable import Serving

/// Protects INV-1 … INV-5, INV-7 and INV-9 for several replicas, and that figures are of all of them.
@Suite("laws of fleets") struct FleetLawTests {
  @Test("every law at once", arguments: 0..<120) func laws(seed: Int) throws {
    let scene = try FleetScene(seed: seed, isTiny: seed % 2 == 0)
    // INV-3 and INV-4 are checked inside, after every step.
    let record = try scene.record()
    let count = RequestStream(scene.requests).count
    #expect(record.requests.map(\.index) == Array(0..<count), "INV-2: each request ends exactly once")
    for request in record.requests {
      if case .rejected = request.outcome { continue }
      #expect(request.outcome == .finished && request.generatedTokens == request.outputTokens, "INV-2")
      let own = record.replicaSteps[request.replica]
      #expect(request.deliveries.allSatisfy { own.contains($0.first) && own.contains($0.last) })
    }
    if let cap = scene.options.maxConcurrency { try RandomSceneTests().checkCap(record, cap) }
    try RandomSceneTests().checkLittle(record)
    for (i, own) in replicas(of: record).enumerated() {
      for (step, next) in zip(own.steps, own.steps.dropFirst()) {
        #expect(step.composed <= step.start && step.start < step.end && step.end <= next.start, "INV-1")
      }
      let host = scene.fleet.members[i].deployment.device.host
      try RandomSceneTests().checkWorkConservation(own, frontEnd: host.frontEnd)
    }
    #expect(try scene.record() == record, "INV-5: the same scene twice")
  }

  /// What each replica would have recorded.
  private func replicas(of record: RunRecord) -> [RunRecord] {
    record.replicaSteps.enumerated().map { i, steps in
      RunRecord(
        requests: record.requests.filter { $0.replica == i }.map { request in
          var request = request
          for j in request.deliveries.indices {
            request.deliveries[j].first -= steps.lowerBound
            request.deliveries[j].last -= steps.lowerBound
          }
          return request
        }, steps: Array(record.steps[steps]), interTokenGaps: [], totals: record.totals)
    }
  }

  @Test("figures gathered on the way are those of the record", arguments: 0..<120) func figures(seed: Int)
    throws
  {
    let scene = try FleetScene(seed: seed, isTiny: seed % 4 > 0)
    let requests = RequestStream(scene.requests)
    let (streamed, _) = try Simulation.measuredAsFleet(
      scene.fleet, requests: requests, options: scene.options)
    let exact = try RunFigures(record: scene.record())
    #expect(streamed.unfinished == 0 && exact.replicas.count == scene.fleet.members.count)
    expectSame(streamed, exact)
  }

  @Test("a fleet of one is that replica, whichever way it is run", arguments: 0..<120) func one(seed: Int)
    throws
  {
    let scene = try FleetScene(seed: seed, isTiny: seed % 2 == 0, replicas: 1)
    let requests = RequestStream(scene.requests)
    let deployment = scene.fleet.members[0].deployment
    let today = try Simulation.run(deployment, requests: requests, options: scene.options)
    #expect(try Simulation.run(scene.fleet, requests: requests, options: scene.options) == today)

    let asFleet = try scene.record()
    #expect(asFleet.requests == today.requests && asFleet.steps == today.steps)
    #expect(asFleet.interTokenGaps == today.interTokenGaps)
    // Sums over the steps of a jump are rounded where it ends, which depends on how far requests are known.
    for (a, b) in zip(asFleet.totals.busy, today.totals.busy) {
      #expect(a.kind == b.kind && abs(a.time.value - b.time.value) <= 1e-12 * b.time.value)
    }
  }

  @Test("requests are told in the order of their ends", arguments: Router.allCases) func order(
    router: Router
  ) throws {
    let scene = try FleetScene(seed: 6, isTiny: false, replicas: 3)
    let fleet = Fleet(scene.fleet.members, router: router)
    let told = Mutex<[RequestRecord]>([])
    let record = try Simulation.run(
      fleet, requests: RequestStream(scene.requests), options: scene.options,
      requestSink: { request in told.withLock { $0.append(request) } })
    let requests = told.withLock { $0 }
    #expect(
      requests.sorted { $0.index < $1.index }
        == record.requests.map { request in
          var request = request
          request.deliveries = requests.first { $0.index == request.index }?.deliveries ?? []
          return request
        })
    let ends = requests.map { $0.finished ?? $0.sent }
    #expect(ends == ends.sorted())
  }

  @Test("a horizon cuts the fleet off, and every request is told", arguments: 0..<40) func horizon(
    seed: Int
  ) throws {
    var scene = try FleetScene(seed: seed, isTiny: false)
    let whole = try scene.record()
    let end = whole.requests.compactMap(\.finished).max() ?? 1
    scene.options.horizon = end / 2
    let requests = RequestStream(scene.requests)
    let cut = try scene.record()
    #expect(cut.requests.map(\.index) == Array(0..<requests.count))
    // What happened before is what happens without a horizon.
    for (a, b) in zip(cut.requests, whole.requests) where a.outcome == .finished {
      #expect(a.finished == b.finished && a.replica == b.replica)
    }
    #expect(cut.steps.allSatisfy { $0.end <= end / 2 })
    let (figures, _) = try Simulation.measuredAsFleet(scene.fleet, requests: requests, options: scene.options)
    let exact = RunFigures(record: cut)
    #expect(figures.requests == requests.count && figures.unfinished == exact.unfinished)
    #expect(abs(figures.summary.engine.meanInSystem - exact.summary.engine.meanInSystem) < 1e-9)
  }

  @Test("an interrupted run counts what it left, without making it") func interrupted() throws {
    var scene = try Scene()
    for i in 0..<20_000 { scene.add(at: Double(i) * 0.01, prompt: 10, output: 3) }
    let members = Array(repeating: Fleet.Member(try scene.deployment, variant: "baseline"), count: 3)
    let figures = try Simulation.figures(
      Fleet(members), requests: RequestStream(scene.requests), progress: { $0.finished < 8000 })
    #expect((8000..<16_000).contains(figures.summary.completed))
    #expect(figures.requests == 20_000 && figures.unfinished == 20_000 - figures.summary.completed)
  }
}
