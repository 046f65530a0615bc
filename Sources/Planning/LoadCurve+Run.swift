import CostModel
public import Experiments
import Foundation
import Metrics
public import Models
import Serving

extension LoadCurve {
  /// Simulates each variant at each load.
  ///
  /// - Parameters:
  ///   - loads: requests a second, or requests in flight where the scenario sends everything at once; sorted by this. nil chooses
  ///     ``usualLoads(upTo:unit:)`` around the study's capacities.
  ///   - study: whose capacities choose the loads; needed without `loads`.
  ///   - objective: whose statistics and goodput limits are measured; nil takes the scenario's.
  ///   - replications: independent runs of each point.
  ///   - threads: runs simulated at once; nil is one per core. Curves do not depend on it.
  ///   - progress: called after every point with the share that is done; returning false stops it.
  /// - Returns: one curve a variant, or nil if it was stopped.
  /// - Throws: `ExperimentError` for a scenario that cannot be simulated, or what a simulation failed with.
  public static func run(
    _ scenario: Scenario, variants: [Variant], loads: [Double]? = nil, around study: CapacityStudy? = nil,
    objective: CapacityObjective? = nil, replications: Int = 8, level: Double = 0.95, threads: Int? = nil,
    progress: (Double) -> Bool = { _ in true }
  ) throws -> [LoadCurve]? {
    _ = try Experiment(scenario, variants: variants)
    let objective =
      objective ?? study?.objective ?? CapacityObjective(limits: scenario.objective.limits)
    let simulator = try LoadSimulator(
      scenario, window: LoadWindow(scenario), limits: objective.goodputLimits, threads: threads,
      isStopped: { false })
    let highest = study?.variants.map(\.capacity.value).max() ?? 0
    let chosen =
      loads?.sorted()
      ?? usualLoads(upTo: highest > 0 ? highest : simulator.ownLoad ?? 1, unit: simulator.unit)
    guard chosen.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ExperimentError(problems: ["loads: found one that is not above 0"])
    }
    let runs = simulator.isRandom ? max(1, replications) : 1
    let cache = TableCache()
    var curves: [LoadCurve] = []
    for (i, variant) in variants.enumerated() {
      let deployment = try scenario.deployment(of: variant, sharing: cache)
      var curve = LoadCurve(variant: variant.name, gpus: scenario.tensorParallelSize, points: [])
      for (j, load) in chosen.enumerated() {
        let samples = try simulator.simulate(
          deployment, load: load, runs: 0..<runs, metrics: Set(LatencyMetric.allCases))
        curve.points.append(
          LoadPoint(
            samples, of: deployment, load: load, unit: simulator.unit, objective: objective, level: level))
        let done = i * chosen.count + j + 1
        guard progress(Double(done) / Double(variants.count * chosen.count)) else { return nil }
      }
      curves.append(curve)
    }
    return curves
  }

  /// Twelve loads that show a curve's flat part, its knee, and a little of what follows.
  ///
  /// - Parameter highest: the largest capacity of the curves.
  public static func usualLoads(upTo highest: Double, unit: LoadUnit) -> [Double] {
    let shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25]
    let loads = shares.map { highest * $0 }
    guard unit == .concurrency else { return loads }
    return Set(loads.map { max(1, $0.rounded()) }).sorted()
  }
}
