/// A figure as gnuplot reads it: commands and the data they refer to. The same figure gives the same script.
struct FigureScript: Hashable, Sendable {
  enum Statement: Hashable, Sendable {
    /// One or more lines.
    case commands(String)
    /// The datablock `$name`, [rows, columns], at least one row.
    case block(name: String, rows: [[Double]])
  }

  var statements: [Statement]

  static let font = "DejaVu Sans"

  /// Draws into `NAME.svg`, `NAME.png` in gnuplot's working directory; the data is sent once for all formats.
  init(_ figure: Figure, formats: [FigureFormat]) {
    let layout = Layout(figure)
    let plots = zip(figure.panels, layout.panels).enumerated().map { index, pair in
      PanelScript(
        pair.0, box: pair.1, layout: layout, index: index,
        isOutermost: figure.labelsX(index))
    }
    statements = [.commands("reset\nset encoding utf8")]
    for plot in plots { statements += plot.blocks.map { .block(name: $0.name, rows: $0.rows) } }
    for format in formats {
      statements.append(
        .commands(
          format.terminal(width: Layout.width, height: layout.height)
            + "\nset output \(quoted("\(figure.name).\(format.fileExtension)"))\nset multiplot"))
      for (index, plot) in plots.enumerated() {
        let texts = index == 0 ? Self.texts(of: layout) : ""
        statements.append(.commands("reset\nset encoding utf8\n" + Self.style + texts + plot.commands))
      }
      // The reset drops the texts, which `unset multiplot` would otherwise leave for the next figure.
      statements.append(.commands("unset multiplot\nset output\nreset"))
    }
    statements.append(.commands("undefine $*"))
  }

  /// The script as a file that gnuplot would read.
  var text: String {
    statements.map { statement in
      switch statement {
      case .commands(let text): text
      case .block(let name, let rows):
        "$\(name) << EOD\n"
          + rows.map { $0.map { "\($0)" }.joined(separator: " ") + "\n" }.joined() + "EOD"
      }
    }.joined(separator: "\n") + "\n"
  }

  /// Lines from edge to edge may begin and end a rounding error outside, and are drawn all the same.
  private static let style = """
    set clip two
    set border 3 linecolor rgb '#555555' linewidth 1
    set tics nomirror out scale 0.6 textcolor rgb '#333333'
    set format '%g'
    set grid back linetype 1 linecolor rgb '#e3e3e3' linewidth 0.6

    """

  /// Title, setting and note, which belong to the figure, not to a panel.
  private static func texts(of layout: Layout) -> String {
    var lines: [String] = []
    func add(_ text: String, top: Double, size: Double, bold: Bool = false, colour: String) {
      let x = screen(x: Layout.margin)
      let y = screen(y: top + size / 2, in: layout)
      lines.append(
        "set label \(quoted(text)) at \(x),\(y) left front font '\(font)\(bold ? ":Bold" : ""),\(Axis.plain(size))' "
          + "textcolor rgb '\(colour)'")
    }
    var top = Layout.titleTop
    for line in layout.title {
      add(line, top: top, size: Layout.FontSize.title, bold: true, colour: "#111111")
      top += 22
    }
    for line in layout.setting {
      add(line, top: top + 2, size: Layout.FontSize.setting, colour: "#555555")
      top += 17
    }
    top = layout.height - 12 - Double(layout.note.count) * 15
    for line in layout.note {
      add(line, top: top, size: Layout.FontSize.small, colour: "#666666")
      top += 15
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

/// A string literal. gnuplot reads single-quoted text as it stands, save for the quote itself; line ends and other control
/// characters, which would end or spoil the command, become spaces.
func quoted(_ text: String) -> String {
  var literal = "'"
  for scalar in text.unicodeScalars {
    switch scalar {
    case "'": literal += "''"
    case _ where scalar.properties.generalCategory == .control: literal += " "
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "'"
}

/// Positions as shares of the canvas, counted from the lower left corner, as gnuplot does.
func screen(x: Double) -> String { "screen \(Axis.plain((x / Layout.width * 1e5).rounded() / 1e5))" }
func screen(y: Double, in layout: Layout) -> String {
  "screen \(Axis.plain(((1 - y / layout.height) * 1e5).rounded() / 1e5))"
}
