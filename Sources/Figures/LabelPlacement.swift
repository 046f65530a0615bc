import Foundation

/// Finds room for the labels of points: beside the point, else around it with a line that leads there, else nowhere.
struct LabelPlacement {
  struct Label: Hashable {
    var text: String
    /// Middle of the left edge of the text, in pixels.
    var x: Double
    var y: Double
    var leader: Leader?
  }

  /// From the text to the point it names.
  struct Leader: Hashable {
    var from: Position
    var to: Position
  }

  struct Position: Hashable {
    var x: Double
    var y: Double
  }

  private let panel: Panel
  private let box: Layout.Box
  private var taken: [Layout.Box] = []
  /// Of these, what labels take: no leader may cross them.
  private var texts: [Layout.Box] = []

  private static let lineHeight = 14.0

  private init(panel: Panel, box: Layout.Box) {
    self.panel = panel
    self.box = box
  }

  /// In the order of the series and their points, so earlier points get the better places. O(points²).
  static func labels(for series: [Series], in panel: Panel, box: Layout.Box) -> [Label] {
    let points = series.flatMap(\.points).filter { panel.x.shows($0.x) && panel.y.shows($0.y) }
    guard points.contains(where: { $0.label != nil }) else { return [] }
    var placement = LabelPlacement(panel: panel, box: box)
    placement.taken = room(taken: series, in: panel, box: box)
    return points.compactMap { placement.place($0) }
  }

  /// What marks and lines cover.
  static func room(taken series: [Series], in panel: Panel, box: Layout.Box) -> [Layout.Box] {
    var placement = LabelPlacement(panel: panel, box: box)
    for one in series {
      let points = one.points.filter { panel.x.shows($0.x) && panel.y.shows($0.y) }
      placement.taken += points.map { placement.square(at: $0) }
      if one.line != nil { placement.avoid(points) }
    }
    return placement.taken
  }

  /// Takes the room along a line.
  private mutating func avoid(_ line: [Series.Point]) {
    for (a, b) in zip(line, line.dropFirst()) { avoid(from: centre(of: a), to: centre(of: b)) }
  }

  /// As a row of small squares.
  private mutating func avoid(from a: Position, to b: Position) {
    let length = max(abs(b.x - a.x), abs(b.y - a.y))
    guard length.isFinite else { return }
    for i in 0...Int(min(500, length / 4)) {
      let t = length > 0 ? min(1, Double(i) * 4 / length) : 0
      let (x, y) = (a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))
      taken.append(Layout.Box(left: x - 3, top: y - 3, right: x + 3, bottom: y + 3))
    }
  }

  private func centre(of point: Series.Point) -> Position {
    Position(
      x: box.left + panel.x.fraction(of: point.x) * box.width,
      y: box.bottom - panel.y.fraction(of: point.y) * box.height)
  }

  private func square(at point: Series.Point) -> Layout.Box {
    let (centre, half) = (centre(of: point), 5 * point.size)
    return Layout.Box(
      left: centre.x - half, top: centre.y - half, right: centre.x + half, bottom: centre.y + half)
  }

  private mutating func place(_ point: Series.Point) -> Label? {
    guard let text = point.label, !text.isEmpty else { return nil }
    let mark = square(at: point)
    let middle = centre(of: point)
    let width = Layout.textWidth(text, fontSize: Layout.FontSize.small)
    for left in [mark.right + 4, mark.left - 4 - width]
    where claim(left: left, middle: middle.y, width: width) {
      return Label(text: text, x: left, y: middle.y)
    }
    for distance in [26.0, 44, 62, 80] {
      for angle in [90.0, -90, 45, -45, 135, -135, 65, -65, 115, -115, 20, -20, 160, -160] {
        let (dx, dy) = (cos(angle * .pi / 180) * distance, -sin(angle * .pi / 180) * distance)
        // The nearest part of the text meets the end of the leader.
        let left =
          abs(dx) < distance / 2 ? middle.x + dx - width / 2 : dx > 0 ? middle.x + dx : middle.x + dx - width
        let end = abs(dx) < distance / 2 ? dy - (dy > 0 ? 1 : -1) * Self.lineHeight / 2 : dy
        let from = Position(x: middle.x + dx, y: middle.y + end)
        guard !crossesText(from: from, to: middle), claim(left: left, middle: middle.y + dy, width: width)
        else { continue }
        avoid(from: from, to: middle)
        return Label(text: text, x: left, y: middle.y + dy, leader: Leader(from: from, to: middle))
      }
    }
    return nil
  }

  private mutating func claim(left: Double, middle: Double, width: Double) -> Bool {
    let half = Self.lineHeight / 2
    let room = Layout.Box(left: left, top: middle - half, right: left + width, bottom: middle + half)
    let isInside =
      room.left >= box.left && room.right <= box.right && room.top >= box.top && room.bottom <= box.bottom
    guard isInside, !taken.contains(where: room.overlaps) else { return false }
    taken.append(room)
    texts.append(room)
    return true
  }

  private func crossesText(from a: Position, to b: Position) -> Bool {
    (0...20).contains { i in
      let t = Double(i) / 20
      let (x, y) = (a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))
      return texts.contains { $0.left < x && x < $0.right && $0.top < y && y < $0.bottom }
    }
  }
}
