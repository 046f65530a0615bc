import Foundation
import Metrics
import Models
import Quantities
import Testing
import Workload

@testable import Serving

/// Several replicas and the client of a random scene.
struct FleetScene {
  var fleet: Fleet
  var requests: [Request]
  var options: Simulation.Options

  /// - Parameter isTiny: a handful of requests over pools that some of them nearly fill alone.
  init(seed: Int, isTiny: Bool, replicas: Int? = nil) throws {
    let make = isTiny ? PlainEngineTests.tinyScene : PlainEngineTests.scene
    let scene = try make(seed)
    var random = TestRandom(seed: seed + 3_000_000)
    let router = Router.allCases[seed % Router.allCases.count]
    let count = replicas ?? random.integer(1...5)
    let isMixed = random.coin(0.4)
    let members = try (0..<count).map { i in
      Fleet.Member(try (isMixed && i > 0 ? make(seed + 7 * i) : scene).deployment, variant: "\(i)")
    }
    fleet = Fleet(members, router: router, seed: UInt64(seed))
    requests = scene.requests
    options = scene.options
    // One replica's load for several would leave them idle.
    if isTiny, count > 1 { requests += Self.later(try make(seed + 11).requests, after: requests) }
  }

  /// The same requests under later numbers, in order of time with the others.
  private static func later(_ more: [Request], after first: [Request]) -> [Request] {
    let count = RequestStream(first).count
    let start = first.last?.arrival ?? .zero
    return more.map { request in
      var request = request
      request.index += count
      request.arrival += start
      var turns = request.followUps
      for i in turns.indices { turns[i].index += count }
      request.followUps = turns
      return request
    }
  }

  func record() throws -> RunRecord {
    try Simulation.runAsFleet(fleet, requests: RequestStream(requests), options: options)
  }

  /// The first thing in which it differs from the plain fleet, or nil.
  func difference() throws -> String? {
    let record = try record()
    var plain = PlainFleet(fleet, requests: requests, options: options)
    plain.run()
    for request in record.requests where plain.replicas[request.index] != request.replica {
      return "request \(request.index) went to replica \(request.replica), expected "
        + "\(plain.replicas[request.index].map(String.init) ?? "none")"
    }
    for (i, steps) in record.replicaSteps.enumerated() {
      if let difference = PlainEngineTests.difference(
        record, record.steps[steps], from: plain.engines[i], of: i)
      {
        return "replica \(i) of \(fleet.members.count), \(fleet.router): \(difference)"
      }
    }
    return record.requests.count == RequestStream(requests).count ? nil : "\(record.requests.count) requests"
  }
}

/// Protects that replicas simulated one after another do what they would in one global order of events.
@Suite("a fleet against a plain one") struct FleetTests {
  static let soak = PlainEngineTests.soak

  @Test("every step and every request are the same", arguments: 0..<8 * soak) func same(part: Int) throws {
    for seed in part * 20..<part * 20 + 20 {
      if let difference = try FleetScene(seed: seed, isTiny: false).difference() {
        Issue.record("seed \(seed): \(difference)")
      }
    }
  }

  @Test("they are on tiny scenes", arguments: 0..<30 * soak) func sameWhenTiny(part: Int) throws {
    for seed in part * 100..<part * 100 + 100 {
      if let difference = try FleetScene(seed: seed, isTiny: true).difference() {
        Issue.record("seed \(seed): \(difference)")
      }
    }
  }

  @Test("a conversation that begins amid requests of the same moment does not hide what was answered before")
  func conversationsBegin() throws {
    for seed in [5145, 8523, 12437] { #expect(try FleetScene(seed: seed, isTiny: true).difference() == nil) }
  }
}
