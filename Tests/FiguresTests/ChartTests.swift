import Metrics
import Quantities
import Testing

@testable import Figures

/// What a figure says must follow from its runs, whichever way they point.
@Suite("charts") struct ChartTests {
  @Test("skip ratio: plain runs on the line, others beside it, ticks at every ratio") func skipRatio() {
    let figure = Charts.againstSkipRatio(runs: PlottedRun.seven, scenario: "rag")
    #expect(figure.panels.count == 3)
    guard case .curves(let series) = figure.panels[0].content else {
      Issue.record("no curves")
      return
    }
    #expect(series.prefix(2).allSatisfy { $0.points.map(\.x) == [0, 25, 40, 50, 62.5] })
    #expect(series.dropFirst(2).allSatisfy { $0.points.allSatisfy { $0.x == 50 } && $0.line == nil })
    #expect(figure.panels[0].x.ticks.map(\.label) == ["0", "25", "40", "50", "62.5"])
    var crowded = PlottedRun.seven
    crowded[2].skipPercent = 46.875
    let ticks = Charts.againstSkipRatio(runs: crowded, scenario: "rag").panels[0].x.ticks
    #expect(ticks.map(\.label) == ["0", "25", "46.9", "", "62.5"], "labels do not touch")
  }

  @Test("the parts of TTFT are the summary's means and the bars add up to them") func parts() throws {
    let runs = PlottedRun.seven
    let figure = Charts.attribution(runs: runs, scenario: "rag")
    guard case .bars(let bars) = figure.panels[0].content else {
      Issue.record("no bars")
      return
    }
    for (i, run) in runs.enumerated() {
      let total = bars.parts.reduce(0) { $0 + $1.values[i] }
      let mean = try #require(run.summary.attribution).total.milliseconds
      #expect(abs(total / mean - 1) < 1e-9)
    }
    #expect(bars.categories.map(\.isProjection) == runs.map(\.isProjection))
    #expect(
      !bars.parts.contains { $0.name == "preemption" }, "a cause that never occurred is not in the legend")
  }

  @Test("a step's bar is the busy time over the steps") func busy() {
    let run = PlottedRun.seven[0]
    guard case .bars(let bars) = Charts.busy(runs: [run], scenario: "rag").panels[0].content else {
      Issue.record("no bars")
      return
    }
    let total = bars.parts.reduce(0) { $0 + $1.values[0] }
    let expected = run.figures.totals.busy.reduce(0) { $0 + $1.time.milliseconds } / Double(run.figures.steps)
    #expect(abs(total / expected - 1) < 1e-9)
  }

  @Test("a run without completed requests, one request, equal values, zeros and huge values all give figures")
  func degenerate() {
    let cases: [[PlottedRun]] = [
      [.empty], [.empty, .constant("swiftkv-50", ttft: 1)], [.constant("baseline", ttft: 1, count: 1)],
      [.constant("baseline", ttft: 0)],
      [.constant("baseline", ttft: 1e7), .constant("swiftkv-50", ttft: 1e-7)], [],
    ]
    for runs in cases {
      let figures = [
        Charts.latencyCDF(.ttft, runs: runs, scenario: "x", limit: nil),
        Charts.latencyCDF(.tpot, runs: runs, scenario: "x", limit: 1),
        Charts.attribution(runs: runs, scenario: "x"),
        Charts.busy(runs: runs, scenario: "x"), Charts.againstSkipRatio(runs: runs, scenario: "x"),
        Charts.timeline(runs: runs, showing: runs.map(\.name), scenario: "x"),
      ]
      for figure in figures {
        #expect(!figure.title.isEmpty)
        for statement in FigureScript(figure, formats: [.svg]).statements {
          if case .block(let name, let rows) = statement {
            #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) }, "\(figure.name), \(name)")
          }
        }
      }
    }
  }
}
