import Foundation
public import Metrics
import Quantities

/// What a variant costs at its capacity.
public struct PlottedCost: Hashable, Sendable {
  public var variant: PlottedVariant
  /// Currency units for a million output tokens, the prompts paid with them; not finite if the objective is met at no load.
  public var perMillionTokens: PlottedEstimate

  public init(_ variant: PlottedVariant, perMillionTokens: PlottedEstimate) {
    self.variant = variant
    self.perMillionTokens = perMillionTokens
  }
}

/// How many GPUs a variant needs for how much traffic.
public struct PlottedFleet: Hashable, Sendable {
  public var variant: PlottedVariant
  /// In ascending order of traffic; up to each (requests a second) so many GPUs are enough.
  public var steps: [Step]

  public struct Step: Hashable, Sendable {
    public var traffic: Double
    public var gpus: Int

    public init(upTo traffic: Double, gpus: Int) {
      self.traffic = traffic
      self.gpus = gpus
    }
  }

  public init(_ variant: PlottedVariant, steps: [Step]) {
    self.variant = variant
    self.steps = steps
  }

  /// GPUs for some traffic; nil beyond the last step.
  func gpus(for traffic: Double) -> Int? { steps.first { $0.traffic >= traffic }?.gpus }
}

/// A day with a number of GPUs that follows the traffic, against one that is always enough.
public struct PlottedDay: Hashable, Sendable {
  public var variant: PlottedVariant
  /// In order of time, the first at hour 0; each lasts until the next, the last until hour 24.
  public var hours: [Hour]
  public var staticGPUs: Int

  public struct Hour: Hashable, Sendable {
    public var start: Double
    /// Requests a second.
    public var traffic: Double
    public var gpus: Int

    public init(from start: Double, traffic: Double, gpus: Int) {
      self.start = start
      self.traffic = traffic
      self.gpus = gpus
    }
  }

  /// GPU hours of the day that are paid for, those in which replicas start among them.
  public var elasticGPUHours: Double
  public var staticGPUHours: Double

  public init(
    _ variant: PlottedVariant, hours: [Hour], staticGPUs: Int, elasticGPUHours: Double, staticGPUHours: Double
  ) {
    self.variant = variant
    self.hours = hours
    self.staticGPUs = staticGPUs
    self.elasticGPUHours = elasticGPUHours
    self.staticGPUHours = staticGPUHours
  }
}

extension Charts {
  /// Cost of a million output tokens at each variant's capacity, with its interval.
  ///
  /// - Parameter pricing: what a GPU costs, for the subtitle: "H100-SXM-80GB at $2.50 an hour".
  public static func cost(
    _ costs: [PlottedCost], currency: String, pricing: String, scenario: String, level: Double? = nil
  ) -> Figure {
    func text(_ value: Double) -> String {
      currency
        + (value >= 100 ? String(format: "%.0f", value) : String(format: "%.\(value < 1 ? 3 : 2)f", value))
    }
    let estimates = costs.map(\.perMillionTokens)
    let ends = estimates.map(\.value) + estimates.compactMap { $0.interval?.upperBound }
    let bars = StackedBars(
      categories: costs.map { cost in
        let estimate = cost.perMillionTokens
        guard estimate.value.isFinite else {
          return .init(name: cost.variant.legend, total: "meets the objective at no load")
        }
        return .init(
          name: cost.variant.legend,
          total: text(estimate.value)
            + (estimate.interval.map { " (\(text($0.lowerBound)) to \(text($0.upperBound)))" } ?? ""),
          isProjection: cost.variant.isProjection,
          interval: estimate.interval)
      },
      parts: costs.enumerated().map { i, cost in
        var values = Array(repeating: 0.0, count: costs.count)
        values[i] = cost.perMillionTokens.value
        return .init(name: "", colour: cost.variant.look.colour, values: values)
      })
    var title = "No cost to show"
    if let first = costs.first {
      let old = first.perMillionTokens.value
      title =
        old.isFinite
        ? "A million output tokens cost \(text(old)) with \(first.variant.legend)"
        : "\(first.variant.legend) meets the objective at no load"
      if let best = costs.best(of: \.variant, by: { -$0.perMillionTokens.value }) {
        let new = best.perMillionTokens.value
        if !old.isFinite {
          title += ", \(best.variant.legend) costs \(text(new)) for a million output tokens"
        } else {
          switch Finding.change(from: old, to: new) {
          case .down:
            title += ", \(Finding.percent(1 - new / old)) less with \(best.variant.legend) (\(text(new)))"
          case .same: title += ", hardly other than with \(best.variant.legend) (\(text(new)))"
          case .up: title += ", less than with any other variant"
          }
        }
      }
    }
    return Figure(
      name: Figure.fileName("cost", scenario), title: title,
      setting: "\(scenario): each variant at the largest load within the objective; \(pricing)",
      panels: [
        Panel(
          x: roomy(
            .fromZero("cost of a million output tokens, prompts included (\(currency))", values: ends),
            behind: bars.categories.map(\.total)),
          y: Axis(label: "", range: 0...1), content: .bars(bars))
      ], note: intervalNote(level, estimates, leavesOut: false))
  }

  /// GPUs against traffic, a staircase a variant.
  ///
  /// - Parameter note: what else they were planned for.
  public static func gpusNeeded(
    _ fleets: [PlottedFleet], scenario: String, objective: Objective, note: String = ""
  ) -> Figure {
    // Where all of them have an answer.
    let most = fleets.compactMap { $0.steps.last?.traffic }.filter(\.isFinite).min() ?? 0
    let series = fleets.map { fleet in
      var points: [Series.Point] = []
      var from = 0.0
      for step in fleet.steps where step.traffic > from && from < most {
        let end = min(step.traffic, most)
        points += [.init(from, Double(step.gpus)), .init(end, Double(step.gpus))]
        from = end
      }
      let look = fleet.variant.look
      return Series(
        name: nil, points: points, colour: look.colour, line: look.line, endLabel: fleet.variant.legend)
    }
    var title = "No fleet to show"
    if let first = fleets.first {
      if let old = first.gpus(for: most) {
        title =
          "\(Finding.number(most)) requests/s need \(old) GPU\(old == 1 ? "" : "s") with \(first.variant.legend)"
        if let best = fleets.best(of: \.variant, by: { $0.gpus(for: most).map { -Double($0) } }),
          let new = best.gpus(for: most)
        {
          title +=
            new < old ? ", \(new) with \(best.variant.legend)" : ", and no fewer with any other variant"
        }
      } else {
        title = "\(first.variant.legend) meets the objective with no number of GPUs"
      }
    }
    return Figure(
      name: Figure.fileName("gpus-needed", scenario), title: title,
      setting:
        "\(scenario): GPUs that keep \(objective.limits.isEmpty ? "up with the traffic" : text(objective))",
      panels: [
        Panel(
          x: .fromZero("traffic (requests/s)", values: [most]),
          y: .fromZero("GPUs", values: series.flatMap { $0.points.map(\.y) }, isCount: true),
          content: .curves(series))
      ], note: note)
  }

  /// Traffic and GPUs over a day: as many as the traffic needs at each hour (solid), and as many as its peak needs (dashed).
  ///
  /// - Parameter note: where the traffic comes from, and what a start costs.
  public static func gpusOverDay(
    _ days: [PlottedDay], scenario: String, objective: Objective, note: String = ""
  ) -> Figure {
    func staircase(_ day: PlottedDay, _ value: (PlottedDay.Hour) -> Double) -> [Series.Point] {
      zip(day.hours, day.hours.dropFirst().map(\.start) + [24]).flatMap { hour, end in
        [Series.Point(hour.start, value(hour)), Series.Point(end, value(hour))]
      }
    }
    let x = Axis(
      label: "hour of the day", range: 0...24,
      ticks: stride(from: 0.0, through: 24, by: 3).map { .init($0, "\(Int($0))") })
    let traffic = days.first.map { staircase($0, \.traffic) } ?? []
    var series: [Series] = []
    for day in days {
      let look = day.variant.look
      let gpus = Double(day.staticGPUs)
      series.append(
        Series(
          name: nil, points: [.init(0, gpus), .init(24, gpus)], colour: look.colour, line: .dashed,
          endLabel: "\(day.variant.shortName), fixed"))
      series.append(
        Series(
          name: nil, points: staircase(day) { Double($0.gpus) }, colour: look.colour, line: .solid,
          endLabel: "\(day.variant.shortName), elastic"))
    }
    var title = "No day to show"
    if let first = days.first, first.staticGPUHours > 0, first.elasticGPUHours.isFinite {
      let saved = 1 - first.elasticGPUHours / first.staticGPUHours
      title =
        "Following the traffic takes \(Finding.percent(saved)) fewer GPU hours than a fixed fleet (\(first.variant.legend))"
      if let best = days.best(of: \.variant, by: { -$0.elasticGPUHours }),
        best.elasticGPUHours < first.elasticGPUHours
      {
        title +=
          "; \(best.variant.legend) another \(Finding.percent(1 - best.elasticGPUHours / first.elasticGPUHours)) fewer"
      }
    }
    return Figure(
      name: Figure.fileName("gpus-day", scenario), title: title,
      setting:
        "\(scenario): GPUs that keep \(objective.limits.isEmpty ? "up with the traffic" : text(objective)) through a day",
      panels: [
        Panel(
          heading: "Traffic (requests/s)", x: x, y: .fromZero("", values: traffic.map(\.y)),
          content: .curves(traffic.isEmpty ? [] : [Series(name: nil, points: traffic, colour: .ink)])),
        Panel(
          heading: "GPUs", x: x,
          y: .fromZero("", values: series.flatMap { $0.points.map(\.y) }, isCount: true),
          content: .curves(series)),
      ], note: note)
  }
}
