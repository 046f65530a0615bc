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

  static let width = 960.0
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
    let count = Double(max(1, figure.panels.count))
    let noteHeight = note.isEmpty ? 0 : Double(note.count) * 15 + 12
    switch figure.arrangement {
    case .rows:
      let legendWidth = legend.map { Self.textWidth($0.name, fontSize: FontSize.small) + 42 }.max() ?? 0
      let right = legend.isEmpty ? Self.width - 34 : Self.width - 8 - legendWidth - 14
      legendCorner = LabelPlacement.Position(x: right + 14, y: top - 4)
      legendRows = max(1, legend.count)
      let barCount = figure.panels.map(\.barCount).max() ?? 0
      let usual = barCount > 0 ? 26 + 46 * Double(barCount) : figure.panels.count > 1 ? 150 : 400
      // gnuplot would begin another column, off the canvas, if the legend were higher than the first panel.
      let wanted = max(usual, Double(legend.count) * 23)
      let gap = hasHeadings ? 34.0 : 22
      let left = Self.margin + (figure.panels.map(Self.leftRoom).max() ?? 0)
      panels = figure.panels.indices.map { i in
        let y = top + Double(i) * (wanted + gap)
        return Box(left: left, top: y, right: right, bottom: y + wanted)
      }
      height = (panels.last?.bottom ?? top) + 56 + noteHeight
    case .columns:
      let rooms = figure.panels.map(Self.leftRoom)
      let free = Self.width - 2 * Self.margin - rooms.reduce(0, +) - 18 * (count - 1)
      var x = Self.margin
      var boxes: [Box] = []
      for room in rooms {
        x += room
        boxes.append(Box(left: x, top: top, right: x + free / count, bottom: top + 330))
        x += free / count + 18
      }
      panels = boxes
      legendCorner = LabelPlacement.Position(x: Self.margin + (rooms.first ?? 0), y: top + 330 + 58)
      legendRows = max(1, (legend.count + 1) / 2)
      height = top + 330 + 56 + 10 + Double(legendRows) * 23 + noteHeight
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

  private static func filled(_ text: String, toWidth width: Double, fontSize: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let last = lines.last, textWidth(last + " " + word, fontSize: fontSize) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

/// One line of the legend.
struct LegendEntry: Hashable {
  var name: String
  var sample: Sample

  enum Sample: Hashable {
    case curve(Colour, Series.Line?, Marker?)
    case area(Colour)
  }

  /// In order of appearance; what is named and looks the same is one entry.
  static func entries(of figure: Figure) -> [LegendEntry] {
    var entries: [LegendEntry] = []
    func add(_ name: String, _ sample: Sample) {
      let entry = LegendEntry(name: name, sample: sample)
      if !entries.contains(entry) { entries.append(entry) }
    }
    for panel in figure.panels {
      switch panel.content {
      case .curves(let series):
        for one in series { if let name = one.name { add(name, .curve(one.colour, one.line, one.marker)) } }
      case .bars(let bars):
        for part in bars.parts { add(part.name, .area(part.colour)) }
      }
    }
    return entries
  }
}

extension Panel {
  var barCount: Int {
    if case .bars(let bars) = content { bars.categories.count } else { 0 }
  }
}
