/// Names of series right of a panel, each at the height where its series ends, moved apart where they would overlap.
struct EndLabels {
  struct Label: Hashable {
    var text: String
    var colour: Colour
    /// Middle of the text, in pixels.
    var y: Double
    /// Where the series ends, in pixels.
    var end: LabelPlacement.Position
  }

  private(set) var labels: [Label]

  static let lineHeight = 15.0
  /// Between the panel and the names: what a line to a name that was moved needs.
  static let gap = 16.0

  init(_ series: [Series], in panel: Panel, box: Layout.Box) {
    labels = series.compactMap { one in
      guard let text = one.endLabel,
        let last = one.points.last(where: { panel.x.shows($0.x) && panel.y.shows($0.y) })
      else { return nil }
      let end = LabelPlacement.Position(
        x: box.left + min(1, max(0, panel.x.fraction(of: last.x))) * box.width,
        y: box.bottom - min(1, max(0, panel.y.fraction(of: last.y))) * box.height)
      return Label(text: text, colour: one.colour, y: end.y, end: end)
    }
    spread(from: box.top, to: box.bottom)
  }

  /// What the names of a panel need right of it; 0 without names.
  static func room(_ panel: Panel) -> Double {
    guard case .curves(let series) = panel.content else { return 0 }
    let widths = series.compactMap(\.endLabel).map { Layout.textWidth($0, fontSize: Layout.FontSize.small) }
    return widths.max().map { $0 + gap + 4 } ?? 0
  }

  /// Moves overlapping labels down, and those that this pushes below the panel up again.
  private mutating func spread(from top: Double, to bottom: Double) {
    labels.sort { ($0.y, $0.text) < ($1.y, $1.text) }
    let half = Self.lineHeight / 2
    var lowest = top - half
    for i in labels.indices {
      labels[i].y = max(labels[i].y, lowest + Self.lineHeight)
      lowest = labels[i].y
    }
    // As many as there are lines for keep inside; more go on below.
    var highest = max(bottom, top + Double(labels.count) * Self.lineHeight - half) + half
    for i in labels.indices.reversed() {
      labels[i].y = min(labels[i].y, highest - Self.lineHeight)
      highest = labels[i].y
    }
  }
}
