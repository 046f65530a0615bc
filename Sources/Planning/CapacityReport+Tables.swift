public import Experiments
import Foundation
package import Hardware
import Metrics
import Quantities

extension CapacityReport {
  /// Capacities, figures there, what would raise them, cost; then plans if any.
  public var tables: [ReportTable] {
    var tables = [capacities, figures]
    if study.variants.contains(where: { !$0.relaxations.isEmpty }) { tables.append(gains) }
    if !document.figures.isEmpty { tables.append(cost) }
    if !document.plans.isEmpty { tables.append(plans) }
    if document.traffic != nil { tables += [hours, savings] }
    return tables
  }

  private func label(_ variant: VariantCapacity) -> String {
    variant.variant + (variant.isProjection ? " *" : "")
  }

  package var capacities: ReportTable {
    ReportTable(
      columns: [
        "capacity", study.unit.symbol, "interval", "if the model errs", "× first", "interval", "binds",
        "held back by", "runs",
      ],
      rows: study.variants.map { v in
        func ends(_ estimate: EstimatedFigure?) -> String {
          guard let estimate, estimate.interval != nil else { return "–" }
          return "\(Self.rate(max(0, estimate.lower))) to \(Self.rate(estimate.upper))"
        }
        return [
          label(v), Self.rate(v.capacity.value), ends(v.isReachable ? v.capacity : nil),
          v.modelRange.map { "\(Self.rate($0.lower)) to \(Self.rate($0.upper))" } ?? "–",
          v.ratio.map { Self.rate($0.value) } ?? "–", ends(v.ratio), v.bindingLimit.key,
          v.bindingResource?.rawValue ?? "–", "\(v.replications)",
        ]
      })
  }

  /// What the objective limits, and what a planner looks at besides.
  package var figures: ReportTable {
    let limits = study.objective.limits
    var columns = ["at the capacity"]
    columns += limits.map { "\($0.metric.title) \($0.statistic.name)" }
    if !study.objective.goodputLimits.isEmpty { columns.append("good") }
    columns += [
      "completed/s", "out tok/s/GPU", "tok/s/user", "in system", "fit in KV", "KV used", "GPU busy",
    ]
    return ReportTable(
      columns: columns,
      rows: study.variants.map { v in
        let p = v.point
        var cells = [label(v)]
        cells += limits.map { limit in
          p[limit.metric, limit.statistic].map { "\(Seconds($0.value))" } ?? "–"
        }
        if !study.objective.goodputLimits.isEmpty {
          cells.append(p.goodShare.map { NumberText.percent($0.value) } ?? "–")
        }
        cells += [
          Self.rate(p.completedRate.value), Self.rate(p.outputThroughput.value / Double(v.gpus)),
          p.tokensPerSecondPerUser.map { Self.rate($0.value) } ?? "–", Self.rate(p.meanInSystem.value),
          Self.rate(v.kvLimitedConcurrency), NumberText.percent(p.meanKVUsage.value),
          NumberText.percent(p.gpuBusyShare.value),
        ]
        return cells
      })
  }

  package var gains: ReportTable {
    let changes = study.variants.first { !$0.relaxations.isEmpty }?.relaxations.map(\.change) ?? []
    return ReportTable(
      columns: ["capacity with"] + study.variants.map(label),
      rows: changes.map { change in
        [change]
          + study.variants.map { v in
            guard let gain = v.relaxations.first(where: { $0.change == change })?.gain else { return "–" }
            return gain.value == 1
              ? "±0 %" : NumberText.change(gain.value, from: 1) + (gain.lower > 1 ? "" : " ?")
          }
      }, better: .higher)
  }

  package var cost: ReportTable {
    let hasPrice = document.figures.contains { $0.cost != nil }
    let hasEnergy = document.figures.contains { $0.energy != nil }
    var columns = ["cost at the capacity"]
    if hasPrice { columns += ["$/M input", "$/M output", "$/1000 requests", "paid idle"] }
    if hasEnergy { columns += ["W/GPU", "J/request", "J/output token", "kWh/M tokens"] }
    return ReportTable(
      columns: columns,
      rows: document.figures.map { figures in
        var cells = [figures.variant]
        if hasPrice { cells += Self.cells(figures.cost) }
        if hasEnergy { cells += Self.cells(figures.energy) }
        return cells
      })
  }

  private static func cells(_ cost: LoadCost?) -> [String] {
    [
      cost?.perMillionInputTokens.map(dollars) ?? "–", cost?.perMillionOutputTokens.map(dollars) ?? "–",
      cost?.perThousandRequests.map(dollars) ?? "–", cost.map { NumberText.percent($0.idleShare) } ?? "–",
    ]
  }

  private static func cells(_ energy: LoadEnergy?) -> [String] {
    [
      energy.map { "\(Int($0.watts.rounded()))" } ?? "–", energy?.joulesPerRequest.map(rate) ?? "–",
      energy?.joulesPerOutputToken.map(rate) ?? "–",
      energy?.joulesPerToken.map { rate($0 * 1e6 / 3.6e6) } ?? "–",
    ]
  }

  /// "0.31 (0.23 to 0.57)".
  package static func dollars(_ range: PriceRange) -> String {
    range.low == range.high
      ? rate(range.suggested) : "\(rate(range.suggested)) (\(rate(range.low)) to \(rate(range.high)))"
  }

  package var plans: ReportTable {
    let target = document.plans.first?.targetRate ?? 0
    return ReportTable(
      columns: [
        "for \(Self.rate(target)) req/s", "each plans for", "replicas", "GPUs", "used", "$/h", "$/M input",
        "$/M output", "paid idle", "J/request",
      ],
      rows: document.plans.map { plan in
        let cost = Self.cells(plan.cost)
        return [
          plan.variant, Self.rate(plan.ratePerReplica), NumberText.grouped(plan.replicas),
          NumberText.grouped(plan.gpus), NumberText.percent(plan.utilisation),
          plan.perHour.map(Self.dollars) ?? "–", cost[0], cost[1], cost[3],
          plan.energy?.joulesPerRequest.map(Self.rate) ?? "–",
        ]
      })
  }

  /// Replicas that each interval needs.
  package var hours: ReportTable {
    let traffic = document.traffic
    return ReportTable(
      columns: ["from", "req/s"] + document.trafficPlans.map { "GPUs \($0.variant)" },
      rows: (traffic?.intervals ?? []).enumerated().map { i, interval in
        [Self.clock(interval.start), Self.rate(interval.rate)]
          + document.trafficPlans.map { NumberText.grouped($0.needed[i] * $0.gpusPerReplica) }
      })
  }

  private static func clock(_ seconds: Double) -> String {
    let minutes = Int((seconds / 60).rounded(.down))
    return String(format: "%02d:%02d", minutes / 60, minutes % 60)
  }

  package var savings: ReportTable {
    ReportTable(
      columns: [
        "over the traffic", "GPU-h, static", "GPU-h, elastic", "saved", "$/day, static", "$/day, elastic",
      ],
      rows: document.trafficPlans.map { plan in
        [
          plan.variant, Self.rate(plan.staticGPUHours), Self.rate(plan.elasticGPUHours),
          NumberText.percent(plan.saving), plan.staticPerDay.map(Self.dollars) ?? "–",
          plan.elasticPerDay.map(Self.dollars) ?? "–",
        ]
      })
  }
}

// MARK: Notes on them

extension CapacityReport {
  func costNote(_ cost: LoadCost) -> String {
    let price = Self.dollars(cost.perGPUHour)
    let source = document.priceSource.map { ", rental: \($0)" } ?? ", as given"
    return
      "$ at \(price) USD per GPU-hour\(source). Input tokens bear the share of the GPU's time that the prompts would take "
      + "alone, output tokens the rest; idle time is split alike. Machines, network and people are not in it."
  }

  static var energyNote: String {
    "Energy of the GPUs alone, ±\(Int(PowerModel.uncertainty * 100)) %: idle power and a blend of tensor-core and HBM use up to "
      + "the board's limit, set by hand to published measurements (docs/capacity.md)."
  }

  func trafficNote(_ traffic: Traffic) -> String {
    let startUp = document.trafficPlans.first.map { "\($0.startUp)" } ?? "–"
    return
      "Traffic: \(traffic.source); peak \(Self.rate(traffic.peak)) req/s, mean \(Self.rate(traffic.mean)). Static: the peak's "
      + "GPUs all the time. Elastic: each interval's, ordered \(startUp) before they are needed and paid from then on."
  }
}
