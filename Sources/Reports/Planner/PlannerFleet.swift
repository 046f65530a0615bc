import Experiments
public import Figures
import Foundation
import Hardware
import Metrics
import Models
public import Planning
import Quantities

extension PlannerFigures {
  /// Traffic of the figures of fleets, in capacities of the first variant that has one.
  private static let replicasOfFirst = 10.0

  /// GPUs against traffic: as many replicas as it takes, each with the headroom below the lower end of its capacity's interval.
  public func gpusNeeded(_ study: CapacityStudy) -> Figure {
    let most = peak(study)
    let fleets = study.variants.map { found in
      let each = planned(found)
      let count = each > 0 ? Int((most / each).rounded(.up)) : 0
      return PlottedFleet(
        plotted(named: found.variant),
        steps: (0..<count).map { .init(upTo: min(most, each * Double($0 + 1)), gpus: found.gpus * ($0 + 1)) })
    }
    return Charts.gpusNeeded(
      fleets, scenario: scenario.name, objective: scenario.objective, note: headroomNote)
  }

  /// GPUs over a day of the usual shape, for the first variant and its contrast.
  public func gpusOverDay(_ study: CapacityStudy) -> Figure {
    let traffic = Traffic.shape("day", peak: peak(study))
    let shown = [variants[0].name] + (contrast.map { [$0.name] } ?? [])
    let days = shown.compactMap { name -> PlottedDay? in
      guard let traffic, let found = study[name], planned(found) > 0 else { return nil }
      let plan = TrafficPlan(
        traffic, variant: name, gpusPerReplica: found.gpus, ratePerReplica: planned(found),
        startUp: options.startUp, perGPUHour: nil)
      return PlottedDay(
        plotted(named: name),
        hours: zip(traffic.intervals, plan.needed).map {
          .init(from: $0.start / 3600, traffic: $0.rate, gpus: $1 * found.gpus)
        }, staticGPUs: (plan.needed.max() ?? 0) * found.gpus, elasticGPUHours: plan.elasticGPUHours,
        staticGPUHours: plan.staticGPUHours)
    }
    let shape = traffic.map { "Traffic: \($0.source). " } ?? ""
    return Charts.gpusOverDay(
      days, scenario: scenario.name, objective: scenario.objective,
      note: shape + headroomNote + " GPU hours include the \(options.startUp) that a replica takes to start.")
  }

  /// Cost of a million output tokens of every variant at its capacity: GPUs × price ÷ output throughput, prompts included.
  ///
  /// - Returns: nil if the device has no price.
  public func cost(_ study: CapacityStudy) -> Figure? {
    guard let price = price else { return nil }
    let costs = study.variants.map { found in
      let rate = found.point.outputThroughput.value * 3600 / 1e6
      guard found.isReachable, rate > 0 else {
        return PlottedCost(plotted(named: found.variant), perMillionTokens: PlottedEstimate(.infinity))
      }
      let value = price.suggested * Double(found.gpus) / rate
      // As much cheaper as the capacity may be larger.
      let capacity = found.capacity
      return PlottedCost(
        plotted(named: found.variant),
        perMillionTokens: PlottedEstimate(
          value, lower: value * capacity.value / capacity.upper,
          upper: capacity.lower > 0 ? value * capacity.value / capacity.lower : .infinity))
    }
    func dollars(_ value: Double) -> String { String(format: "$%.2f", value) }
    let range =
      price.low < price.high ? " (rented for \(dollars(price.low)) to \(dollars(price.high)))" : ""
    return Charts.cost(
      costs, currency: "$",
      pricing: "\(scenario.device.spec.name) at \(dollars(price.suggested)) an hour\(range)",
      scenario: scenario.name,
      level: options.level)
  }

  /// USD for an hour of one GPU; nil if nobody rents it out and no price was given.
  var price: PriceRange? { options.pricePerGPUHour ?? PriceRange.rental(of: scenario.device.spec.name) }

  /// Requests a second that one replica is planned for.
  private func planned(_ found: VariantCapacity) -> Double { found.plannedRate * (1 - options.headroom) }

  private var headroomNote: String {
    "\(String(format: "%g", options.headroom * 100)) % of each replica's capacity is kept free."
  }

  private func peak(_ study: CapacityStudy) -> Double {
    Self.replicasOfFirst * (study.variants.first { $0.isReachable }?.rate ?? 0)
  }
}
