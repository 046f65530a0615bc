import EngineSettings
import Experiments
import Figures
import Hardware
import Metrics
import Models
import Planning
import Quantities
import Reports
import Synchronization
import Testing
import Workload

/// From a scenario to figures.
@Suite struct PlannerFiguresTests {
  private func scenario(objective: Objective? = nil) throws -> Scenario {
    Scenario(
      name: "small", model: try #require(ModelConfig.named("meta-llama/Llama-3.1-8B-Instruct")),
      device: try #require(DeviceProfile.calibrated("H100-SXM-80GB")), tensorParallelSize: 1,
      engine: EngineConfig(), variant: .baseline,
      workload: WorkloadSpec(
        numRequests: 120, arrivals: .open(rate: 5, burstiness: 1),
        promptTokens: LengthSpec(.uniform(500, 6000)),
        outputTokens: LengthSpec(.uniform(20, 120))),
      objective: objective
        ?? Objective(limits: [
          .init(metric: .ttft, statistic: .percentile(90), limit: 1),
          .init(metric: .tpot, statistic: .percentile(90), limit: 0.05),
        ]), seed: 3)
  }

  private static let variants = [
    Variant.baseline, Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1)),
  ]

  private func planner(
    threads: Int? = nil, replications: Int = 2, objective: Objective? = nil, variants: [Variant] = variants
  )
    throws
    -> PlannerFigures
  {
    try PlannerFigures(
      scenario(objective: objective), variants: variants,
      options: .init(
        replications: replications, requestsPerCell: 40, concurrencies: [1, 8], threads: threads))
  }

  private func curves(_ panel: Panel) -> [Series] {
    guard case .curves(let series) = panel.content else { return [] }
    return series
  }

  @Test("All figures, in order, once each, and the same on one thread")
  func all() throws {
    let outcome = try planner().figures()
    #expect(!outcome.wasStopped)
    #expect(outcome.figures.map(\.name) == PlannerFigures.Kind.allCases.map { "\($0.rawValue)-small" })
    #expect(try planner(threads: 1).figures().figures == outcome.figures)
    for figure in outcome.figures { #expect(!figure.title.isEmpty && figure.setting.hasPrefix("small: ")) }
  }

  @Test("Curves are the study's, with its capacities; the objective's percentile is the tail")
  func curves() throws {
    let planner = try planner()
    let loads = try #require(try planner.loadStudy())
    let study = try #require(loads.study)
    let figure = planner.latencyAgainstLoad(loads)
    let drawn = curves(figure.panels[0]).filter { $0.points.count > 1 }
    #expect(drawn.count == 4)
    let points = loads.curves[0].points
    #expect(drawn[1].points.map(\.x) == points.map(\.load))
    let tail = points.compactMap { $0[.ttft, .percentile(90)]?.value }
    #expect(drawn[1].points.map(\.y) == tail.map { $0 * 1e3 })
    #expect(drawn[1].points.map(\.isHollow) == points.map(\.isSaturated))
    #expect(
      study.variants.allSatisfy { found in points.contains { abs($0.load / found.capacity.value - 1) < 0.05 }
      })
    // Given again, it is not searched again.
    #expect(try planner.figures([.latencyLoad], study: study).figures == [figure])
  }

  @Test("Cost falls and GPUs are saved as capacity rises")
  func fleet() throws {
    let planner = try planner(replications: 8)
    let study = try #require(try planner.loadStudy()?.study)
    let (old, new) = (study.variants[0], study.variants[1])
    #expect(new.capacity.value > old.capacity.value)
    guard case .bars(let bars) = try #require(planner.cost(study)).panels[0].content else {
      Issue.record("no bars"); return
    }
    let price = try #require(PriceRange.rental(of: "H100-SXM-80GB")).suggested
    let expected = price / (old.point.outputThroughput.value * 3600) * 1e6
    #expect(abs(bars.parts[0].values[0] / expected - 1) < 1e-12)
    #expect(bars.parts[1].values[1] < bars.parts[0].values[0])
    let steps = curves(planner.gpusNeeded(study).panels[0])
    #expect((steps[1].points.last?.y ?? .infinity) < (steps[0].points.last?.y ?? 0))
    let day = planner.gpusOverDay(study)
    #expect(
      curves(day.panels[1]).count == 4 && day.note.contains("10 % of each replica's capacity is kept free"))
  }

  @Test("Without an objective, or with one variant, what has nothing to show is left out and refused by name")
  func withoutObjective() throws {
    let planner = try planner(objective: Objective(limits: []), variants: [.baseline])
    #expect(planner.kinds == [.latencyLoad, .pareto, .ttftMap, .ttftPartsLoad, .kvCapacity, .stepBreakdown])
    let error = try #require(throws: ExperimentError.self) {
      try planner.figures([.cost, .gainMap, .pareto])
    }
    #expect(error.problems.count == 2)
    #expect(error.description.contains("cost: small has no objective; add one with --set 'objective="))
    #expect(error.description.contains("gain-map: one variant has nothing to be compared with"))
    #expect(try planner.figures([.latencyLoad, .ttftMap]).figures.count == 2)
  }

  @Test("Who stops it keeps what was finished")
  func stopping() throws {
    let outcome = try planner().figures([.kvCapacity, .stepBreakdown, .ttftMap, .pareto]) { $0.finished < 2 }
    #expect(outcome.wasStopped && outcome.figures.count == 2)
  }

  @Test("A variant that does not fit is told before anything is simulated")
  func misfit() throws {
    let variant = try Variant(name: "swiftkv-l99")
    #expect(throws: ExperimentError.self) { try PlannerFigures(scenario(), variants: [.baseline, variant]) }
  }
}
