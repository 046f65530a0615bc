/// Finds room for the labels of points: beside the point, else above or below, else a little further away, else nowhere.
struct LabelPlacement {
  struct Label: Hashable {
    var text: String
    /// Middle of the left edge of the text, in pixels.
    var x: Double
    var y: Double
  }

  private let panel: Panel
  private let box: Layout.Box
  private var taken: [Layout.Box] = []

  init(panel: Panel, box: Layout.Box) {
    self.panel = panel
    self.box = box
  }

  /// In the order of the series and their points, so earlier points get the better places.
  static func labels(for series: [Series], in panel: Panel, box: Layout.Box) -> [Label] {
    var placement = LabelPlacement(panel: panel, box: box)
    let points = series.flatMap(\.points).filter { panel.x.shows($0.x) && panel.y.shows($0.y) }
    placement.taken = points.map { placement.square(at: $0) }
    return points.compactMap { placement.place($0) }
  }

  private func square(at point: Series.Point) -> Layout.Box {
    let x = box.left + panel.x.fraction(of: point.x) * box.width
    let y = box.bottom - panel.y.fraction(of: point.y) * box.height
    let half = 4 * point.size
    return Layout.Box(left: x - half, top: y - half, right: x + half, bottom: y + half)
  }

  private mutating func place(_ point: Series.Point) -> Label? {
    guard let text = point.label, !text.isEmpty else { return nil }
    let mark = square(at: point)
    let (x, y) = ((mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2)
    let width = Layout.textWidth(text, fontSize: Layout.FontSize.small)
    let (line, gap) = (14.0, 5.0)
    let (right, left, centre) = (mark.right + gap, mark.left - gap - width, x - width / 2)
    let (above, below) = (mark.top - line / 2 - 1, mark.bottom + line / 2 + 1)
    let candidates = [
      (right, y), (left, y), (centre, above), (centre, below), (right, above), (right, below), (left, above),
      (left, below), (right, above - line), (right, below + line), (left, above - line), (left, below + line),
    ]
    for (left, middle) in candidates {
      let room = Layout.Box(
        left: left, top: middle - line / 2, right: left + width, bottom: middle + line / 2)
      let isInside =
        room.left >= box.left && room.right <= box.right && room.top >= box.top && room.bottom <= box.bottom
      if isInside, !taken.contains(where: room.overlaps) {
        taken.append(room)
        return Label(text: text, x: left, y: middle)
      }
    }
    return nil
  }
}
