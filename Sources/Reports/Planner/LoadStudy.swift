import Experiments
public import Figures
import Foundation
import Metrics
import Models
public import Planning
import Quantities
import Workload

/// Capacities and load curves of the same scenario and variants.
public struct LoadStudy: Sendable {
  /// nil without an objective.
  public var study: CapacityStudy?
  /// One for each variant.
  public var curves: [LoadCurve]

  public init(study: CapacityStudy?, curves: [LoadCurve]) {
    self.study = study
    self.curves = curves
  }

  var unit: PlottedLoadUnit {
    curves.first?.points.first?.unit == .concurrency ? .concurrency : .requestRate
  }
}

extension PlannerFigures {
  /// Searches the capacities, where the scenario has an objective and they are not known, and simulates loads around them.
  ///
  /// - Parameter progress: with the share that is done; returning false stops it.
  /// - Returns: nil if it was stopped.
  public func loadStudy(
    _ known: CapacityStudy? = nil, progress: @escaping @Sendable (Double) -> Bool = { _ in true }
  ) throws -> LoadStudy? {
    var study = known
    let limits = scenario.objective.limits
    if study == nil, !limits.isEmpty {
      let outcome = try CapacityStudy.run(
        scenario, variants: variants,
        settings: .init(
          tolerance: 0.05, replications: options.replications...(options.replications * 2),
          level: options.level,
          relaxes: false), threads: options.threads
      ) { progress(0.6 * Double($0.finishedVariants) / Double(max(1, $0.variants))) }
      if outcome.wasStopped { return nil }
      study = outcome.study
    }
    let curves = try LoadCurve.run(
      scenario, variants: variants, loads: try loads(study), around: study,
      objective: CapacityObjective(limits: limits, goodputLimits: scenario.objective.requestLimits),
      replications: options.replications, level: options.level, threads: options.threads
    ) { progress(0.6 + 0.4 * $0) }
    return curves.map { LoadStudy(study: study, curves: $0) }
  }

  /// Around each capacity a few loads, so that every variant's knee is shown; without capacities the usual ones.
  private func loads(_ study: CapacityStudy?) throws -> [Double]? {
    guard let study else {
      // Clients that send everything at once are loaded by their number.
      if case .open(let rate, _) = scenario.workload.arrivals, rate.value == .infinity { return nil }
      return LoadCurve.usualLoads(
        upTo: try saturatedRate(of: scenario, variants[0]) * 0.95, unit: .requestRate)
    }
    let capacities = study.variants.map(\.capacity.value).filter { $0 > 0 }.sorted()
    guard let least = capacities.first, let most = capacities.last else { return nil }
    var loads: [Double] = [0.25, 0.5, 0.75].map { $0 * least }
    for capacity in capacities { loads += [0.9, 1, 1.1, 1.25].map { $0 * capacity } }
    if study.unit == .concurrency { return Set(loads.map { max(1, $0.rounded()) }).sorted() }
    // Three digits are what a person would write; loads closer than a twentieth show the same twice.
    let rounded = Set(loads.filter { $0 <= most * 1.25 }.map { Double(String(format: "%.3g", $0)) ?? $0 })
      .sorted()
    return rounded.reduce(into: []) { kept, load in
      if kept.last.map({ load > $0 * 1.05 }) ?? true { kept.append(load) }
    }
  }

  /// Latency against load, with the objective and every variant's capacity.
  public func latencyAgainstLoad(_ loads: LoadStudy) -> Figure {
    Charts.latencyAgainstLoad(
      plottedCurves(loads), unit: loads.unit, scenario: scenario.name, objective: scenario.objective,
      level: options.level)
  }

  /// Goodput and attainment against load.
  public func goodputAgainstLoad(_ loads: LoadStudy) -> Figure {
    Charts.goodputAgainstLoad(
      plottedCurves(loads), unit: loads.unit, scenario: scenario.name, objective: scenario.objective,
      level: options.level)
  }

  func plottedCurves(_ loads: LoadStudy) -> [PlottedLoadCurve] {
    let shown = shownLatencies
    return loads.curves.map { curve in
      let capacity = loads.study?[curve.variant]?.capacity
      return PlottedLoadCurve(
        plotted(named: curve.variant),
        loads: curve.points.map { point in
          PlottedLoad(
            offered: point.load, isSaturated: point.isSaturated,
            latencies: shown.flatMap { metric, percents in
              percents.compactMap { percent in
                point[metric, .percentile(percent)].map {
                  .init(metric, percent: percent, PlottedEstimate($0))
                }
              }
            },
            goodput: point.goodShare.map { share in
              let rate = point.offeredRate.value
              return PlottedEstimate(
                share.value * rate, lower: share.interval.map { max(0, $0.lower) * rate },
                upper: share.interval.map { $0.upper * rate })
            },
            attainment: point.goodShare.map { share in
              PlottedEstimate(
                share.value, lower: share.interval.map { max(0, $0.lower) },
                upper: share.interval.map { min(1, $0.upper) })
            })
        }, capacity: capacity.flatMap { $0.value > 0 ? PlottedEstimate($0) : nil })
    }
  }

  func plotted(named name: String) -> PlottedVariant {
    variants.first { $0.name == name }.map { plotted($0) } ?? PlottedVariant(name, position: variants.count)
  }

  /// TTFT and TPOT, or what the objective limits: the median and the percentile that it names.
  private var shownLatencies: [(LatencyMetric, [Double])] {
    let limited = scenario.objective.limits.map(\.metric)
    let metrics: [LatencyMetric] =
      [.ttft] + (limited.contains(.itl) && !limited.contains(.tpot) ? [.itl] : [.tpot])
      + (limited.contains(.e2e) ? [.e2e] : [])
    return metrics.map { metric in
      let percents = scenario.objective.limits.filter { $0.metric == metric }.compactMap { limit -> Double? in
        if case .percentile(let percent) = limit.statistic { percent } else { nil }
      }
      return (metric, Set([50, percents.max() ?? 99]).sorted())
    }
  }
}

extension Objective {
  /// The limits as they bind every single request; there are none of gaps between tokens.
  var requestLimits: GoodputLimits {
    func limit(_ metric: LatencyMetric) -> Seconds? {
      limits.filter { $0.metric == metric }.map(\.limit).min()
    }
    return GoodputLimits(ttft: limit(.ttft), tpot: limit(.tpot), e2e: limit(.e2e))
  }
}
