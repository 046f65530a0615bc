import Figures
import Foundation

/// A drawing of gnuplot as part of a page: without what belongs to a file, with ids of its own, in colours that the page's style sets, and
/// with marks that tell their values.
struct InlineSVG {
  /// Whether it stays dark on white whatever the page is: text in coloured cells is chosen for their colours.
  let isLight: Bool
  private let size: FigureMark.Size
  private let marks: [FigureMark]
  /// What stands between the svg element's tags; ids as gnuplot wrote them.
  private let content: String

  init(_ file: String, of figure: Figure) {
    isLight = figure.keepsColours
    size = figure.size
    marks = figure.marks()
    var text = Substring(file)
    if let start = text.range(of: "<svg"), let end = text[start.upperBound...].firstIndex(of: ">") {
      text = text[text.index(after: end)...]
    }
    if let end = text.range(of: "</svg>", options: .backwards) { text = text[..<end.lowerBound] }
    content = Self.coloured(Self.reduced(String(text)), keeping: isLight)
  }

  /// The svg element.
  ///
  /// - Parameter id: begins every id in it.
  func markup(id: String, of figure: Figure) -> Markup {
    let drawn = marks.isEmpty ? "" : "<g class=\"marks\">\(marks.map(Self.shape).joined())</g>"
    return Markup(
      trusted: "<svg\(Markup.text(of: attributes(id: id)))>"
        + Markup.element("title", ["id": "\(id)-title"], text: figure.title).html
        + Markup.element("desc", ["id": "\(id)-desc"], text: figure.summary).html
        + Self.prefixed(content, with: id + "-") + drawn + "</svg>")
  }

  private func attributes(id: String) -> KeyValuePairs<String, String> {
    let (width, height) = (Self.text(size.width), Self.text(size.height))
    return [
      "role": "img", "aria-labelledby": "\(id)-title", "aria-describedby": "\(id)-desc",
      "viewBox": "0 0 \(width) \(height)", "width": width, "height": height,
    ]
  }

  private static func shape(_ mark: FigureMark) -> String {
    let title = Markup.element("title", text: mark.text).html
    guard let size = mark.size else {
      return "<circle cx=\"\(text(mark.x))\" cy=\"\(text(mark.y))\" r=\"7\">\(title)</circle>"
    }
    let (x, y) = (text(mark.x - size.width / 2), text(mark.y - size.height / 2))
    return
      "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(text(size.width))\" height=\"\(text(size.height))\">\(title)</rect>"
  }

  /// Tenths of a pixel.
  private static func text(_ x: Double) -> String {
    let text = String(format: "%.1f", x)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Without title and description, which the page writes, filters and ids that nothing refers to, and indentation.
  private static func reduced(_ svg: String) -> String {
    let bare = svg.replacing(#/<title>[^<]*<\/title>|<desc>[^<]*<\/desc>/#, with: "")
      .replacing(#/<filter[\s\S]*?<\/filter>/#, with: "")
      .replacing(#/<!--[\s\S]*?-->/#, with: "")
      .replacing(#/ id="gnuplot_[a-z0-9_]*"/#, with: "")
      .replacing(#/xlink:href/#, with: "href")
    var seen = ""
    seen.unicodeScalars.append(contentsOf: bare.unicodeScalars.lazy.filter { !Markup.isUnseen($0) })
    return seen.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private static func prefixed(_ svg: String, with prefix: String) -> String {
    svg.replacing(#/(\bid=['"]|href=['"]#|url\(#)/#) { "\($0.output.1)\(prefix)" }
  }

  /// Greys and series in names of the style sheet, so that they can be seen on dark ground, too.
  private static func coloured(_ svg: String, keeping: Bool) -> String {
    guard !keeping else { return svg }
    let plain = svg.replacing(#/rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)/#) { match in
      "#"
        + [match.output.1, match.output.2, match.output.3].map { String(format: "%02x", Int($0) ?? 0) }
        .joined()
    }
    return plain.replacing(#/(?<quote>['"])(?<code>#[0-9a-fA-F]{6}|black)['"]/#) { match in
      let name = match.code == "black" ? "ink" : PageStyle.variables[match.code.lowercased()]
      return "\(match.quote)\(name.map { "var(--\($0))" } ?? String(match.code))\(match.quote)"
    }
  }
}

extension Figure {
  /// Whether its colours are values, with text on them.
  var keepsColours: Bool {
    panels.contains { if case .heatMap = $0.content { true } else { false } }
  }

  /// What kind of picture it is and where its values are, for those who do not see it.
  var summary: String {
    let count = marks().count
    let axes = panels.map { panel in
      [panel.heading, panel.x.label, panel.y.label].filter { !$0.isEmpty }.joined(separator: "; ")
    }.filter { !$0.isEmpty }
    return
      "Axes: \(axes.joined(separator: ". ")). \(count == 0 ? "No data." : "The values are in the table below the figure.")"
  }
}
