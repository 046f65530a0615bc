import Experiments
import Foundation
import Metrics
import Models
import Quantities
import Synchronization
import Testing
import Workload

@testable import Planning

@Suite struct CapacityStudyTests {
  private func capacity(
    _ scenario: Scenario, objective: CapacityObjective? = nil, runs: ClosedRange<Int> = 4...4,
    level: Double = 0.95
  ) throws -> VariantCapacity {
    let outcome = try CapacityStudy.run(
      scenario, variants: [.baseline], objective: objective,
      settings: .init(replications: runs, level: level, relaxes: false))
    return try #require(outcome.study.variants.first)
  }

  @Test("M/D/1: the largest load with a mean time in system within a limit", arguments: [2.0, 3.5])
  func constantService(limit: Double) throws {
    // T ÷ s = 1 + ρ ÷ (2 (1 − ρ)) ≤ limit, so ρ = 2 (limit − 1) ÷ (2 limit − 1).
    let service = 0.01
    let scenario = try PlanningFixture.constantServer(
      service: service, requests: 6000, limits: ["e2e_mean": Seconds(limit * service)])
    let found = try capacity(scenario, runs: 12...12, level: 0.99)
    let expected = 2 * (limit - 1) / (2 * limit - 1) / service
    #expect(
      found.capacity.lower <= expected && expected <= found.capacity.upper,
      "\(expected) against \(found.capacity)")
    #expect((found.capacity.relativeHalfWidth ?? 1) < 0.05, "an interval that says something")
    #expect(found.bindingLimit.key == "e2e_mean")
  }

  @Test("A limit far away leaves saturation: 95 % of what is sent is completed")
  func saturation() throws {
    let scenario = try PlanningFixture.constantServer(
      service: 0.01, requests: 3000, limits: ["e2e_mean": 1e4])
    let found = try capacity(scenario)
    // A server of 100 requests a second completes 95 % of 100 ÷ 0.95.
    #expect(abs(found.capacity.value / (100 / 0.95) - 1) < 0.03, "\(found.capacity.value)")
    #expect(found.bindingLimit == .saturation)
    #expect(abs(found.point.completedRate.value - 100) < 3)
  }

  @Test("A looser limit carries more, more GPUs carry more")
  func monotone() throws {
    let tight = try capacity(PlanningFixture.scenario(limits: ["ttft_p90": 0.2]))
    let loose = try capacity(PlanningFixture.scenario(limits: ["ttft_p90": 0.8]))
    #expect(tight.capacity.value < loose.capacity.value)
    var wide = try PlanningFixture.scenario(limits: ["ttft_p90": 0.2])
    wide.tensorParallelSize = 2
    #expect(try capacity(wide).capacity.value > tight.capacity.value)
  }

  @Test("An objective that no load keeps: capacity 0 and the limit that fails with its value")
  func unreachable() throws {
    let found = try capacity(PlanningFixture.scenario(limits: ["ttft_p90": 0.001]))
    #expect(!found.isReachable && found.bindingLimit.key == "ttft_p90" && found.modelRange == nil)
    let measured = try #require(found.point[.ttft, .percentile(90)])
    #expect(measured.value > 0.001)
    #expect(found.point.meanInSystem.value < 0.5, "nearly no load")
    var study = try CapacityStudy.run(
      PlanningFixture.scenario(limits: ["ttft_p90": 0.001]), variants: [.baseline],
      settings: .init(replications: 2...2)
    ).study
    study.variants = [found]
    let text = CapacityReport(CapacityDocument(study)).findings.joined()
    #expect(text.contains("carries no load") && text.contains("TTFT p90"), "\(text)")
  }

  @Test("No objective is an error that says what to add")
  func noObjective() throws {
    let scenario = try PlanningFixture.scenario(limits: [:])
    #expect {
      try CapacityStudy.run(scenario, variants: [.baseline])
    } throws: { error in
      (error as? ExperimentError)?.description.contains("--goodput") ?? false
    }
  }

  @Test("The share of good requests decides if it is asked for")
  func goodShare() throws {
    let scenario = try PlanningFixture.scenario(limits: [:])
    func objective(_ share: Double) -> CapacityObjective {
      CapacityObjective(limits: [], goodputLimits: GoodputLimits(ttft: 0.3), goodShare: share)
    }
    let strict = try capacity(scenario, objective: objective(0.99))
    let lax = try capacity(scenario, objective: objective(0.8))
    #expect(strict.capacity.value < lax.capacity.value)
    #expect(strict.bindingLimit == .goodShare)
    let share = try #require(lax.point.goodShare)
    #expect(abs(share.value - 0.8) < 0.03, "\(share.value)")
  }

  @Test("A closed loop searches the number in flight")
  func closedLoop() throws {
    var scenario = try PlanningFixture.scenario(
      limits: ["ttft_p90": 0.5], arrivals: .open(rate: PerSecond(.infinity), burstiness: 1))
    scenario.workload.maxConcurrency = 4
    let found = try capacity(scenario)
    #expect(found.point.unit == .concurrency && found.capacity.value > 1)
    #expect(found.point.completedRate.value > 0)
  }

  @Test("A workload without chance has one run and no interval")
  func withoutChance() throws {
    var scenario = try PlanningFixture.scenario(arrivals: .open(rate: 10, burstiness: .infinity))
    scenario.workload.promptTokens = LengthSpec(.constant(2000))
    scenario.workload.outputTokens = LengthSpec(.constant(8))
    let found = try capacity(scenario)
    #expect(found.replications == 1 && found.capacity.interval == nil && found.isReachable)
  }

  @Test("The same bytes on any number of threads; ratios are to the first variant, on the same runs")
  func determinism() throws {
    let scenario = try PlanningFixture.scenario()
    let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]
    let texts = try [1, 3].map { threads in
      let outcome = try CapacityStudy.run(
        scenario, variants: variants, settings: .init(replications: 4...6), threads: threads)
      return try CapacityDocument(outcome.study).json()
    }
    #expect(texts[0] == texts[1])
    let document = try CapacityDocument(json: Data(texts[0].utf8))
    #expect(try document.json() == texts[0])
    let study = document.study
    let ratio = try #require(study["swiftkv-50"]?.ratio)
    #expect(ratio.value > 1.1 && ratio.lower > 1 && study["baseline"]?.ratio == nil)
    #expect(study["baseline"]?.relaxations.isEmpty == false)
  }

  @Test("Variants that are finished when a study is stopped are kept")
  func stopping() throws {
    let outcome = try CapacityStudy.run(
      PlanningFixture.scenario(), variants: [.baseline, try Variant(name: "swiftkv-50")],
      settings: .init(replications: 2...2, relaxes: false)
    ) { $0.finishedVariants == 0 }
    #expect(outcome.wasStopped && outcome.study.variants.map(\.variant) == ["baseline"])
  }

  @Test("Curves: more load, longer waits; chosen loads surround the capacity")
  func curves() throws {
    let scenario = try PlanningFixture.scenario()
    let curves = try #require(
      try LoadCurve.run(scenario, variants: [.baseline], loads: [20, 5, 200], replications: 3))
    let points = try #require(curves.first).points
    #expect(points.map(\.load) == [5, 20, 200] && points.map(\.isSaturated) == [false, false, true])
    let waits = points.compactMap { $0[.ttft, .percentile(90)]?.value }
    #expect(waits == waits.sorted() && waits.count == 3)
    for point in points where !point.isSaturated {
      // Little's law.
      let expected = (point[.e2e, .mean]?.value ?? 0) * point.offeredRate.value
      #expect(abs(point.meanInSystem.value / expected - 1) < 0.1)
      #expect(abs(point.offeredRate.value / point.load - 1) < 0.15)
    }
    let loads = LoadCurve.usualLoads(upTo: 10, unit: .requestRate)
    #expect(loads.contains(10) && loads == loads.sorted() && (loads.last ?? 0) > 10)
    #expect(LoadCurve.usualLoads(upTo: 3, unit: .concurrency).allSatisfy { $0 == $0.rounded() && $0 >= 1 })
  }

  @Test("What binds is the setting that helps beyond chance, else the GPU")
  func binding() {
    func gain(
      _ resource: VariantCapacity.BindingResource, _ value: Double, halfWidth: Double = 0.01
    ) -> VariantCapacity.Relaxation {
      var estimate = EstimatedFigure(
        value: value, interval: ConfidenceInterval(replications: [value, value]))
      estimate.interval?.halfWidth = halfWidth
      return .init(resource: resource, change: "", gain: estimate)
    }
    let gpu = [gain(.compute, 1.2), gain(.memoryBandwidth, 1.1)]
    #expect(VariantSearch.bindingResource(gpu + [gain(.kvMemory, 1.5)]) == .kvMemory)
    #expect(VariantSearch.bindingResource(gpu + [gain(.kvMemory, 1.02)]) == .compute)
    #expect(VariantSearch.bindingResource(gpu + [gain(.tokenBudget, 1.3, halfWidth: 0.4)]) == .compute)
    #expect(
      VariantSearch.bindingResource([gain(.compute, 1.1, halfWidth: 0.05), gain(.memoryBandwidth, 1.08)])
        == .gpu)
    #expect(VariantSearch.bindingResource([]) == nil)
  }
}
