public import Quantities

extension Charts {
  /// Kernel launches of one kind, in an order that has nothing to do with their times.
  public struct MeasuredGroup: Sendable {
    /// "m ≤ 64".
    public var name: String
    public var pairs: [(predicted: Seconds, measured: Seconds)]
    /// Whether the formula answers for them; others are drawn, but are not in the title's figure.
    public var isInDomain: Bool

    public init(name: String, pairs: [(predicted: Seconds, measured: Seconds)], isInDomain: Bool = true) {
      self.name = name
      self.pairs = pairs
      self.isInDomain = isInDomain
    }
  }

  /// More marks of one group than this hide each other and make a file of megabytes.
  private static let shownMarks = 700

  /// What errs by more than this factor stands at the edge: an axis that showed it would hide all others.
  private static let widestRatio = 2.0

  /// Predicted over measured time of single kernel launches against the measured time, with a line at equal and at ±10 %.
  /// nil without launches.
  public static func predictedOverMeasured(
    kernel: String, groups: [MeasuredGroup], setting: String, name: String
  ) -> Figure? {
    let count = groups.reduce(0) { $0 + $1.pairs.count }
    let inside = groups.filter(\.isInDomain).flatMap(\.pairs)
    guard count > 0 else { return nil }
    let shown = groups.map { $0.pairs.prefix(shownMarks) }
    let x = Axis.durations("measured", milliseconds: shown.flatMap { $0.map(\.measured.milliseconds) })
    let widest = Self.widestRatio
    var y = Axis.logarithmic(
      "predicted ÷ measured, log scale", values: [1 / widest, widest], otherwise: 0.5...2)
    y.ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2].map { Axis.Tick($0, Axis.plain($0)) }
    // A line with both ends a rounding outside of the axis would not be drawn.
    let (low, high) = (x.range.lowerBound * 1.0001, x.range.upperBound / 1.0001)
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
    var notes: [String] = []
    if drawn < count { notes.append("Drawn: \(drawn.grouped) of \(count.grouped) shapes, chosen at random.") }
    if shown.joined().contains(where: { !(1 / widest...widest).contains($0.predicted / $0.measured) }) {
      notes.append("Errors of more than a factor of two stand at the edge.")
    }
    return Figure(
      name: name,
      title:
        "\(kernel.prefix(1).uppercased())\(kernel.dropFirst()): predicted times err by \(Finding.percent(medianError(inside))) in the median",
      setting: setting + "; median errors in the legend",
      panels: [Panel(x: x, y: y, content: .curves(series))],
      note: notes.joined(separator: " "))
  }

  private static func medianError(_ pairs: [(predicted: Seconds, measured: Seconds)]) -> Double {
    let errors = pairs.map { abs($0.predicted / $0.measured - 1) }.sorted()
    return errors.isEmpty ? 0 : errors[errors.count / 2]
  }
}
