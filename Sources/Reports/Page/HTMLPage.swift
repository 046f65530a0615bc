import Experiments
public import Figures
import Foundation

extension ReportPage {
  /// The page as one HTML file that needs no other: style, script and figures are in it, and its security policy forbids it to load anything.
  ///
  /// - Parameter command: the shell command that starts gnuplot.
  /// - Throws: what kept the figures from being drawn.
  public func html(command: String = "gnuplot -d") throws(FigureError) -> String {
    // Titles and notes are text of the page, where they wrap and can be copied; the file's own names are of no use here.
    let plain = figures.enumerated().map { i, figure in
      var plain = figure
      (plain.name, plain.setting, plain.note) = ("f\(i + 1)", "", "")
      plain.title = ""
      return plain
    }
    let drawings = try FigureWriter.svg(plain, command: command)
    return HTMLPage(self, drawn: zip(plain, drawings).map { InlineSVG($0.1, of: $0.0) }).text
  }
}

/// Writes a page as HTML.
struct HTMLPage {
  private let page: ReportPage
  private let drawings: [InlineSVG]
  private var figureCount = 0
  private var tableCount = 0

  /// - Parameter drawings: of the page's figures, in their order.
  init(_ page: ReportPage, drawn drawings: [InlineSVG]) {
    self.page = page
    self.drawings = drawings
  }

  /// The hash admits the one script that stands in this module, so that a script that came in with a name does not run.
  static let securityPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src '\(PageScript.hash)'; base-uri 'none'; form-action 'none'"

  var text: String {
    var writer = self
    let body = writer.body()
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Markup.escaped(Self.securityPolicy))">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="swiftkv-sim">
      \(Markup.element("title", text: page.question).html)
      <style>\(PageStyle.text)</style>
      </head>
      <body>
      \(body.html)
      <script>\(PageScript.text)</script>
      </body>
      </html>

      """
  }

  private mutating func body() -> Markup {
    let sections = page.sections.enumerated().map { i, section in self.section(section, id: "s\(i + 1)") }
    return .lines([
      .element("a", ["class": "skip", "href": "#answer"], text: "Skip to the answer"),
      .element("header", .element("h1", text: page.question), .element("p", text: page.setting)),
      .element("main", ["id": "main"], content: [answer, contents] + sections),
      .element("footer", .element("p", text: page.colophon)),
      .element("div", ["id": "tip", "role": "tooltip", "hidden": ""]),
    ])
  }

  private var answer: Markup {
    let highlights = page.highlights.map { highlight in
      Markup.element(
        "div", .element("dt", text: highlight.label),
        .element("dd", ["class": "value"], text: highlight.value),
        highlight.note.isEmpty
          ? Markup("") : .element("dd", ["class": "note"], text: highlight.note))
    }
    let sentences = page.answer.enumerated().map { i, text -> Markup in
      i == 0 ? .element("p", ["class": "lead"], text: text) : .element("p", text: text)
    }
    return .element(
      "section", ["id": "answer", "aria-labelledby": "answer-title", "tabindex": "-1"],
      .lines(
        [.element("h2", ["id": "answer-title"], text: "Answer")] + sentences
          + (highlights.isEmpty ? [] : [.element("dl", ["class": "highlights"], content: highlights)])))
  }

  private var contents: Markup {
    .element(
      "nav", ["aria-label": "Contents"],
      .element(
        "ol",
        content: page.sections.enumerated().map { i, section in
          .element("li", .element("a", ["href": "#s\(i + 1)"], text: section.title))
        }))
  }

  private mutating func section(_ section: ReportPage.Section, id: String) -> Markup {
    let title = Markup.element("h2", ["id": "\(id)-title"], text: section.title)
    return .element(
      "section", ["id": id, "aria-labelledby": "\(id)-title"],
      .lines([title] + section.blocks.map { block($0) }))
  }

  private mutating func block(_ block: ReportPage.Block) -> Markup {
    switch block {
    case .paragraph(let text): .element("p", text: text)
    case .heading(let text): .element("h3", text: text)
    case .bullets(let items): .element("ul", content: items.map { .element("li", text: $0) })
    case .table(let table, let caption): self.table(table, caption: caption)
    case .figure(let figure): self.figure(figure)
    case .definitions(let definitions):
      .element(
        "dl", ["class": "definitions"],
        content: definitions.map {
          .element("div", .element("dt", text: $0.term), .element("dd", text: $0.text))
        })
    case .code(let text, let label):
      .element(
        "pre", ["aria-label": label, "role": "region"], .element("code", text: text))
    }
  }

  // MARK: Figures

  private mutating func figure(_ figure: Figure) -> Markup {
    let drawing = drawings[figureCount]
    figureCount += 1
    let id = "f\(figureCount)"
    let details = [figure.setting, figure.note].filter { !$0.isEmpty }
    let caption = Markup.element(
      "figcaption",
      content: [.element("strong", text: "Figure \(figureCount). \(figure.title)")]
        + details.map { .element("span", text: $0) })
    let tables = figure.tables(limit: Self.rowsPerSeries)
    let thinned =
      tables.contains(where: \.isThinned)
      ? [Markup.element("p", text: "Long curves are listed at \(Self.rowsPerSeries) of their points.")] : []
    let data = tables.enumerated().map { i, table in
      self.table(
        ReportTable(columns: table.columns, rows: table.rows),
        caption: table.heading.isEmpty ? "Data of figure \(figureCount)" : table.heading)
    }
    return .element(
      "div", ["class": "card"],
      .lines([
        .element(
          "figure", ["id": id],
          .lines([
            caption,
            .element(
              "p", ["class": "hint"], text: "Wider than the window: swipe sideways, or open the data below."),
            .element(
              "div", ["class": drawing.isLight ? "drawing light" : "drawing"],
              drawing.markup(id: id, of: figure)),
          ])),
        .element(
          "details", .element("summary", text: "Data of figure \(figureCount)"),
          .element("div", ["class": "data"], content: thinned + data)),
      ]))
  }

  private static let rowsPerSeries = 16

  // MARK: Tables

  private mutating func table(_ table: ReportTable, caption: String) -> Markup {
    tableCount += 1
    let id = "t\(tableCount)"
    let head = table.columns.enumerated().map { i, title -> Markup in
      let title = Markup(Self.trimmed(title))
      return i < table.textColumns
        ? Markup.element("th", ["scope": "col", "class": "text"], title)
        : Markup.element("th", ["scope": "col"], title)
    }
    let rows = table.rows.map { row in
      Markup.element(
        "tr", content: row.enumerated().map { i, cell in self.cell(cell, column: i, of: table) })
    }
    return .element(
      "div", ["class": "scroll", "role": "region", "aria-labelledby": id],
      .element(
        "table", .element("caption", ["id": id], text: caption),
        .element("thead", .element("tr", content: head)),
        .element("tbody", Markup.lines(rows))))
  }

  private func cell(_ cell: String, column: Int, of table: ReportTable) -> Markup {
    switch column {
    case 0: .element("th", ["scope": "row"], text: cell)
    case ..<table.textColumns: .element("td", ["class": "text"], text: cell)
    default: .element("td", content: [figure(cell, better: table.better)])
    }
  }

  /// A cell of a comparison ends in its change, set apart by spaces.
  private func figure(_ cell: String, better: ReportTable.Direction?) -> Markup {
    let text = Self.trimmed(cell)
    guard let gap = text.range(of: "  ") else { return Markup(text) }
    let value = String(text[..<gap.lowerBound])
    let change = Self.trimmed(String(text[gap.upperBound...]))
    var kind = "change"
    if let better, let sign = change.first, "−+×".contains(sign) {
      kind += (sign == "−") == (better == .lower) ? " good" : " bad"
    }
    return Markup(
      trusted: Markup.escaped(value) + " " + Markup.element("span", ["class": kind], text: change).html)
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
