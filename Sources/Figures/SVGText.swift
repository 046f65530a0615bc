import Foundation

/// What gnuplot's SVG lacks.
enum SVGText {
  /// The figure's title for screen readers and tool tips, fonts that stand in where DejaVu is not installed (Verdana has
  /// its widths), and bold type, which gnuplot passes on as a part of the font's name.
  ///
  /// Empty groups, which gnuplot leaves by the hundred, are dropped.
  static func polished(_ svg: String, title: String) -> String {
    let family = "font-family=\"\(FigureScript.font), Verdana, sans-serif\""
    return withoutEmptyGroups(svg).replacingOccurrences(
      of: "font-family=\"\(FigureScript.font):Bold\"", with: family + " font-weight=\"bold\""
    )
    .replacingOccurrences(of: "font-family=\"\(FigureScript.font)\"", with: family)
    .replacingOccurrences(of: "<title>Gnuplot</title>", with: "<title>\(escaped(title))</title>")
  }

  private static func withoutEmptyGroups(_ svg: String) -> String {
    var kept: [Substring] = []
    for line in svg.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "</g>", let last = kept.last, last.hasPrefix("<g "), last.hasSuffix(">") {
        kept.removeLast()
      } else {
        kept.append(line)
      }
    }
    return kept.joined(separator: "\n")
  }

  private static func escaped(_ text: String) -> String {
    let printable = text.unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : Character($0)
    }
    return String(printable).replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;")
  }
}
