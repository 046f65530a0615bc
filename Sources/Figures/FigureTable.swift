/// The values of one panel as text, for those who cannot see the figure or want its numbers.
public struct FigureTable: Hashable, Sendable {
  /// The panel's heading; empty if the figure has one panel only.
  public var heading: String
  /// The first names the rows' series or bars.
  public var columns: [String]
  /// Each as long as `columns`.
  public var rows: [[String]]
  /// Whether rows of long curves were left out, evenly.
  public var isThinned = false
}

extension Figure {
  /// The values drawn, one table a panel; panels without any are left out.
  ///
  /// - Parameter limit: most rows of one series, at least 2; of a longer one so many points are listed, spread evenly, the first and the last
  ///   included.
  public func tables(limit: Int = 24) -> [FigureTable] {
    panels.compactMap { panel in
      var table =
        switch panel.content {
        case .curves(let series): self.table(of: series, in: panel, limit: limit)
        case .bars(let bars): self.table(of: bars, in: panel)
        case .heatMap(let map): self.table(of: map, in: panel)
        }
      table.heading = panels.count > 1 ? panel.heading : ""
      return table.rows.isEmpty ? nil : table
    }
  }

  private func table(of series: [Series], in panel: Panel, limit: Int) -> FigureTable {
    let x = xAxis(of: panel)
    let isNamed = series.contains { one in one.points.contains { !one.name(of: $0).isEmpty } }
    let hasIntervals = series.contains { $0.points.contains { $0.interval != nil } }
    let yName = [panel.y.name, panel.heading, "value"].first { !$0.isEmpty } ?? ""
    let rows = series.flatMap { one in
      Self.spread(one.points, limit: limit).map { point in
        var row = isNamed ? [one.name(of: point)] : []
        row += [x.text(of: point.x), panel.y.text(of: point.y)]
        if hasIntervals { row.append(Self.ends(point.interval, panel.y)) }
        return row
      }
    }
    var columns = isNamed ? ["series"] : []
    columns += [x.name.isEmpty ? "x" : x.name, yName]
    if hasIntervals { columns.append("interval") }
    return FigureTable(
      heading: "", columns: columns, rows: rows, isThinned: series.contains { $0.points.count > limit })
  }

  private func table(of bars: StackedBars, in panel: Panel) -> FigureTable {
    let x = xAxis(of: panel)
    // Parts without names are one bar each, in the variant's colour; their sum is the bar.
    let parts = bars.parts.filter { !$0.name.isEmpty }
    let hasIntervals = bars.categories.contains { $0.interval != nil }
    return FigureTable(
      heading: "",
      columns: [x.name.isEmpty ? "bar" : x.name] + parts.map(\.name) + ["total"]
        + (hasIntervals ? ["interval"] : []),
      rows: bars.categories.enumerated().map { i, category in
        [category.name] + parts.map { i < $0.values.count ? x.text(of: $0.values[i]) : "–" }
          + [category.total] + (hasIntervals ? [Self.ends(category.interval, x)] : [])
      })
  }

  private func table(of map: HeatMap, in panel: Panel) -> FigureTable {
    let corner = [panel.y.name, panel.x.name].filter { !$0.isEmpty }.joined(separator: " \\ ")
    return FigureTable(
      heading: "", columns: [corner] + (0..<map.columnCount).map { panel.x.category(at: $0) },
      // From the top, as drawn.
      rows: map.rows.enumerated().reversed().map { i, cells in
        [panel.y.category(at: i)]
          + (0..<map.columnCount).map { $0 < cells.count ? map.text(of: cells[$0]) : "–" }
      })
  }

  private static func ends(_ interval: ClosedRange<Double>?, _ axis: Axis) -> String {
    interval.map { "\(axis.text(of: $0.lowerBound)) to \(axis.text(of: $0.upperBound))" } ?? "–"
  }
}
