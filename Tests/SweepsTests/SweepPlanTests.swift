import Experiments
import Foundation
import Metrics
import Quantities
import Randomness
import Testing
import Workload

@testable import Sweeps

/// The points of a sweep: what names them, which can exist, and what requests they see.
@Suite struct SweepPlanTests {
  private func keys(_ text: String, _ changes: SweepFile.Changes = .init()) throws -> [[String]] {
    try SweepFixture.plan(text, changes: changes).points.map(\.keys)
  }

  @Test("A key does not change with the name, comments, or the way a value is written")
  func sameKeys() throws {
    let keys = try keys(SweepFixture.text())
    #expect(Set(keys.joined()).count == 16)
    #expect(try self.keys(SweepFixture.text(name: "other")) == keys)
    let rewritten = SweepFixture.scenario
      .replacing("100 ms}", with: "0.1} # slow").replacing("request_rate: 20", with: "request_rate: 2.0e1")
      .replacing(
        "hardware: {gpu: H100-SXM-80GB}", with: "hardware:\n  gpu: h100-sxm-80gb\n  tensor_parallel_size: 1")
    #expect(rewritten.contains("h100-sxm-80gb"))
    #expect(try self.keys(SweepFixture.text(scenario: rewritten)) == keys)
  }

  @Test(
    "A key changes with whatever changes figures",
    arguments: [
      "workload.num_requests=31", "objective.ttft_p99=101 ms", "hardware.gpu=H200-SXM-141GB",
      "model=Qwen/Qwen3-8B", "engine.enable_prefix_caching=false", "measurement={warmup_requests: 2}",
      "hardware.tensor_parallel_size=2",
    ])
  func otherKeys(option: String) throws {
    let before = Set(try keys(SweepFixture.text()).joined())
    let after = Set(try keys(SweepFixture.text(), .init(overrides: [option])).joined())
    #expect(before.isDisjoint(with: after))
  }

  @Test("A key changes with the seed, the goodput limits and the content of a trace, not with where it lies")
  func filesAndSeeds() throws {
    let text = SweepFixture.text()
    let before = Set(try keys(text).joined())
    #expect(before.isDisjoint(with: Set(try keys(text, .init(seed: 8)).joined())))
    #expect(before.isDisjoint(with: Set(try keys(SweepFixture.text("goodput: {ttft: 1}")).joined())))
    // The first replicate has the scenario's own seed.
    let replicated = try keys(text, .init(replications: 3))
    #expect(replicated.map { $0[0] } == (try keys(text)).map { $0[0] })
    #expect(replicated.allSatisfy { Set($0).count == 3 })

    try SweepFixture.withFolder { folder in
      func key(_ file: String, _ rows: String) throws -> [[String]] {
        try ("arrival_s,prompt_tokens,output_tokens\n" + rows).write(
          toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        let scenario = """
          model: meta-llama/Llama-3.1-8B-Instruct
          hardware: {gpu: H100-SXM-80GB}
          workload:
            trace: {file: \(folder)/\(file)}
            arrivals: {process: trace}
            prompt_tokens: trace
            output_tokens: trace
          """
        return try keys(SweepFixture.text(axes: "  variant: [baseline, swiftkv-50]", scenario: scenario))
      }
      let first = try key("a.csv", "0,100,10\n1,200,10\n")
      #expect(try key("b.csv", "0,100,10\n1,200,10\n") == first)
      #expect(try key("a.csv", "0,100,10\n1,201,10\n") != first)
    }
  }

  @Test("Bad points: each problem once, with where it is from and how many points have it")
  func badPoints() throws {
    let text = SweepFixture.text(
      axes:
        "  variant: [baseline, swiftkv-l40, swiftkv-50]\n  engine.max_num_seqs: [4, 9000]\n  workload.num_requests: [10, many]"
    )
    let error = try #require(throws: SweepPlanError.self) { try SweepFixture.plan(text) }
    #expect(error.points == 12 && error.invalid == 10)
    let lines = error.description.split(separator: "\n")
    #expect(lines.count == 3, "\(error)")
    for part in [
      "s.yaml:14: variant: num_key_value_layers: found 40; meta-llama/Llama-3.1-8B-Instruct has 32 layers",
      "(in 4 of 12 points, the first variant=swiftkv-l40, engine.max_num_seqs=4, workload.num_requests=10)",
      "s.yaml:15: engine.max_num_seqs: a step's 8,192 tokens",
      "s.yaml:16: workload.num_requests: found 'many'",
      "(in 6 of 12 points, the first variant=baseline, engine.max_num_seqs=4, workload.num_requests=many)",
    ] {
      #expect(error.description.contains(part), "\(part) is not in\n\(error)")
    }
    #expect(error.advice?.contains("10 of 12 points cannot exist; --skip-invalid leaves them out") == true)
  }

  @Test("Points that cannot exist are left out if that is wanted, but not a mistake that is in all points")
  func skipping() throws {
    let text = SweepFixture.text(
      axes:
        "  model: [meta-llama/Llama-3.1-8B-Instruct, meta-llama/Llama-3.1-70B-Instruct]\n  variant: [baseline, swiftkv-50]"
    )
    #expect(throws: SweepPlanError.self) { try SweepFixture.plan(text) }
    let plan = try SweepFixture.plan(text, changes: .init(skipsInvalid: true))
    #expect(plan.points.map { $0.invalid == nil } == [true, true, false, false])
    #expect(plan.points[2].invalid?.contains("does not fit") == true)
    #expect(plan.runs.map(\.point) == [0, 1])
    #expect(Set(plan.points.flatMap(\.keys)).count == 4)

    for axes in ["  engine.max_num_seq: [4, 5]", "  engine.max_num_seqs: [0, -3]"] {
      let error = try #require(throws: SweepPlanError.self) {
        try SweepFixture.plan(SweepFixture.text(axes: axes), changes: .init(skipsInvalid: true))
      }
      #expect(error.advice == nil)
    }
  }

  @Test("A problem of the scenario itself is said once, without points")
  func badBase() throws {
    let error = try #require(throws: SweepPlanError.self) {
      try SweepFixture.plan(SweepFixture.text(scenario: SweepFixture.scenario + "objectiv: {}\n"))
    }
    #expect(error.description == "s.yaml:13: objectiv: unknown key; did you mean objective?")
  }

  @Test("Many problems are bounded")
  func bounded() throws {
    let values = (0..<60).map { "x\($0)" }.joined(separator: ", ")
    let error = try #require(throws: SweepPlanError.self) {
      try SweepFixture.plan(SweepFixture.text(axes: "  engine.max_num_seqs: [4, \(values)]"))
    }
    let lines = error.description.split(separator: "\n")
    #expect(lines.count == 21 && lines.last == "and 40 more problems")
    #expect(error.groups.count == 60)
  }

  @Test(
    "Shares: every run is in exactly one, all are as large, and none is stuck to one value of an axis",
    arguments: [1, 2, 3, 4, 7, 16, 20])
  func shares(count: Int) throws {
    let plan = try SweepFixture.plan()
    let shares = try (1...count).map { plan.runs(of: try SweepShard("\($0)/\(count)")) }
    #expect(Set(shares.joined()) == Set(plan.runs))
    #expect(shares.reduce(0) { $0 + $1.count } == plan.runs.count)
    let sizes = shares.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    if count == 4 {
      for share in shares {
        let seen = Set(share.map { plan.points[$0.point].parameters[2].field })
        #expect(seen.count > 1)
      }
    }
  }

  @Test(
    "What is no share",
    arguments: ["", "3", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/2/3", "1/", "1/99999999999"])
  func badShares(text: String) {
    #expect(throws: SweepShard.Failure.self) { try SweepShard(text) }
  }

  @Test(
    "Common random numbers: points differ in rate, variant or engine, not in requests; rates scale the gaps")
  func commonRandomNumbers() throws {
    let plan = try SweepFixture.plan(SweepFixture.text("replications: 2"))
    func requests(_ point: Int, _ replicate: Int) throws -> (rate: Double, requests: [Request]) {
      let scenario = try plan.scenario(of: .init(point: point, replicate: replicate))
      guard case .open(let rate, _) = scenario.workload.arrivals else { throw CancellationError() }
      return (rate.value, Array(try scenario.workload.stream(seed: scenario.seed)))
    }
    for replicate in 0..<2 {
      let first = try requests(0, replicate)
      for point in plan.points.indices.dropFirst() {
        let other = try requests(point, replicate)
        try #require(first.requests.count == other.requests.count)
        for (a, b) in zip(first.requests, other.requests) {
          #expect(a.promptTokens == b.promptTokens && a.outputTokens == b.outputTokens)
          // In gaps of the mean length, requests come at the same times.
          #expect(abs(a.arrival.value * first.rate - b.arrival.value * other.rate) < 1e-9)
        }
      }
    }
    #expect(try requests(0, 0).requests != requests(0, 1).requests)
  }
}
