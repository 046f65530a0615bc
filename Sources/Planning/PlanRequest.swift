public import Experiments
import Hardware
import Models
public import Quantities

/// What a study's capacities are to be used for.
public struct PlanRequest: Hashable, Sendable {
  /// Requests a second of all replicas together; nil plans none.
  public var targetRate: Double?
  /// Share of each replica's capacity that is kept free, 0 ..< 1.
  public var headroom: Double
  public var traffic: Traffic?
  /// From the order to the first answer of a replica.
  public var startUp: Seconds

  public init(targetRate: Double?, headroom: Double, traffic: Traffic?, startUp: Seconds) {
    self.targetRate = targetRate
    self.headroom = headroom
    self.traffic = traffic
    self.startUp = startUp
  }
}

extension CapacityDocument {
  /// Adds plans for a rate and for traffic. One replica is simulated at its share of the rate.
  ///
  /// - Throws: what a simulation failed with.
  public mutating func plan(
    _ scenario: Scenario, _ request: PlanRequest, threads: Int? = nil
  ) throws {
    traffic = request.traffic
    for variant in study.variants where variant.isReachable {
      if let target = request.targetRate,
        let plan = ServingPlan(variant, targetRate: target, headroom: request.headroom, perGPUHour: price)
      {
        plans.append(try simulated(plan, of: variant, scenario, threads: threads))
      }
      let each = variant.plannedRate * (1 - request.headroom)
      if let traffic = request.traffic, each > 0 {
        trafficPlans.append(
          TrafficPlan(
            traffic, variant: variant.variant, gpusPerReplica: variant.gpus, ratePerReplica: each,
            startUp: request.startUp, perGPUHour: price))
      }
    }
  }

  private func simulated(
    _ plan: ServingPlan, of variant: VariantCapacity, _ scenario: Scenario, threads: Int?
  ) throws -> ServingPlan {
    var plan = plan
    // Of a closed loop the load is a number in flight, and the rate follows.
    let load = variant.capacity.value * plan.utilisation
    let curves = try LoadCurve.run(
      scenario, variants: [try Variant(name: variant.variant)],
      loads: [study.unit == .concurrency ? max(1, load.rounded()) : load], objective: study.objective,
      replications: variant.replications, level: study.settings.level, threads: threads)
    guard let point = curves?.first?.points.first else { return plan }
    plan.point = point
    plan.cost = price.map { LoadCost(point, gpus: variant.gpus, perGPUHour: $0) }
    plan.energy = PowerModel.board(of: study.device).flatMap {
      LoadEnergy(point, gpus: variant.gpus, board: $0)
    }
    return plan
  }
}
