public import Quantities

extension Charts {
  /// Kernel launches of one kind, in an order that has nothing to do with their times.
  public struct MeasuredGroup: Sendable {
    /// "m ≤ 64".
    public var name: String
    public var pairs: [(predicted: Seconds, measured: Seconds)]

    public init(name: String, pairs: [(predicted: Seconds, measured: Seconds)]) {
      self.name = name
      self.pairs = pairs
    }
  }

  /// More marks of one group than this hide each other and make a file of megabytes.
  private static let shownMarks = 700

  /// Predicted over measured time of single kernel launches against the measured time, with a line at equal and at ±10 %.
  /// nil without launches.
  public static func predictedOverMeasured(
    kernel: String, groups: [MeasuredGroup], setting: String, name: String
  ) -> Figure? {
    let pairs = groups.flatMap(\.pairs)
    guard !pairs.isEmpty else { return nil }
    let shown = groups.map { $0.pairs.prefix(shownMarks) }
    let x = Axis.durations("measured", milliseconds: shown.flatMap { $0.map(\.measured.milliseconds) })
    let ratios = shown.flatMap { $0.map { $0.predicted / $0.measured } }
    let widest = min(max(2, ratios.flatMap { [$0, 1 / $0] }.max() ?? 2), 10)
    var y = Axis.logarithmic(
      "predicted ÷ measured, log scale", values: [1 / widest, widest], otherwise: 0.5...2)
    y.ticks = [0.1, 0.2, 0.5, 0.8, 0.9, 1, 1.1, 1.25, 2, 5, 10].filter { y.range.contains($0) }.map {
      Axis.Tick($0, Axis.plain($0))
    }
    let (low, high) = (x.range.lowerBound, x.range.upperBound)
    func line(_ at: Double, _ name: String?, _ colour: Colour, _ line: Series.Line) -> Series {
      Series(name: name, points: [.init(low, at), .init(high, at)], colour: colour, line: line)
    }
    let looks: [(Colour, Marker.Shape)] = [
      (.blue, .circle), (.vermillion, .square), (.green, .triangle), (.purple, .diamond),
    ]
    var series: [Series] = []
    for (i, group) in groups.enumerated() {
      // What lies beyond the axis stands at its edge.
      let points = shown[i].map { pair in
        Series.Point(
          pair.measured.milliseconds, min(max(pair.predicted / pair.measured, 1 / widest), widest), size: 0.45
        )
      }
      let look = looks[i % looks.count]
      series.append(
        Series(
          name: "\(group.name): \(Finding.percent(medianError(group.pairs)))", points: points, colour: look.0,
          line: nil, marker: Marker(look.1, isHollow: true)))
    }
    series += [
      line(1, nil, .ink, .solid), line(1.1, "±10 %", .grey, .dashed), line(1 / 1.1, nil, .grey, .dashed),
    ]
    let drawn = shown.reduce(0) { $0 + $1.count }
    return Figure(
      name: name,
      title: "\(kernel): predicted times err by \(Finding.percent(medianError(pairs))) in the median",
      setting: setting + "; median errors in the legend",
      panels: [Panel(x: x, y: y, content: .curves(series))],
      note: drawn < pairs.count
        ? "Drawn: \(drawn.grouped) of \(pairs.count.grouped) shapes, chosen at random." : "")
  }

  private static func medianError(_ pairs: [(predicted: Seconds, measured: Seconds)]) -> Double {
    let errors = pairs.map { abs($0.predicted / $0.measured - 1) }.sorted()
    return errors.isEmpty ? 0 : errors[errors.count / 2]
  }
}
