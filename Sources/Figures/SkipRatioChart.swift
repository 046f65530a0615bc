import Metrics
import Quantities

extension Charts {
  /// TTFT, TPOT and throughput against the share of layers skipped.
  ///
  /// Runs that differ from the baseline in the ratio only are joined by lines; variants with AcrossKV or another KV
  /// precision stand beside them as hollow marks at their ratio.
  public static func againstSkipRatio(runs: [PlottedRun], scenario: String) -> Figure {
    let plain = runs.filter(\.isPlain).sorted { ($0.skipPercent, $0.name) < ($1.skipPercent, $1.name) }
    let ratios = Set(runs.map(\.skipPercent)).sorted()
    let low = ratios.first ?? 0
    let high = ratios.last ?? 0
    let room = high > low ? (high - low) * 0.07 : 5
    var ticks: [Axis.Tick] = []
    for ratio in ratios {
      let last = ticks.last { !$0.label.isEmpty }
      let isClear = last.map { ratio - $0.value > 0.1 * (high - low) } ?? true
      ticks.append(Axis.Tick(ratio, isClear ? Axis.plain((ratio * 10).rounded() / 10) : ""))
    }
    let x = Axis(label: "layers skipped (%)", range: (low - room)...(high + room), ticks: ticks)
    // Runs of one ratio make no curve.
    let isCurve = Set(plain.map(\.skipPercent)).count > 1

    let variants = runs.indices.filter { !runs[$0].isPlain }
    // Marks of several sizes, so that variants that coincide show as rings in one another.
    func size(_ variant: Int) -> Double { 1 + 0.45 * Double(variants.firstIndex(of: variant) ?? 0) }

    func latencyPanel(_ metric: LatencyMetric) -> Panel {
      var series = [(50.0, Series.Line.solid, Marker.Shape.circle), (99, .dashed, .square)].map {
        percent, line, shape in
        Series(
          name: "p\(Int(percent))",
          points: plain.compactMap { run in
            run.percentile(percent, of: metric).map { Series.Point(run.skipPercent, $0 * 1e3) }
          }, colour: .blue, line: isCurve ? line : nil, marker: Marker(shape))
      }
      for i in variants {
        let look = runs.look(i)
        let points = [50.0, 99].compactMap { percent in
          runs[i].percentile(percent, of: metric).map {
            Series.Point(runs[i].skipPercent, $0 * 1e3, size: size(i))
          }
        }
        series.append(
          Series(
            name: runs[i].legend, points: points, colour: look.colour, line: nil,
            marker: Marker(look.marker.shape, isHollow: true)))
      }
      let values = series.flatMap { $0.points.map(\.y) }
      let y = latencyAxis(values)
      return Panel(
        heading: Finding.capitalised(metric.longName) + (y.isLog ? "" : " (ms)"), x: x, y: y,
        content: .curves(series))
    }

    var throughput = [
      Series(
        name: nil, points: plain.map { Series.Point($0.skipPercent, $0.summary.requestThroughput.value) },
        colour: .blue,
        line: isCurve ? .solid : nil, marker: Marker(.circle))
    ]
    for i in variants {
      let look = runs.look(i)
      throughput.append(
        Series(
          name: nil,
          points: [Series.Point(runs[i].skipPercent, runs[i].summary.requestThroughput.value, size: size(i))],
          colour: look.colour, line: nil, marker: Marker(look.marker.shape, isHollow: true)))
    }
    return Figure(
      name: Figure.fileName("skip-ratio", scenario),
      title: skipRatioTitle(plain),
      setting:
        "\(scenario): latency and throughput by the share of layers that prompt tokens skip; \(runs.requestsNote)",
      panels: [
        latencyPanel(.ttft), latencyPanel(.tpot),
        Panel(
          heading: "Throughput (requests/s)", x: x,
          y: .fromZero("", values: throughput.flatMap { $0.points.map(\.y) }), content: .curves(throughput)),
      ], arrangement: .columns)
  }

  /// From 0 where the values are of one size; logarithmic where the small ones would lie on the ground.
  private static func latencyAxis(_ values: [Double]) -> Axis {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    guard let low = positive.min(), let high = positive.max(), high / low > 12 else {
      return .fromZero("", values: values)
    }
    return .durations("", milliseconds: values)
  }

  private static func skipRatioTitle(_ plain: [PlottedRun]) -> String {
    guard let first = plain.first, let last = plain.last else {
      return "No run differs in the skip ratio only"
    }
    guard let old = first.percentile(99, of: .ttft), let new = last.percentile(99, of: .ttft) else {
      return "Not every run completed requests"
    }
    let throughput = { (run: PlottedRun) in run.summary.requestThroughput.value }
    guard last.skipPercent > first.skipPercent else {
      return "p99 TTFT is \(Finding.text(old)) and throughput \(Finding.number(throughput(first))) requests/s"
        + " at \(Axis.plain(first.skipPercent)) % of layers skipped"
    }
    let places = ("\(Axis.plain(first.skipPercent)) %", "\(Axis.plain(last.skipPercent)) % of layers skipped")
    let latency = Finding.trend(from: old, to: new, unit: Finding.text, at: places)
    let (before, after) = (throughput(first), throughput(last))
    let rate =
      switch Finding.change(from: before, to: after) {
      case .same: "stays at \(Finding.number(before))"
      case .up: "rises from \(Finding.number(before)) to \(Finding.number(after))"
      case .down: "falls from \(Finding.number(before)) to \(Finding.number(after))"
      }
    return "p99 TTFT \(latency); throughput \(rate) requests/s"
  }
}
