import Foundation

/// A drawn value and where it stands in the figure's SVG file: what a page shows when a pointer comes near.
public struct FigureMark: Hashable, Sendable {
  /// Middle of the mark, in pixels of the SVG from its upper left corner.
  public var x: Double
  public var y: Double
  /// Extent of a bar's part or a cell; nil for a point.
  public var size: Size?
  /// One line a fact: whose value, then each axis with its value.
  public var text: String

  public struct Size: Hashable, Sendable {
    public var width: Double
    public var height: Double
  }
}

extension Figure {
  /// Size of the SVG in pixels.
  public var size: FigureMark.Size { FigureMark.Size(width: Layout.width, height: Layout(self).height) }

  /// The values that can be pointed at, panel by panel.
  ///
  /// - Parameter limit: at least 2. A curve of more points has marks at so many of them, spread evenly, the first and the last included.
  public func marks(limit: Int = 32) -> [FigureMark] {
    zip(panels, Layout(self).panels).flatMap { panel, box in
      switch panel.content {
      case .curves(let series): series.flatMap { self.marks(of: $0, in: panel, box, limit: limit) }
      case .bars(let bars): self.marks(of: bars, in: panel, box)
      case .heatMap(let map): self.marks(of: map, in: panel, box)
      }
    }
  }

  private func marks(
    of series: Series, in panel: Panel, _ box: Layout.Box, limit: Int
  ) -> [FigureMark] {
    let shown = series.points.filter { point in
      panel.x.shows(point.x) && panel.y.shows(point.y)
        && (-0.001...1.001).contains(panel.x.fraction(of: point.x))
        && (-0.001...1.001).contains(panel.y.fraction(of: point.y))
    }
    return Self.spread(shown, limit: limit).map { point in
      let name = [series.name(of: point)].filter { !$0.isEmpty }
      let facts = [
        Self.fact(xAxis(of: panel), point.x),
        Self.fact(panel.y, point.y, otherwise: panel.heading) + panel.y.text(of: point.interval),
      ]
      return FigureMark(
        x: box.left + panel.x.fraction(of: point.x) * box.width,
        y: box.bottom - panel.y.fraction(of: point.y) * box.height,
        text: (name + facts).joined(separator: "\n"))
    }
  }

  private func marks(of bars: StackedBars, in panel: Panel, _ box: Layout.Box) -> [FigureMark] {
    let rowHeight = box.height / Double(max(1, bars.categories.count))
    let x = xAxis(of: panel)
    return bars.categories.enumerated().flatMap { row, category in
      var end = 0.0
      return bars.parts.compactMap { part -> FigureMark? in
        guard row < part.values.count, part.values[row].isFinite, part.values[row] > 0 else { return nil }
        let value = part.values[row]
        let (low, high) = (panel.x.fraction(of: end), panel.x.fraction(of: end + value))
        end += value
        return FigureMark(
          x: box.left + (low + high) / 2 * box.width, y: box.top + (Double(row) + 0.5) * rowHeight,
          size: .init(width: (high - low) * box.width, height: rowHeight * StackedBars.thickness),
          text: category.name + "\n" + Self.fact(x, value, of: part.name) + x.text(of: category.interval))
      }
    }
  }

  private func marks(of map: HeatMap, in panel: Panel, _ box: Layout.Box) -> [FigureMark] {
    let size = FigureMark.Size(
      width: box.width / Double(max(1, map.columnCount)), height: box.height / Double(max(1, map.rows.count)))
    return map.rows.enumerated().flatMap { row, cells in
      cells.enumerated().map { column, cell in
        FigureMark(
          x: box.left + (Double(column) + 0.5) * size.width,
          y: box.bottom - (Double(row) + 0.5) * size.height, size: size,
          text: [
            Self.named(xAxis(of: panel), at: column), Self.named(panel.y, at: row),
            map.text(of: cell),
          ].joined(separator: "\n"))
      }
    }
  }

  /// The panel's own, or, of panels below one another, the one that the last of them labels for all.
  func xAxis(of panel: Panel) -> Axis {
    guard panel.x.label.isEmpty, arrangement == .rows, let last = panels.last else { return panel.x }
    var axis = panel.x
    axis.label = last.x.label
    return axis
  }

  /// "time to first token: 553.6 ms".
  private static func fact(_ axis: Axis, _ value: Double, of part: String = "", otherwise: String = "")
    -> String
  {
    let name = [part, axis.name, otherwise].first { !$0.isEmpty }
    return (name.map { $0 + ": " } ?? "") + axis.text(of: value)
  }

  /// "prompt tokens: 4k", of a category.
  private static func named(_ axis: Axis, at place: Int) -> String {
    (axis.name.isEmpty ? "" : axis.name + ": ") + axis.category(at: place)
  }

  /// So many elements at even distances, the first and the last among them.
  static func spread<T>(_ all: [T], limit: Int) -> [T] {
    guard all.count > limit, limit > 1 else { return all }
    return (0..<limit).map { all[$0 * (all.count - 1) / (limit - 1)] }
  }
}
