/// One line of the legend.
struct LegendEntry: Hashable {
  var name: String
  var sample: Sample

  enum Sample: Hashable {
    case curve(Colour, Series.Line?, Marker?)
    case area(Colour)
    /// Cells of a heat map with a mark.
    case cell(HeatMap.Cell.Mark)
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
        for part in bars.parts where !part.name.isEmpty { add(part.name, .area(part.colour)) }
      case .heatMap(let map):
        for mark in [HeatMap.Cell.Mark.hatched, .pale]
        where map.rows.joined().contains(where: { $0.mark == mark }) {
          if let meaning = map.meanings[mark] { add(meaning, .cell(mark)) }
        }
      }
    }
    return entries
  }
}
