import CostModel
import Experiments
public import Figures
import Metrics
import Models
import Planning
import Quantities
import Serving
import Workload

extension PlannerFigures {
  /// Where the mean time to first token goes as load rises, for the first variant and its contrast.
  ///
  /// - Returns: nil if it was stopped.
  public func attributionAgainstLoad(
    _ loads: LoadStudy, progress: @escaping @Sendable (Double) -> Bool = { _ in true }
  ) throws -> Figure? {
    let shown = [variants[0]] + (contrast.map { [$0] } ?? [])
    var curves = plottedCurves(loads).filter { curve in shown.contains { $0.name == curve.variant.name } }
    let chosen = Self.spread(curves)
    let requests = Array(try scenario.workload.stream(seed: scenario.seed))
    let ownLoad =
      Double(requests.reduce(0) { $0 + 1 + $1.followUps.count }) / (requests.last?.arrival.value ?? 0)
    let cache = TableCache()
    for (i, curve) in curves.enumerated() {
      guard let variant = shown.first(where: { $0.name == curve.variant.name }) else { continue }
      let deployment = try scenario.deployment(of: variant, sharing: cache)
      for (j, load) in curve.loads.enumerated() where chosen.contains(load.offered) {
        guard progress(Double(i) / Double(curves.count)) else { return nil }
        var serving = scenario
        var scaled = requests
        if loads.unit == .concurrency {
          serving.workload.maxConcurrency = Int(load.offered.rounded())
        } else {
          for r in scaled.indices { scaled[r].arrival = scaled[r].arrival * (ownLoad / load.offered) }
        }
        let (figures, _) = try serving.simulate(
          Fleet(deployment), RequestStream(scaled), progress: { _ in true })
        curves[i].loads[j].attribution = figures.summary.attribution
      }
    }
    return Charts.attributionAgainstLoad(curves, unit: loads.unit, scenario: scenario.name)
  }

  /// At most five of the loads that saturate none of the curves, the lowest and the highest among them. Above a capacity one
  /// queue would dwarf all else.
  private static func spread(_ curves: [PlottedLoadCurve]) -> Set<Double> {
    let saturated = Set(curves.flatMap { $0.loads.filter(\.isSaturated).map(\.offered) })
    // Loads have three digits, so the one at a capacity may lie a little above it.
    let most = 1.01 * (curves.compactMap { $0.capacity?.value }.min() ?? .infinity)
    let usable = Set(curves.flatMap { $0.loads.map(\.offered) }).subtracting(saturated).filter { $0 <= most }
      .sorted()
    guard usable.count > 5 else { return Set(usable) }
    return Set((0..<5).map { usable[$0 * (usable.count - 1) / 4] })
  }
}
