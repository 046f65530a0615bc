import Experiments
import Figures
import Foundation
import Reports
import Testing

/// What the file of a page is: one valid, closed, harmless document. How it looks is for `make report-check` to say.
@Suite struct ReportPageTests {
  private static let plain = Result { try PageSample.page().html() }
  private static let hostile = Result { try PageSample.page(name: HostileText.one).html() }

  @Test func namesAreNothingButText() throws {
    let (plain, hostile) = (try Self.plain.get(), try Self.hostile.get())
    // A tag that a name brought in would be one more, or, in a drawing, whose layout depends on its texts, of another kind.
    let tags = { (html: String) in
      html.replacing(#/<svg [\s\S]*?<\/svg>/#, with: "").matches(of: #/<[a-zA-Z!\/][^>]*>/#).count
    }
    #expect(tags(hostile) == tags(plain) && tags(plain) > 100)
    let kinds = { (html: String) in Set(html.matches(of: #/<\/?[a-zA-Z!]+/#).map { String($0.output) }) }
    #expect(kinds(hostile) == kinds(plain))
    #expect(
      !hostile.contains("<img") && !hostile.contains("<iframe") && !hostile.contains("<script>window.pwned"))
    #expect(hostile.contains("&lt;script&gt;window.pwned = 1&lt;/script&gt;"))
    #expect(hostile.contains("a &amp; b &amp;lt; c"), "a name that looks escaped is shown as it is")
    #expect(!hostile.unicodeScalars.contains("\u{202E}") && !hostile.unicodeScalars.contains("\u{7}"))
  }

  @Test func idsAreUniqueAndWhatRefersToThemFindsThem() throws {
    let html = try Self.plain.get()
    let ids = html.matches(of: #/\bid=["']([^"']+)["']/#).map { String($0.output.1) }
    #expect(ids.count == Set(ids).count, "\(Dictionary(grouping: ids) { $0 }.filter { $1.count > 1 }.keys)")
    let references =
      html.matches(of: #/href=["']#([^"']+)["']/#).map { String($0.output.1) }
      + html.matches(of: #/aria-(?:labelledby|describedby)="([^"]+)"/#).map { String($0.output.1) }
    #expect(references.count > 10)
    #expect(Set(references).subtracting(ids) == [])
  }

  @Test func headingsDescendOneLevelAtATime() throws {
    let levels = try Self.plain.get().matches(of: #/<h([1-6])/#).compactMap { Int($0.output.1) }
    #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 }, "\(levels)")
  }

  @Test func everyFigureHasWordsAndNumbers() throws {
    let html = try Self.plain.get()
    let figures = html.components(separatedBy: "<div class=\"card\">").dropFirst()
    #expect(figures.count == 4)
    for figure in figures {
      #expect(figure.contains("role=\"img\"") && figure.contains("<figcaption>") && figure.contains("<desc"))
      #expect(figure.firstMatch(of: #/<title id="f\d-title">(Curves|Bars|Map) of sample<\/title>/#) != nil)
      #expect(figure.firstMatch(of: #/<details>[\s\S]*<caption[\s\S]*<td>/#) != nil, "no data")
      #expect(figure.firstMatch(of: #/<(circle|rect) [^>]*><title>[^<]*\d/#) != nil, "nothing to point at")
    }
  }

  @Test func nothingIsLoaded() throws {
    let html = try Self.plain.get()
    #expect(html.firstMatch(of: #/\b(src|srcset|action|poster|data|xlink:href)\s*=/#) == nil)
    #expect(html.matches(of: #/href=["']([^"']*)/#).allSatisfy { $0.output.1.hasPrefix("#") })
    #expect(html.firstMatch(of: #/url\((?!#)|@import|https?:/#) == nil)
    let policy = try #require(html.firstMatch(of: #/Content-Security-Policy" content="([^"]*)"/#)).output.1
    #expect(policy.contains("default-src &#39;none&#39;"))
  }

  @Test func everyColourOfADrawingHasADarkOne() throws {
    let html = try Self.plain.get()
    let drawings = html.components(separatedBy: "<svg ").dropFirst().map {
      $0.components(separatedBy: "</svg>")[0]
    }
    for drawing in drawings where !drawing.contains("Map of") {
      let fixed = drawing.matches(of: #/(?:fill|stroke|color)\s*=\s*['"](#[0-9a-fA-F]{6}|rgb[^'"]*)['"]/#)
      #expect(fixed.isEmpty, "\(fixed.map(\.output.1))")
    }
    let used = Set(html.matches(of: #/var\(--([a-z-]+)\)/#).map { String($0.output.1) })
    for scheme in [#/:root,\.light\{([^}]*)\}/#, #/dark\)\{:root\{([^}]*)\}/#] {
      let text = String(try #require(html.firstMatch(of: scheme)).output.1)
      let set = Set(text.matches(of: #/--([a-z-]+):/#).map { String($0.output.1) })
      #expect(used.subtracting(set) == [])
    }
  }

  @Test func theSamePageHasTheSameBytes() throws {
    #expect(try PageSample.page().html() == Self.plain.get())
  }

  @Test func longCurvesAreThinned() throws {
    let page = ReportPage(
      question: "?", setting: "", answer: ["!"],
      sections: [.init("Long", [.figure(PageSample.curves("long", count: 2_000))])], colophon: "")
    let html = try page.html()
    #expect(html.matches(of: #/<circle cx/#).count == 32)
    #expect(html.matches(of: #/<tr><th scope="row">long<\/th>/#).count == 16)
    #expect(html.contains("listed at 16 of their points"))
  }

  @Test func aMissingGnuplotIsSaid() {
    let error = #expect(throws: FigureError.self) {
      try PageSample.page().html(command: "no-such-gnuplot")
    }
    #expect(error?.description.contains("gnuplot-nox") == true)
  }

  @Test func changesAreColouredByTheirSign() throws {
    let html = try Self.plain.get()
    #expect(html.contains("804.3 <span class=\"change good\">−72 %</span>"))
  }
}
