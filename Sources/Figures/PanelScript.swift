/// The part of a script that draws one panel.
struct PanelScript {
  struct Block {
    var name: String
    var rows: [[Double]]
  }

  private(set) var commands = ""
  var blocks: [Block] = []

  let panel: Panel
  let box: Layout.Box
  let layout: Layout
  let index: Int
  var elements: [String] = []

  /// - Parameters:
  ///   - index: of the panel in its figure; the first one draws the legend of the whole figure.
  ///   - isOutermost: whether the panel labels its x axis, rather than one below it.
  init(_ panel: Panel, box: Layout.Box, layout: Layout, index: Int, isOutermost: Bool) {
    self.panel = panel
    self.box = box
    self.layout = layout
    self.index = index
    frame(isOutermost: isOutermost)
    switch panel.content {
    case .curves(let series): curves(series)
    case .bars(let bars): stack(bars)
    case .heatMap(let map): cells(map)
    }
    if !elements.isEmpty {
      for reference in panel.references { draw(reference) }
    } else {
      add("set label \(quoted("no data")) at graph 0.5,0.5 center textcolor rgb '#8c8c8c'")
      elements.append("NaN notitle")
    }
    if index == 0, !layout.legend.isEmpty {
      let (x, y) = (screen(x: layout.legendCorner.x), screen(y: layout.legendCorner.y, in: layout))
      add(
        "set key at \(x),\(y) left top vertical maxrows \(layout.legendRows) Left reverse "
          + "samplen 2.4 spacing 1.35 font '\(FigureScript.font),\(Axis.plain(Layout.FontSize.small))' "
          + "textcolor rgb '#222222'")
      elements += layout.legend.map(Self.entry)
    } else {
      add("unset key")
    }
    add("plot " + elements.joined(separator: ", \\\n  "))
  }

  mutating func add(_ command: String) { commands += command + "\n" }

  private mutating func frame(isOutermost: Bool) {
    add(
      """
      set lmargin at \(screen(x: box.left))
      set rmargin at \(screen(x: box.right))
      set tmargin at \(screen(y: box.top, in: layout))
      set bmargin at \(screen(y: box.bottom, in: layout))
      """)
    if !panel.heading.isEmpty {
      let y = screen(y: box.top - 12, in: layout)
      add(
        "set label \(quoted(panel.heading)) at \(screen(x: box.left)),\(y) left front "
          + "font '\(FigureScript.font):Bold,\(Axis.plain(Layout.FontSize.text))' textcolor rgb '#333333'")
    }
    axis(panel.x, "x", isLabelled: isOutermost)
    if isOutermost { axisLabel(panel.x.label, x: (box.left + box.right) / 2, y: box.bottom + 42) }
    if case .bars = panel.content { return }
    axis(panel.y, "y", isLabelled: true)
    let x = box.left - Layout.leftRoom(panel) + 9
    axisLabel(panel.y.label, x: x, y: (box.top + box.bottom) / 2, rotated: true)
  }

  /// Placed here rather than by gnuplot, whose distances differ between formats.
  private mutating func axisLabel(_ text: String, x: Double, y: Double, rotated: Bool = false) {
    guard !text.isEmpty else { return }
    add(
      "set label \(quoted(text)) at \(screen(x: x)),\(screen(y: y, in: layout)) center\(rotated ? " rotate by 90" : "") "
        + "front textcolor rgb '#333333'")
  }

  private mutating func axis(_ axis: Axis, _ name: String, isLabelled: Bool) {
    add("set \(name)range [\(axis.range.lowerBound):\(axis.range.upperBound)]")
    if axis.isLog { add("set logscale \(name) 10") }
    if !isLabelled { add("set format \(name) ''") }
    if !axis.ticks.isEmpty {
      let list = axis.ticks.map { tick in
        tick.label.isEmpty
          ? "'' \(tick.value) 1" : "\(isLabelled ? Self.tickLabel(tick.label) : "''") \(tick.value)"
      }
      add("set \(name)tics (\(list.joined(separator: ", ")))")
    }
  }

  /// gnuplot formats tick labels, so that a percent sign must be doubled.
  private static func tickLabel(_ text: String) -> String {
    quoted(text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%"))
  }

  private static func entry(_ entry: LegendEntry) -> String {
    let sample =
      switch entry.sample {
      case .curve(let colour, let line, let marker): look(colour, line, marker)
      case .area(let colour): "with boxes fillstyle solid 1 noborder lc rgb '\(colour.rawValue)'"
      case .cell(.hatched): "with boxes \(hatching)"
      case .cell(.pale): "with boxes fillstyle solid 1 noborder lc rgb '#e4e4e4'"
      }
    return "keyentry \(sample) title \(quoted(entry.name))"
  }

  // MARK: Bars

  private mutating func stack(_ bars: StackedBars) {
    let count = bars.categories.count
    add("set yrange [\(Double(max(1, count)) - 0.5):-0.5]")
    let names = bars.categories.enumerated().map { i, category in "\(Self.tickLabel(category.name)) \(i)" }
    add(names.isEmpty ? "unset ytics" : "set ytics scale 0 (\(names.joined(separator: ", ")))")
    add("set grid noytics\nset border 1")
    var ends = Array(repeating: 0.0, count: count)
    for (i, part) in bars.parts.enumerated() {
      var rows = [[Double]](), projected = [[Double]]()
      for (category, value) in part.values.prefix(count).enumerated() where value.isFinite && value > 0 {
        let (low, high, y) = (ends[category], ends[category] + value, Double(category))
        ends[category] = high
        let row = [high, y, low, high, y - StackedBars.thickness / 2, y + StackedBars.thickness / 2]
        if bars.categories[category].isProjection { projected.append(row) } else { rows.append(row) }
      }
      draw(rows, "p\(index)b\(i)", colour: part.colour, density: 1)
      draw(projected, "p\(index)b\(i)projected", colour: part.colour, density: 0.5)
    }
    for (category, end) in zip(bars.categories.indices, ends) {
      let total = quoted(bars.categories[category].total)
      var end = end
      if let interval = bars.categories[category].interval, interval.upperBound > interval.lowerBound,
        interval.upperBound.isFinite
      {
        blocks.append(
          Block(
            name: "p\(index)i\(category)",
            rows: [[interval.lowerBound, Double(category), interval.upperBound - interval.lowerBound]]))
        // On a white line, or it would not be seen on a dark bar.
        for (colour, width) in [("#ffffff", 5.0), ("#222222", 1.6)] {
          elements.append(
            "$p\(index)i\(category) using 1:2:3:(0) with vectors heads size screen 0.004,90 nofilled "
              + "lc rgb '\(colour)' lw \(width) notitle")
        }
        end = max(end, interval.upperBound)
      }
      add(
        "set label \(total) at first \(end),\(category) left offset char 0.6,0 front textcolor rgb '#222222'")
    }
  }

  private mutating func draw(_ rows: [[Double]], _ name: String, colour: Colour, density: Double) {
    guard !rows.isEmpty else { return }
    blocks.append(Block(name: name, rows: rows))
    elements.append(
      "$\(name) using 1:2:3:4:5:6 with boxxyerror fillstyle solid \(density) noborder "
        + "lc rgb '\(colour.rawValue)' notitle")
  }
}

extension Marker {
  /// gnuplot's number of the shape; the filled one follows the hollow one.
  var pointType: Int {
    let hollow =
      switch shape {
      case .square: 4
      case .circle: 6
      case .triangle: 8
      case .invertedTriangle: 10
      case .diamond: 12
      case .pentagon: 14
      }
    return isHollow ? hollow : hollow + 1
  }
}
