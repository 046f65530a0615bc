extension PanelScript {
  /// Cells as rectangles in colours computed here, so that they are the same in every format.
  mutating func cells(_ map: HeatMap) {
    add("unset grid\nset border 0\nset tics scale 0")
    var coloured: [[Double]] = []
    var hatched: [[Double]] = []
    let size = (box.width / Double(max(1, map.columnCount)), box.height / Double(max(1, map.rows.count)))
    for (y, row) in map.rows.enumerated() {
      for (x, cell) in row.enumerated() {
        let colour = colour(of: cell, on: map.scale)
        // A thin white line stays between cells.
        let gap = (0.5 - 1 / size.0, 0.5 - 1 / size.1)
        let (column, line) = (Double(x), Double(y))
        let box = [
          column, line, column - gap.0, column + gap.0, line - gap.1, line + gap.1, Double(colour.integer),
        ]
        coloured.append(box)
        if cell.mark == .hatched { hatched.append(box) }
        write(cell, at: (x, y), on: colour, size: size)
      }
    }
    guard !coloured.isEmpty else { return }
    blocks.append(Block(name: "p\(index)cells", rows: coloured))
    elements.append(
      "$p\(index)cells using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder lc rgb variable notitle"
    )
    if !hatched.isEmpty {
      blocks.append(Block(name: "p\(index)hatched", rows: hatched))
      elements.append(
        "$p\(index)hatched using 1:2:3:4:5:6 with boxxyerror \(Self.hatching) notitle")
    }
    enclose(map)
    for command in ColourBar(map, box: box, layout: layout).commands { add(command) }
  }

  /// Dashed lines between cells of which one is within the limit and the other is not.
  private mutating func enclose(_ map: HeatMap) {
    func isWithin(_ x: Int, _ y: Int) -> Bool? {
      map.rows.indices.contains(y) && map.rows[y].indices.contains(x) ? map.rows[y][x].isWithinLimit : nil
    }
    for y in map.rows.indices {
      for x in map.rows[y].indices {
        let (right, above) = (Double(x) + 0.5, Double(y) + 0.5)
        if let next = isWithin(x + 1, y), next != isWithin(x, y) {
          edge("\(right),\(above - 1)", "\(right),\(above)")
        }
        if let next = isWithin(x, y + 1), next != isWithin(x, y) {
          edge("\(right - 1),\(above)", "\(right),\(above)")
        }
      }
    }
  }

  private mutating func edge(_ from: String, _ to: String) {
    add("set arrow from first \(from) to first \(to) nohead front lc rgb '#111111' lw 2 dashtype (5,3)")
  }

  static let hatching = "fillstyle transparent pattern 4 noborder lc rgb '#9a9a9a'"

  private func colour(of cell: HeatMap.Cell, on scale: HeatMap.Scale) -> HeatMap.Scale.RGB {
    switch cell.mark {
    case .hatched: HeatMap.Scale.RGB(255, 255, 255)
    case .pale: HeatMap.Scale.RGB(228, 228, 228)
    case nil: scale.colour(of: cell.value)
    }
  }

  private mutating func write(
    _ cell: HeatMap.Cell, at place: (x: Int, y: Int), on colour: HeatMap.Scale.RGB, size: (Double, Double)
  ) {
    guard !cell.text.isEmpty,
      Layout.textWidth(cell.text, fontSize: Layout.FontSize.small) < size.0 + 4, size.1 > 13
    else { return }
    let text = cell.mark != nil ? "#555555" : colour.isDark ? "#ffffff" : "#111111"
    add(
      "set label \(quoted(cell.text)) at first \(place.x),\(place.y) center front "
        + "font '\(FigureScript.font),\(Axis.plain(Layout.FontSize.small))' textcolor rgb '\(text)'")
  }
}

/// The scale of a heat map, as a strip right of it.
struct ColourBar {
  private(set) var commands: [String] = []

  private static let steps = 32
  private static let width = 12.0
  private static let gap = 18.0
  /// What it needs right of a panel; 0 if no value of the scale is named, which leaves the bar out.
  static func room(_ map: HeatMap) -> Double { map.ticks.isEmpty ? 0 : gap + width + 56 }

  init(_ map: HeatMap, box: Layout.Box, layout: Layout) {
    guard !map.ticks.isEmpty else { return }
    let left = box.right + Self.gap
    let step = box.height / Double(Self.steps)
    func y(_ share: Double) -> Double { box.bottom - share * box.height }
    for i in 0..<Self.steps {
      let share = (Double(i) + 0.5) / Double(Self.steps)
      let colour = map.scale.colour(of: map.scale.value(at: share)).integer
      // Half a pixel more than its step, or white lines would show between.
      let (low, high) = (y(Double(i) / Double(Self.steps)), y(Double(i + 1) / Double(Self.steps)) - 0.5)
      let from = "\(screen(x: left)),\(screen(y: low, in: layout))"
      let to = "\(screen(x: left + Self.width)),\(screen(y: max(high, y(1)), in: layout))"
      commands.append(
        "set object rectangle from \(from) to \(to) front fillstyle solid 1 noborder fillcolor rgb \(colour)")
    }
    for tick in map.ticks {
      let share = map.scale.share(of: tick.value)
      guard (0...1).contains(share), step > 0 else { continue }
      commands.append(
        "set label \(quoted(tick.label)) at \(screen(x: left + Self.width + 5)),\(screen(y: y(share), in: layout)) "
          + "left front font '\(FigureScript.font),\(Axis.plain(Layout.FontSize.small))' textcolor rgb '#333333'"
      )
    }
  }
}
