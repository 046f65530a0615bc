import EngineSettings
import Metrics
import Quantities
import Testing
import Workload

@testable import Serving

/// What queueing theory knows of routers, on replicas that are textbook queues.
@Suite("routers") struct RouterTests {
  private static let service = 0.01

  /// Poisson arrivals at `replicas` servers with constant service times.
  private func scene(load: Double, replicas: Int, requests: Int, seed: Int = 2_000_006) throws -> (
    Scene, [Fleet.Member]
  ) {
    var scene = try ClosedFormTests.scene(ClosedFormTests.device(constant: Self.service, perToken: 0))
    var random = TestRandom(seed: seed)
    var arrival = 0.0
    for _ in 0..<requests {
      arrival += random.exponential(mean: Self.service / load / Double(replicas))
      scene.add(at: arrival, prompt: 10)
    }
    let member = Fleet.Member(try scene.deployment, variant: "baseline")
    return (scene, Array(repeating: member, count: replicas))
  }

  private func times(
    _ router: Router, _ scene: Scene, _ members: [Fleet.Member], seed: UInt64 = 2
  ) throws -> [Double] {
    let fleet = Fleet(members, router: router, seed: seed)
    return try Simulation.run(fleet, requests: RequestStream(scene.requests)).requests.compactMap {
      $0.e2e?.value
    }
  }

  @Test("random splitting makes independent M/D/1 queues of a Poisson stream", arguments: [0.5, 0.8])
  func splitting(load: Double) throws {
    let (scene, members) = try scene(load: load, replicas: 4, requests: 80_000)
    let times = try times(.random, scene, members).dropFirst(4000)
    let interval = try #require(ConfidenceInterval(batchMeansOf: Array(times), batches: 20, level: 0.99))
    let expected = Self.service + load * Self.service / (2 * (1 - load))
    #expect(
      interval.lower <= expected && expected <= interval.upper,
      "\(expected) against \(interval.mean) ± \(interval.halfWidth)")
    #expect(interval.halfWidth < 0.06 * expected, "an interval that says something")
  }

  @Test("two choices wait less than one, and the shortest queue less than two choices") func choices() throws
  {
    let (scene, members) = try scene(load: 0.9, replicas: 8, requests: 40_000)
    func waiting(_ router: Router) throws -> Double {
      let times = try times(router, scene, members)
      return times.reduce(0, +) / Double(times.count) - Self.service
    }
    let (one, two) = (try waiting(.random), try waiting(.powerOfTwoChoices))
    let all = try waiting(.leastOutstanding)
    #expect(two < 0.5 * one && all < 0.7 * two, "\(one), \(two), \(all)")
    // Of constant services, every eighth to the same server is first come first served by all eight: nothing waits less.
    let turns = try waiting(.roundRobin)
    #expect(turns <= all, "\(turns)")
  }

  @Test("prompts that begin alike meet their prefix at one replica") func affinity() throws {
    var scene = try Scene(blocks: 800)
    scene.engine.maxModelLen = 4096
    var random = TestRandom(seed: 5)
    var arrival = 0.0
    for _ in 0..<600 {
      arrival += random.exponential(mean: 0.02)
      // Twenty prefixes of 40 blocks fill one cache, a quarter of them do not.
      scene.add(
        at: arrival, prompt: 700, output: 4,
        content: .segments([.init(text: UInt64(random.integer(1...20)), tokens: 640)]))
    }
    let members = Array(repeating: Fleet.Member(try scene.deployment, variant: "baseline"), count: 4)
    func hitRate(_ router: Router) throws -> Double {
      let record = try Simulation.run(Fleet(members, router: router), requests: RequestStream(scene.requests))
      if router == .prefixAffinity {
        let homes = Dictionary(grouping: record.requests, by: { scene.requests[$0.index].firstText })
        #expect(homes.values.allSatisfy { Set($0.map(\.replica)).count == 1 })
      }
      return try #require(record.totals.prefixHitRate)
    }
    let (turns, affine) = (try hitRate(.roundRobin), try hitRate(.prefixAffinity))
    #expect(affine > turns + 0.1, "\(affine) against \(turns)")
  }

  @Test("one replica more takes its share of texts and moves no other") func rendezvous() {
    let draws = RoutingDraws(seed: 9)
    let moved = (0..<4000 as Range<UInt64>).filter { text in
      let (before, after) = (draws.home(ofText: text, among: 4), draws.home(ofText: text, among: 5))
      #expect(after == before || after == 4)
      return after != before
    }
    #expect((700..<900).contains(moved.count), "\(moved.count) of 4000, 800 expected")
  }

  @Test("no router changes what is asked or when") func sameRequests() throws {
    let scene = try FleetScene(seed: 12, isTiny: false, replicas: 4)
    let asked = try Router.allCases.map { router in
      try Simulation.run(Fleet(scene.fleet.members, router: router), requests: RequestStream(scene.requests))
        .requests.map { [$0.released.value, Double($0.promptTokens), Double($0.outputTokens)] }
    }
    let first = try #require(asked.first).prefix(30)
    for other in asked { #expect(other.prefix(30) == first) }
  }
}
