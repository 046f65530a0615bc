import Foundation

/// Where the parts of a figure go, in pixels from the upper left corner.
///
/// Text widths are estimates: gnuplot measures text only while it draws, and the readers of an SVG file use their own
/// fonts.
struct Layout {
  struct Box: Hashable {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    var width: Double { right - left }
    var height: Double { bottom - top }

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  static let width = 860.0
  static let margin = 20.0

  let height: Double
  let title: [String]
  let setting: [String]
  let note: [String]
  let legend: [LegendEntry]
  /// The legend's upper left corner: right of the panels, or below them if they stand side by side.
  let legendCorner: LabelPlacement.Position
  /// After so many entries the legend begins a second column.
  let legendRows: Int
  /// The space between the axes of each panel.
  let panels: [Box]

  /// Font sizes in pixels.
  enum FontSize {
    static let title = 17.0
    static let setting = 12.5
    static let text = 12.0
    static let small = 11.0
  }

  init(_ figure: Figure) {
    let textWidth = Self.width - 2 * Self.margin
    title = Self.wrapped(figure.title, toWidth: textWidth, fontSize: FontSize.title * 1.1)
    setting = Self.wrapped(figure.setting, toWidth: textWidth, fontSize: FontSize.setting)
    note = Self.wrapped(figure.note, toWidth: textWidth, fontSize: FontSize.small)
    legend = LegendEntry.entries(of: figure)

    let hasHeadings = figure.panels.contains { !$0.heading.isEmpty }
    let top = Self.titleTop + Double(title.count) * 22 + Double(setting.count) * 17 + (hasHeadings ? 32 : 18)
    let isBelow =
      figure.arrangement == .columns || figure.panels.contains { $0.isHeatMap || EndLabels.room($0) > 0 }
    let isBeside = !isBelow && !legend.isEmpty
    let entryWidth = (legend.map { Self.textWidth($0.name, fontSize: FontSize.small) }.max() ?? 0) + 42
    switch figure.arrangement {
    case .rows:
      let right =
        isBeside
        ? Self.width - 8 - entryWidth - 14
        : Self.width - max(34, Self.margin + (figure.panels.map(Self.rightRoom).max() ?? 0))
      let left = Self.margin + (figure.panels.map(Self.leftRoom).max() ?? 0)
      var y = top
      var boxes: [Box] = []
      for (i, panel) in figure.panels.enumerated() {
        // gnuplot would begin another column, off the canvas, if the legend were higher than the first panel.
        let height = max(
          Self.usualHeight(panel, of: figure.panels.count), isBeside && i == 0 ? Double(legend.count) * 23 : 0
        )
        boxes.append(Box(left: left, top: y, right: right, bottom: y + height))
        y += height + (hasHeadings ? 34 : 22) + (figure.labelsX(i) ? 46 : 0)
      }
      panels = boxes
    case .columns:
      let rooms = figure.panels.map { (left: Self.leftRoom($0), right: Self.rightRoom($0)) }
      let count = Double(max(1, figure.panels.count))
      let taken = rooms.reduce(0) { $0 + $1.left + $1.right }
      let width = (Self.width - 2 * Self.margin - taken - 18 * (count - 1)) / count
      let height = figure.panels.map { Self.usualHeight($0, of: 1) }.max() ?? 330
      var x = Self.margin
      var boxes: [Box] = []
      for room in rooms {
        x += room.left
        boxes.append(Box(left: x, top: top, right: x + width, bottom: top + min(330, height)))
        x += width + room.right + 18
      }
      panels = boxes
    }
    let bottom = panels.map(\.bottom).max() ?? top
    var end = bottom + 56
    if isBelow {
      let columns = max(1, Int((Self.width - Self.margin - (panels.first?.left ?? 0)) / entryWidth))
      legendCorner = LabelPlacement.Position(x: panels.first?.left ?? Self.margin, y: bottom + 58)
      legendRows = max(1, (legend.count + columns - 1) / columns)
      if !legend.isEmpty { end += 10 + Double(legendRows) * 23 }
    } else {
      legendCorner = LabelPlacement.Position(x: (panels.first?.right ?? 0) + 14, y: top - 4)
      legendRows = max(1, legend.count)
    }
    height = end + (note.isEmpty ? 0 : Double(note.count) * 15 + 12)
  }

  /// Of a panel below or above others, unless it stands alone.
  private static func usualHeight(_ panel: Panel, of count: Int) -> Double {
    switch panel.content {
    case .bars(let bars):
      let rows = bars.categories.count
      return 26 + (rows > 6 || count > 2 ? 28 : 46) * Double(rows)
    case .heatMap(let map): return min(400, max(120, 42 * Double(map.rows.count)))
    case .curves(let series):
      // Names at the ends of the series stand below one another.
      let names = Double(series.count { $0.endLabel != nil }) * EndLabels.lineHeight
      return max(count == 1 ? 400 : count == 2 ? 235 : 150, names)
    }
  }

  static let titleTop = 14.0

  /// What stands left of a panel: tick labels, and the axis label turned by 90°.
  static func leftRoom(_ panel: Panel) -> Double {
    if case .bars(let bars) = panel.content {
      return 8 + (bars.categories.map { textWidth($0.name, fontSize: FontSize.text) }.max() ?? 0)
    }
    let ticks = panel.y.ticks.map { textWidth($0.label, fontSize: FontSize.text) }.max() ?? 38
    return ticks + 10 + (panel.y.label.isEmpty ? 0 : 26)
  }

  /// What stands right of a panel: names of series, or the colour bar of a heat map.
  static func rightRoom(_ panel: Panel) -> Double {
    if case .heatMap(let map) = panel.content { return ColourBar.room(map) }
    return EndLabels.room(panel)
  }

  static func textWidth(_ text: String, fontSize: Double) -> Double { Double(text.count) * fontSize * 0.6 }

  /// Breaks between clauses if that needs no more lines, else between words, into lines of about the same length; a word
  /// that is too long stays whole. Empty text has no lines.
  static func wrapped(_ text: String, toWidth width: Double, fontSize: Double) -> [String] {
    let greedy = filled(text, toWidth: width, fontSize: fontSize)
    let clauses = text.split(separator: "; ").map(String.init)
    if greedy.count > 1, greedy.count == clauses.count,
      clauses.allSatisfy({ textWidth($0 + ";", fontSize: fontSize) <= width })
    {
      return clauses.dropLast().map { $0 + ";" } + clauses.suffix(1)
    }
    var narrowest = greedy
    var narrower = width
    while narrower > width / 4 {
      narrower *= 0.95
      let lines = filled(text, toWidth: narrower, fontSize: fontSize)
      guard lines.count == greedy.count else { break }
      narrowest = lines
    }
    return greedy.count > 1 ? narrowest : greedy
  }

  /// Units stay with their numbers, and what stands around a no-break space stays together.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    for word in text.split(whereSeparator: { $0.isWhitespace && $0 != "\u{A0}" }).map(String.init) {
      let isUnit = ["%", "s", "ms", "µs"].contains(
        word.trimmingCharacters(in: .punctuationCharacters.subtracting(["%"])))
      if isUnit, let last = words.last, last.last?.isNumber ?? false {
        words[words.count - 1] = last + " " + word
      } else {
        words.append(word)
      }
    }
    return words
  }

  private static func filled(_ text: String, toWidth width: Double, fontSize: Double) -> [String] {
    var lines: [String] = []
    for word in words(text) {
      if let last = lines.last, textWidth(last + " " + word, fontSize: fontSize) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension Panel {
  var barCount: Int {
    if case .bars(let bars) = content { bars.categories.count } else { 0 }
  }

  var isHeatMap: Bool {
    if case .heatMap = content { true } else { false }
  }
}
