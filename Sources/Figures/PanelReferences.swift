extension PanelScript {
  mutating func draw(_ line: ReferenceLine) {
    let (axis, value) = (line.direction == .vertical ? panel.x : panel.y, line.value)
    guard axis.shows(value), axis.range.contains(value) else { return }
    func place(_ along: Double) -> String {
      line.direction == .vertical ? "first \(value), graph \(along)" : "graph \(along), first \(value)"
    }
    add("set arrow from \(place(0)) to \(place(1)) nohead back lc rgb '#444444' lw 1.2 dashtype (8,5)")
    guard !line.label.isEmpty else { return }
    let side: String
    switch line.direction {
    case .vertical:
      // Left of a line near the right edge.
      let isLeft = axis.fraction(of: value) > 0.75
      side = "\(place(0.04)) \(isLeft ? "right offset char -0.6,0" : "left offset char 0.6,0")"
    case .horizontal:
      let corner = clearest(
        beside: value, width: Layout.textWidth(line.label, fontSize: Layout.FontSize.text))
      side =
        "\(place(corner.isRight ? 0.99 : 0.01)) \(corner.isRight ? "right" : "left") "
        + "offset char 0,\(corner.isAbove ? 0.6 : -0.6)"
    }
    add("set label \(quoted(line.label)) at \(side) front textcolor rgb '#444444'")
  }

  /// Where a label at a horizontal line covers the fewest curves; left and above if there is nothing to choose.
  private func clearest(beside value: Double, width: Double) -> (isRight: Bool, isAbove: Bool) {
    guard case .curves(let series) = panel.content else { return (false, true) }
    let y = box.bottom - panel.y.fraction(of: value) * box.height
    let taken = LabelPlacement.room(taken: series, in: panel, box: box)
    var best: (corner: (isRight: Bool, isAbove: Bool), covered: Int)?
    for corner in [(false, true), (true, true), (false, false), (true, false)] {
      let left = corner.0 ? box.right - width : box.left
      let room = Layout.Box(
        left: left, top: corner.1 ? y - 18 : y + 1, right: left + width, bottom: corner.1 ? y - 1 : y + 18)
      guard room.top > box.top - 4, room.bottom < box.bottom + 4 else { continue }
      let covered = taken.count(where: room.overlaps)
      if best.map({ covered < $0.covered }) ?? true { best = (corner, covered) }
    }
    return best?.corner ?? (false, true)
  }
}
