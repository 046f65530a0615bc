import Foundation
public import Metrics
import Quantities

/// What happens as load rises.
extension Charts {
  /// Latency against offered load, one panel a metric: the lowest percentile solid, the highest dashed, saturated loads hollow,
  /// the objective's limits as lines, and where each variant reaches its capacity.
  ///
  /// - Parameter level: of the intervals, 0.95 for instance; nil if there are none to speak of.
  public static func latencyAgainstLoad(
    _ curves: [PlottedLoadCurve], unit: PlottedLoadUnit = .requestRate, scenario: String,
    objective: Objective,
    level: Double? = nil
  ) -> Figure {
    let metrics = LatencyMetric.allCases.filter { metric in
      curves.contains { $0.loads.contains { $0.latencies.contains { $0.metric == metric } } }
    }
    let x = loadAxis(curves, unit, isLog: true)
    let panels = metrics.map { metric in
      latencyPanel(metric, curves, unit, x: x, objective: objective)
    }
    let tails = metrics.map { metric in
      (
        metric,
        curves.flatMap { $0.loads.flatMap(\.latencies) }.filter { $0.metric == metric }.map(\.percent).max()
          ?? 99
      )
    }
    return Figure(
      name: Figure.fileName("latency-load", scenario),
      title: capacityTitle(curves, unit, objective: objective),
      setting: "\(scenario): latency against the load offered to one replica",
      panels: withKey(panels, tails: tails, curves: curves),
      note: intervalNote(level, curves.flatMap { $0.loads.flatMap { $0.latencies.map(\.value) } }))
  }

  private static func latencyPanel(
    _ metric: LatencyMetric, _ curves: [PlottedLoadCurve], _ unit: PlottedLoadUnit, x: Axis,
    objective: Objective
  ) -> Panel {
    var percents: [Double] = []
    for percent in curves.flatMap({ $0.loads.flatMap(\.latencies) }).filter({ $0.metric == metric }).map(
      \.percent)
    where !percents.contains(percent) { percents.append(percent) }
    percents.sort()
    let ends = percents.count > 1 ? [percents[0], percents[percents.count - 1]] : percents
    let limits = objective.limits.filter { $0.metric == metric }
    var series: [Series] = []
    for curve in curves {
      let look = curve.variant.look
      for (i, percent) in ends.enumerated() {
        let isLast = i == ends.count - 1
        let points = curve.loads.compactMap { load -> Series.Point? in
          guard let value = load.latency(metric, percent)?.scaled(1e3) else { return nil }
          return Series.Point(
            load.offered, value.value, isHollow: load.isSaturated, interval: value.interval)
        }
        series.append(
          Series(
            name: nil, points: points, colour: look.colour, line: isLast && ends.count > 1 ? .dashed : .solid,
            marker: Marker(look.marker.shape), endLabel: isLast ? name(curve, unit) : nil,
            meaning: "\(curve.variant.legend), p\(Axis.plain(percent))"))
      }
    }
    for curve in curves {
      guard let knee = knee(of: curve, metric, objective: objective) else { continue }
      series.append(
        Series(
          name: nil, points: [knee], colour: curve.variant.look.colour, line: nil, marker: Marker(.diamond),
          meaning: "\(curve.variant.legend), capacity"))
    }
    let values = series.flatMap { $0.points.map(\.y) } + limits.map { $0.limit.milliseconds }
    return Panel(
      heading: Finding.capitalised(metric.longName), x: x,
      y: .durations("", milliseconds: values), content: .curves(series),
      references: limits.map {
        ReferenceLine(
          at: $0.limit.milliseconds,
          label: "objective: \($0.statistic.name) ≤ \(Finding.text($0.limit.value))",
          direction: .horizontal)
      })
  }

  /// "swiftkv-50: 4.35/s", with the capacity where there is one.
  private static func name(_ curve: PlottedLoadCurve, _ unit: PlottedLoadUnit) -> String {
    curve.variant.legend + (curve.capacity.map { ": \(unit.shortText($0.value))" } ?? "")
  }

  /// A mark on the curve of the limit that is reached first, at the variant's capacity; in the panel of another metric there is none.
  private static func knee(
    of curve: PlottedLoadCurve, _ metric: LatencyMetric, objective: Objective
  ) -> Series.Point? {
    guard let capacity = curve.capacity?.value, capacity > 0 else { return nil }
    let reached = objective.limits.compactMap {
      limit -> (metric: LatencyMetric, value: Double, share: Double)? in
      guard case .percentile(let percent) = limit.statistic,
        let value = latency(of: curve, limit.metric, percent, at: capacity)
      else { return nil }
      // Between two loads the line may lie above the limit that the capacity keeps.
      return (limit.metric, min(value, limit.limit.value), value / limit.limit.value)
    }
    guard let binding = reached.max(by: { $0.share < $1.share }), binding.metric == metric else { return nil }
    return Series.Point(
      capacity, binding.value * 1e3, size: 1.6)
  }

  /// Between the loads that were looked at, on the line that the figure draws: straight in both logarithms. In seconds.
  private static func latency(
    of curve: PlottedLoadCurve, _ metric: LatencyMetric, _ percent: Double, at rate: Double
  ) -> Double? {
    let points = curve.loads.compactMap { load in
      load.latency(metric, percent).map { (load.offered, $0.value) }
    }
    .filter { $0.0 > 0 && $0.1 > 0 }
    guard let after = points.firstIndex(where: { $0.0 >= rate }) else { return nil }
    guard after > 0 else { return points[0].0 == rate ? points[0].1 : nil }
    let (a, b) = (points[after - 1], points[after])
    let share = log(rate / a.0) / log(b.0 / a.0)
    return a.1 * pow(b.1 / a.1, share)
  }

  /// Requests that keep the objective against those offered, and which share of all they are.
  public static func goodputAgainstLoad(
    _ curves: [PlottedLoadCurve], unit: PlottedLoadUnit = .requestRate, scenario: String,
    objective: Objective, level: Double? = nil
  ) -> Figure {
    /// - Parameter namesPeak: writes the variant's name at its highest point rather than where it ends.
    func series(namesPeak: Bool = false, _ value: (PlottedLoad) -> PlottedEstimate?) -> [Series] {
      curves.map { curve in
        let look = curve.variant.look
        var points = curve.loads.compactMap { load in
          value(load).map {
            Series.Point(load.offered, $0.value, isHollow: load.isSaturated, interval: $0.interval)
          }
        }
        if namesPeak,
          let peak = points.indices.filter({ points[$0].y.isFinite }).max(by: { points[$0].y < points[$1].y })
        {
          points[peak].label = curve.variant.legend
        }
        return Series(
          name: nil, points: points, colour: look.colour, line: look.line, marker: Marker(look.marker.shape),
          endLabel: namesPeak ? nil : curve.variant.legend)
      }
    }
    let x = loadAxis(curves, unit, isLog: false)
    let good = series(namesPeak: true, \.goodput)
    let attained = series { $0.attainment?.scaled(100) }
    let highest = good.flatMap { $0.points.map(\.y) }.filter(\.isFinite).max() ?? 0
    let ideal = Series(
      name: "all that is offered",
      points: [
        .init(0, 0), .init(min(x.range.upperBound, highest * 1.12), min(x.range.upperBound, highest * 1.12)),
      ],
      colour: .grey, line: .dashed)
    let panels = [
      Panel(
        heading: "Goodput (requests/s)", x: x, y: .fromZero("", values: [highest * 1.25]),
        content: .curves((highest > 0 && unit == .requestRate ? [ideal] : []) + good)),
      Panel(
        heading: "Requests within the objective (%)", x: x,
        y: Axis(label: "", range: 0...103, ticks: [0, 25, 50, 75, 100].map { .init($0, "\(Int($0))") }),
        content: .curves(attained)),
    ]
    let best = curves.best(of: \.variant) { curve in curve.loads.compactMap(\.goodput?.value).max() }
    func peak(_ curve: PlottedLoadCurve) -> PlottedLoad? {
      curve.loads.filter { $0.goodput?.value.isFinite ?? false }
        .max { ($0.goodput?.value ?? 0) < ($1.goodput?.value ?? 0) }
    }
    var title = "No load to show"
    if let first = curves.first, let old = peak(first), let value = old.goodput?.value {
      title = "\(first.variant.legend) serves at most \(Finding.number(value)) good requests/s"
      if let best, let new = peak(best)?.goodput?.value {
        title =
          "\(best.variant.legend) serves at most \(Finding.number(new)) good requests/s, "
          + "\(first.variant.legend) \(Finding.number(value))"
      }
    }
    return Figure(
      name: Figure.fileName("goodput-load", scenario), title: title,
      setting:
        "\(scenario): requests that keep every limit (\(requestText(objective))), against the load offered",
      panels: withKey(panels, tails: [], curves: curves),
      note: intervalNote(level, curves.flatMap { $0.loads.compactMap(\.goodput) }))
  }

  // MARK: Parts

  static func loadAxis(_ curves: [PlottedLoadCurve], _ unit: PlottedLoadUnit, isLog: Bool) -> Axis {
    let rates = curves.flatMap { $0.loads.map(\.offered) } + curves.compactMap { $0.capacity?.value }
    return isLog
      ? .logarithmic("\(unit.axis), log scale", values: rates, otherwise: 1...10)
      : .fromZero(unit.axis, values: rates)
  }

  /// Entries of the legend that no single curve stands for: percentiles by their lines, saturated loads by their marks.
  ///
  /// - Parameter tails: the highest percentile of each metric, where the figure has latencies.
  static func withKey(
    _ panels: [Panel], tails: [(metric: LatencyMetric, percent: Double)], curves: [PlottedLoadCurve]
  ) -> [Panel] {
    var key: [Series] = []
    func entry(_ name: String, _ line: Series.Line?, _ marker: Marker?) {
      key.append(Series(name: name, points: [], colour: .ink, line: line, marker: marker))
    }
    func name(_ percent: Double) -> String { "p\(Axis.plain(percent))" }
    let percents = Set(curves.flatMap { $0.loads.flatMap { $0.latencies.map(\.percent) } })
    if !tails.isEmpty, let low = percents.min(), percents.count > 1 {
      entry(name(low), .solid, nil)
      let isOne = Set(tails.map(\.percent)).count == 1
      let all = tails.map { isOne ? name($0.percent) : "\(name($0.percent)) \($0.metric.shortName)" }
      entry(isOne ? all[0] : all.joined(separator: ", "), .dashed, nil)
    }
    if !tails.isEmpty, curves.contains(where: { $0.capacity != nil }) {
      entry("largest load within the objective", nil, Marker(.diamond))
    }
    if curves.contains(where: { $0.loads.contains(where: \.isSaturated) }) {
      entry("saturated: the queue keeps growing", nil, Marker(.circle, isHollow: true))
    }
    var panels = panels
    if !panels.isEmpty, case .curves(let series) = panels[0].content {
      panels[0].content = .curves(series + key)
    }
    return panels
  }

  static func intervalNote(
    _ level: Double?, _ estimates: [PlottedEstimate], leavesOut: Bool = true
  ) -> String {
    guard let level,
      estimates.contains(where: { ($0.interval.map { $0.upperBound - $0.lowerBound } ?? 0) > 0 })
    else { return "" }
    return
      "Bars span \(Axis.plain(level * 100)) % confidence intervals\(leavesOut ? "; those smaller than a mark are left out" : "")."
  }
}
