import Foundation
import Metrics
import Quantities
import Testing

@testable import Figures

@Suite("Scripts") struct ScriptTests {
  private static let figures = [
    Charts.latencyCDF(.ttft, runs: PlottedRun.seven, scenario: "rag", limit: 2),
    Charts.againstSkipRatio(runs: PlottedRun.seven, scenario: "rag"),
    Charts.timeline(runs: PlottedRun.seven, scenario: "rag"),
    Charts.attribution(runs: PlottedRun.seven, scenario: "rag"),
    Charts.busy(runs: PlottedRun.seven, scenario: "rag"),
    SyntheticStep.figure,
  ]

  private func script(_ figure: Figure, _ formats: [FigureFormat] = [.svg]) -> String {
    FigureScript(figure, formats: formats).text
  }

  /// What a reader needs in each figure: the finding, what was run, and a unit on each axis.
  @Test(
    arguments: zip(
      0...5,
      [
        ["time to first token, log scale", "'200 ms'", "'50 %%'", "objective 2 s"],
        [
          "Time to first token (ms)", "Time per output token (ms)", "Throughput (requests/s)",
          "layers skipped (%)",
        ],
        ["KV cache in use (% of blocks)", "Running requests", "Waiting requests", "time (s)"],
        ["mean time to first token (ms)", "own prefill", "queue"],
        ["time of the mean step (ms)", "GEMM"],
        ["FLOP per byte", "achieved (TFLOP/s)", "BF16 989 TFLOP/s", "gate-up 41 %"],
      ]))
  func `Every chart names its finding, setting and units`(index: Int, texts: [String]) throws {
    let figure = Self.figures[index]
    let script = script(figure)
    let start = try #require(Layout.wrapped(figure.title, toWidth: 900, fontSize: 20).first?.prefix(20))
    #expect(script.contains(start.replacing("'", with: "''")))
    for text in texts { #expect(script.contains(text)) }
    #expect(script.contains("set output '\(figure.name).svg'"))
  }

  @Test func `Data is sent once for all formats`() {
    let script = script(Self.figures[0], FigureFormat.allCases)
    #expect(script.components(separatedBy: "$p0s0 << EOD").count == 2)
    #expect(
      script.contains("set output 'ttft-cdf-rag.svg'") && script.contains("set output 'ttft-cdf-rag.png'"))
  }

  @Test func `Values reach the script unchanged`() {
    let figure = Charts.latencyCDF(
      .ttft, runs: [.constant("baseline", ttft: 0.25)], scenario: "s", limit: nil)
    #expect(script(figure).contains("$p0s0 << EOD\n250.0 0.0\n250.0 100.0\nEOD\n"))
  }

  /// A projection that looks like a measured variant would mislead.
  @Test func `Projections are dashed, hollow, pale, and named so`() throws {
    guard case .curves(let curves) = Self.figures[0].panels[0].content else {
      Issue.record("no curves"); return
    }
    let projection = try #require(curves.first { $0.name == "swiftkv-50-across2 (projection)" })
    #expect(projection.line == .dashed && projection.marker?.isHollow == true)
    #expect(curves.filter { $0.line == .dashed }.count == 1)
    #expect(script(Self.figures[0]).contains("title 'swiftkv-50-across2 (projection)'"))
    #expect(script(Self.figures[3]).contains("fillstyle solid 0.5"))
  }

  @Test func `Seven variants differ in colour and in shape and keep both in all figures`() {
    let looks = PlottedRun.seven.indices.map { PlottedRun.seven.look($0) }
    #expect(Set(looks.map(\.colour)).count == 7)
    #expect(Set(looks.map { "\($0.colour)\($0.marker)" }).count == 7)
    guard case .curves(let shown) = Self.figures[2].panels[0].content else {
      Issue.record("no curves"); return
    }
    #expect(shown.map(\.colour) == [looks[0].colour, looks[4].colour])
  }

  @Test func `Only runs that differ in the ratio alone are joined`() {
    guard case .curves(let series) = Self.figures[1].panels[0].content else {
      Issue.record("no curves"); return
    }
    #expect(series.map(\.name) == ["p50", "p99", "swiftkv-50-across2 (projection)", "swiftkv-50-fp8kv"])
    #expect(series.map { $0.points.count } == [5, 5, 2, 2])
    #expect(series.map { $0.line == nil } == [false, false, true, true])
    #expect(series.suffix(2).allSatisfy { $0.marker?.isHollow == true })
  }

  /// gnuplot would read a quote or a line end as its own, and run what follows.
  @Test func `Text cannot leave its quotes`() {
    #expect(quoted("it's 50 % of_{x}\n!rm `ls` \"q\"") == "'it''s 50 % of_{x} !rm `ls` \"q\"'")
    var figure = Self.figures[0]
    figure.title = "a'\nquit\n"
    #expect(!script(figure).split(separator: "\n").contains("quit"))
  }

  @Test func `File names keep letters, digits and dots only`() {
    #expect(Figure.fileName("ttft", "cdf", "RAG 8b/../x_1.5'") == "ttft-cdf-rag-8b-..-x-1.5")
    #expect(Figure.fileName("é / ?").isEmpty)
  }
}

@Suite("Axes") struct AxisTests {
  @Test(arguments: [[], [0], [-1, .nan, .infinity], [5], [5, 5], [1e-300, 1e300]] as [[Double]])
  func `No data makes an empty or infinite range`(values: [Double]) {
    for axis in [Axis.fromZero("", values: values), .durations("", milliseconds: values)] {
      #expect(axis.range.lowerBound < axis.range.upperBound)
      #expect(axis.range.upperBound.isFinite)
      #expect(!axis.isLog || axis.range.lowerBound > 0)
      #expect(axis.ticks.contains { !$0.label.isEmpty })
      #expect(axis.ticks.count < 80)
    }
  }

  @Test func `Durations are labelled in the unit of their size`() {
    let axis = Axis.durations("t", milliseconds: [0.08, 20_000])
    let labels = axis.ticks.map(\.label).filter { !$0.isEmpty }
    #expect(labels == ["100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"])
  }

  @Test func `Counts have whole ticks`() {
    #expect(Axis.fromZero("", values: [0.3], isCount: true).ticks.map(\.label) == ["0", "1"])
    #expect(Axis.fromZero("", values: [23], isCount: true).ticks.map(\.value) == [0, 5, 10, 15, 20])
  }
}

@Suite("Layout") struct LayoutTests {
  @Test func `Titles break between clauses, else evenly`() {
    let clauses = Layout.wrapped("one two three; four five six", toWidth: 160, fontSize: 16)
    #expect(clauses == ["one two three;", "four five six"])
    let words = Layout.wrapped("one two three four five six", toWidth: 200, fontSize: 16)
    #expect(words == ["one two three", "four five six"])
    #expect(Layout.wrapped("", toWidth: 100, fontSize: 16).isEmpty)
    #expect(Layout.wrapped("unbreakable", toWidth: 10, fontSize: 16) == ["unbreakable"])
  }

  /// A legend over the curves hides data.
  @Test func `Panels, legend and text stay clear of each other`() {
    for figure in [
      Charts.latencyCDF(.ttft, runs: PlottedRun.seven, scenario: "rag", limit: nil),
      Charts.againstSkipRatio(runs: PlottedRun.seven, scenario: "rag"),
      Charts.timeline(runs: PlottedRun.seven, showing: PlottedRun.seven.map(\.name), scenario: "rag"),
      Charts.busy(runs: [.constant("one", ttft: 1)], scenario: "rag"),
    ] {
      let layout = Layout(figure)
      for (i, panel) in layout.panels.enumerated() {
        #expect(panel.width > 150 && panel.height > 20 && panel.left > 0 && panel.bottom < layout.height - 40)
        #expect(panel.right < layout.legendCorner.x || panel.bottom < layout.legendCorner.y)
        for other in layout.panels[(i + 1)...] { #expect(!panel.overlaps(other)) }
      }
    }
  }

  @Test func `Labels of points overlap neither each other nor the marks`() throws {
    let figure = SyntheticStep.figure
    guard case .curves(let series) = figure.panels[0].content else { Issue.record("no curves"); return }
    let labels = LabelPlacement.labels(for: series, in: figure.panels[0], box: Layout(figure).panels[0])
    #expect(Set(labels.map(\.text)).count == 8)
    let boxes = labels.map { label in
      Layout.Box(
        left: label.x, top: label.y - 7,
        right: label.x + Layout.textWidth(label.text, fontSize: Layout.FontSize.small), bottom: label.y + 7)
    }
    for i in boxes.indices { for j in boxes.indices where j > i { #expect(!boxes[i].overlaps(boxes[j])) } }
  }
}
