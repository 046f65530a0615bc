extension PanelScript {
  mutating func curves(_ series: [Series]) {
    for (i, one) in series.enumerated() {
      let points = one.points.filter { panel.x.shows($0.x) && panel.y.shows($0.y) }
      guard !points.isEmpty else { continue }
      let name = "p\(index)s\(i)"
      let isSized = points.contains { $0.size != 1 }
      blocks.append(
        Block(name: name, rows: points.map { isSized ? [$0.x, $0.y, $0.size] : [$0.x, $0.y] }))
      intervals(of: points, name: name, colour: one.colour)
      guard let marker = one.marker else {
        elements.append("$\(name) using 1:2 \(Self.look(one.colour, one.line, nil)) notitle")
        continue
      }
      if points.contains(where: \.isHollow) {
        // The line first: a hollow mark is white inside.
        if one.line != nil {
          elements.append("$\(name) using 1:2 \(Self.look(one.colour, one.line, nil)) notitle")
        }
        marks(points, marker, name: name, colour: one.colour)
        continue
      }
      guard one.line != nil, points.count > 2 * Self.marksPerCurve else {
        let look = Self.look(one.colour, one.line, marker, isSized: isSized)
        elements.append("$\(name) using \(isSized ? "1:2:3" : "1:2") \(look) notitle")
        continue
      }
      // Dense curves carry a few marks, so that they can be told apart without colour and still be seen; each series
      // begins elsewhere, so that curves that coincide show the marks of both.
      let interval = points.count / Self.marksPerCurve
      let offset = interval * (i % series.count) / series.count
      elements.append("$\(name) using 1:2 \(Self.look(one.colour, one.line, nil)) notitle")
      elements.append(
        "$\(name) every \(interval)::\(offset) using 1:2 \(Self.look(one.colour, nil, marker)) notitle")
    }
    for label in LabelPlacement.labels(for: series, in: panel, box: box) {
      let (x, y) = (screen(x: label.x), screen(y: label.y, in: layout))
      if let leader = label.leader { line(from: leader.from, to: leader.to) }
      add(
        "set label \(quoted(label.text)) at \(x),\(y) left front "
          + "font '\(FigureScript.font),\(Axis.plain(Layout.FontSize.small))' textcolor rgb '#222222'")
    }
    nameEnds(of: series)
  }

  /// Where points may lie, as bars across them.
  private mutating func intervals(of points: [Series.Point], name: String, colour: Colour) {
    let rows = points.compactMap { point -> [Double]? in
      guard let interval = point.interval, interval.upperBound > interval.lowerBound,
        panel.y.shows(interval.upperBound)
      else { return nil }
      // A logarithm has no place for a lower end of 0: only the upper half is drawn then.
      let low = panel.y.shows(interval.lowerBound) ? interval.lowerBound : point.y
      // What is shorter than the mark would only thicken it.
      let height = (panel.y.fraction(of: interval.upperBound) - panel.y.fraction(of: low)) * box.height
      guard height > Self.markHeight else { return nil }
      return [point.x, low, interval.upperBound - low]
    }
    guard !rows.isEmpty else { return }
    blocks.append(Block(name: name + "bars", rows: rows))
    elements.append(
      "$\(name)bars using 1:2:(0):3 with vectors heads size screen 0.003,90 nofilled "
        + "lc rgb '\(colour.rawValue)' lw 1.2 notitle")
  }

  /// Marks of which some are hollow, in blocks of their own.
  private mutating func marks(_ points: [Series.Point], _ marker: Marker, name: String, colour: Colour) {
    for (isHollow, suffix) in [(false, "full"), (true, "hollow")] {
      let rows = points.filter { $0.isHollow == isHollow }.map { [$0.x, $0.y] }
      guard !rows.isEmpty else { continue }
      blocks.append(Block(name: name + suffix, rows: rows))
      let (filled, size) = (Marker(marker.shape), isHollow ? 0.95 : 0.6)
      if isHollow {
        elements.append(
          "$\(name)\(suffix) using 1:2 with points lc rgb '#ffffff' pt \(filled.pointType) ps \(size) notitle"
        )
      }
      elements.append(
        "$\(name)\(suffix) using 1:2 "
          + "\(Self.look(colour, nil, Marker(marker.shape, isHollow: isHollow))) notitle")
    }
  }

  /// The names of series at their ends, with lines to those that had to be moved.
  private mutating func nameEnds(of series: [Series]) {
    for label in EndLabels(series, in: panel, box: box).labels {
      let x = box.right + EndLabels.gap
      if abs(label.y - label.end.y) > 2 || label.end.x < box.right - 4 {
        line(from: label.end, to: LabelPlacement.Position(x: x - 3, y: label.y))
      }
      add(
        "set label \(quoted(label.text)) at \(screen(x: x)),\(screen(y: label.y, in: layout)) left front "
          + "font '\(FigureScript.font):Bold,\(Axis.plain(Layout.FontSize.small))' "
          + "textcolor rgb '\(label.colour.textRGB)'")
    }
  }

  private mutating func line(from a: LabelPlacement.Position, to b: LabelPlacement.Position) {
    let from = "\(screen(x: a.x)),\(screen(y: a.y, in: layout))"
    let to = "\(screen(x: b.x)),\(screen(y: b.y, in: layout))"
    add("set arrow from \(from) to \(to) nohead back lc rgb '#999999' lw 0.8")
  }

  /// Of the usual mark, in pixels.
  private static let markHeight = 8.0

  private static let marksPerCurve = 8

  static func look(
    _ colour: Colour, _ line: Series.Line?, _ marker: Marker?, isSized: Bool = false
  ) -> String {
    if line == .broad { return "with lines lc rgb '\(colour.paleRGB)' lw 9" }
    let dash = line == .dashed ? " dashtype (9,5)" : ""
    var look = "lc rgb '\(colour.rawValue)' lw \(line == nil ? 1.6 : 2)\(dash)"
    guard let marker else { return "with lines " + look }
    let size = marker.isHollow ? 0.95 : 0.6
    look += " pt \(marker.pointType) ps \(isSized ? "variable" : "\(size)")"
    return (line == nil ? "with points " : "with linespoints ") + look
  }
}
