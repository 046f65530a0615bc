import Hardware
import InputFiles
import Metrics
import Quantities
import Testing

@testable import Planning

/// Cost, energy, replicas and traffic: arithmetic done by hand.
@Suite struct PlanTests {
  @Test(
    "Cost: two GPUs at 3 USD, 2 requests a second of 1000 + 100 tokens, a quarter of the time for prompts")
  func cost() throws {
    let cost = LoadCost(PlanningFixture.point, gpus: 2, perGPUHour: PriceRange(3))
    #expect(cost.perReplicaHour.suggested == 6)
    // 2000 input tokens a second are 7.2 M an hour for 1.50 USD; 200 output tokens are 0.72 M for 4.50 USD.
    #expect(abs((cost.perMillionInputTokens?.suggested ?? 0) - 1.5 / 7.2) < 1e-12)
    #expect(abs((cost.perMillionOutputTokens?.suggested ?? 0) - 4.5 / 0.72) < 1e-12)
    #expect(abs((cost.perThousandRequests?.suggested ?? 0) - 6 / 7.2) < 1e-12)
    #expect(cost.idleShare == 0.5 && cost.inputShare == 0.25)
    // All tokens together bear all of the cost.
    let total =
      (cost.perMillionInputTokens?.suggested ?? 0) * 7.2
      + (cost.perMillionOutputTokens?.suggested ?? 0) * 0.72
    #expect(abs(total - 6) < 1e-9)
  }

  @Test("Energy: idle power and a blend of use, never above the board's limit")
  func energy() throws {
    let board = PowerModel(idle: 100, limit: 700)
    let energy = try #require(LoadEnergy(PlanningFixture.point, gpus: 2, board: board))
    // 0.15 · 0.5 + 1 · 0.1 + 0.45 · 0.2 = 0.265 of 600 W above idle.
    #expect(abs(energy.watts - 259) < 1e-9)
    #expect(abs((energy.joulesPerRequest ?? 0) - 259) < 1e-9)
    #expect(abs((energy.joulesPerOutputToken ?? 0) - 2.59) < 1e-9)
    #expect(abs(energy.idleShare - 50 / 259) < 1e-9)
    #expect(board.power(busyShare: 0, tensorShare: 0, memoryShare: 0) == 100)
    #expect(board.power(busyShare: 1, tensorShare: 1, memoryShare: 1) == 700)
  }

  @Test("Every device of the catalogue has a price range and a board")
  func tables() throws {
    for device in DeviceSpec.catalogue {
      let price = try #require(PriceRange.rental(of: device.name), "\(device.name)")
      #expect(0 < price.low && price.low <= price.suggested && price.suggested <= price.high)
      let board = try #require(PowerModel.board(of: device.name), "\(device.name)")
      #expect(0 < board.idle && board.idle < board.limit)
    }
    #expect(PriceRange.rental(of: "test-cpu") == nil && PowerModel.board(of: "test-cpu") == nil)
  }

  @Test("Replicas: the lower end of the interval, less the headroom, rounded up")
  func replicas() throws {
    let capacity = try PlanningFixture.capacity(10, halfWidth: 2, gpus: 4, point: PlanningFixture.point)
    let plan = try #require(
      ServingPlan(capacity, targetRate: 100, headroom: 0.25, perGPUHour: PriceRange(2)))
    #expect(plan.ratePerReplica == 6 && plan.replicas == 17 && plan.gpus == 68)
    #expect(plan.perHour?.suggested == 136)
    #expect(abs(plan.utilisation - 100 / 17.0 / 10) < 1e-12)
    #expect(ServingPlan(capacity, targetRate: 60, headroom: 0.25, perGPUHour: nil)?.replicas == 10)
    #expect(ServingPlan(capacity, targetRate: 1e-3, headroom: 0, perGPUHour: nil)?.replicas == 1)
    let none = try PlanningFixture.capacity(0, point: PlanningFixture.point)
    #expect(ServingPlan(none, targetRate: 1, headroom: 0, perGPUHour: nil) == nil)
  }

  private let traffic = Traffic(
    name: "t", source: "t",
    intervals: [
      .init(start: 0, duration: 3600, rate: 10), .init(start: 3600, duration: 3600, rate: 35),
      .init(start: 7200, duration: 7200, rate: 5),
    ])

  @Test("Elastic replicas: each interval's, and those that start up for the next")
  func elastic() {
    func plan(_ startUp: Seconds) -> TrafficPlan {
      TrafficPlan(
        traffic, variant: "v", gpusPerReplica: 2, ratePerReplica: 10, startUp: startUp,
        perGPUHour: PriceRange(3))
    }
    let at = plan(0)
    #expect(at.needed == [1, 4, 1] && at.paid == [1, 4, 1])
    #expect(at.staticGPUHours == 32 && at.elasticGPUHours == 14)
    #expect(abs((at.staticPerDay?.suggested ?? 0) - 32 * 3 * 6) < 1e-9)
    // Three more replicas a quarter of an hour before the second interval.
    let early = plan(900)
    #expect(early.paid == [1.75, 4, 1] && early.elasticGPUHours == 15.5)
    // Ordered two hours before: in the last hour of the last interval, which comes before the first.
    let veryEarly = plan(7200)
    #expect(veryEarly.paid == [4, 4, 2.5])
    #expect(plan(1e6).elasticGPUHours == 32)
  }

  @Test("Elastic never costs more than static", arguments: Traffic.shapeNames, [0.0, 60, 300, 4000, 1e5])
  func elasticAgainstStatic(shape: String, startUp: Double) throws {
    let traffic = try #require(Traffic.shape(shape, peak: 83))
    #expect(
      abs(traffic.peak - 83) < 1e-9 && traffic.mean < 83 && traffic.intervals.allSatisfy { $0.rate >= 0 })
    for each in [0.3, 7, 500] {
      let plan = TrafficPlan(
        traffic, variant: "v", gpusPerReplica: 1, ratePerReplica: each, startUp: Seconds(startUp),
        perGPUHour: nil)
      #expect(plan.elasticGPUHours <= plan.staticGPUHours * (1 + 1e-12) && plan.saving >= -1e-12)
    }
  }

  private func read(_ text: String) throws -> Traffic {
    try Traffic(csv: try TextFile(path: "t.csv", bytes: Array(text.utf8)))
  }

  @Test("A traffic file: columns by name, the last interval as long as the one before")
  func file() throws {
    let traffic = try read("rate,note,time_s\n10,a,3600\n35,b,7200\n5,c,14400\n")
    #expect(traffic.intervals.map(\.start) == [0, 3600, 10800])
    #expect(traffic.intervals.map(\.duration) == [3600, 7200, 7200])
    #expect(traffic.intervals.map(\.rate) == [10, 35, 5] && traffic.name == "t")
  }

  @Test(
    "Bad traffic files say where and what",
    arguments: [
      ("time,rate\n0,1\n1,1\n", "no column time_s"), ("time_s,rate\n0,1\n", "1 rows"),
      ("time_s,rate\n0,nan\n1,1\n", "t.csv:2"), ("time_s,rate\n0,-3\n1,1\n", "t.csv:2"),
      ("time_s,rate\n0,1\n0,1\n", "must rise"), ("time_s,rate\n0,1\n1\n", "cut off"),
      ("time_s,rate\n0,0\n1,0\n", "every rate is 0"), ("time_s,rate\n0,1e30\n1,1\n", "t.csv:2"),
    ])
  func badFile(text: String, message: String) {
    #expect {
      try read(text)
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test("No file, an empty one") func noFile() {
    #expect(throws: InputError.self) { try Traffic(csv: "missing.csv") }
    #expect(throws: InputError.self) { try read(" \n") }
  }
}
