import Metrics
import Quantities
import Testing

@testable import Figures

/// What a figure says must follow from its runs, whichever way they point.
@Suite("charts") struct ChartTests {
  @Test("a title tells a gain, a loss and no change apart") func findings() {
    let baseline = PlottedRun.constant("baseline", ttft: 2)
    func title(_ ttft: Double) -> String {
      var other = PlottedRun.constant("swiftkv-50", ttft: ttft)
      other.skipPercent = 50
      return Charts.latencyCDF(.ttft, runs: [baseline, other], scenario: "x", limit: nil).title
    }
    #expect(title(0.5) == "swiftkv-50 cuts p99 TTFT from 2 s to 500 ms")
    #expect(title(1.99) == "P99 TTFT hardly changes: 2 s for baseline, 1.99 s for swiftkv-50")
    #expect(title(4) == "No variant lowers p99 TTFT: 2 s for baseline, 4 s or more otherwise")
  }

  @Test("a projection never carries the finding while anything else can") func projections() {
    var projection = PlottedRun.constant("swiftkv-50-across2", ttft: 0.1)
    (projection.isProjection, projection.groupSize, projection.skipPercent) = (true, 2, 50)
    var real = PlottedRun.constant("swiftkv-25", ttft: 1)
    real.skipPercent = 25
    let runs = [PlottedRun.constant("baseline", ttft: 2), projection, real]
    let figure = Charts.latencyCDF(.ttft, runs: runs, scenario: "x", limit: 1)
    #expect(figure.title.hasPrefix("swiftkv-25 cuts"))
    guard case .curves(let curves) = figure.panels[0].content else {
      Issue.record("no curves")
      return
    }
    #expect(curves.map(\.name) == ["baseline", "swiftkv-50-across2 (projection)", "swiftkv-25"])
    #expect(curves[1].line == .dashed && curves[1].marker?.isHollow == true)
    #expect(figure.panels[0].references.map(\.value) == [1000])
    let alone = Charts.latencyCDF(.ttft, runs: Array(runs.prefix(2)), scenario: "x", limit: nil)
    #expect(alone.title.hasPrefix("swiftkv-50-across2 (projection) cuts"))
  }

  @Test("the seven runs of a comparison look different from one another") func looks() {
    let runs = PlottedRun.seven
    #expect(Set(runs.indices.map { runs.look($0).colour }).count == 7)
  }

  @Test(
    "a distribution curve ascends, ends at one, keeps the tail and stays short", arguments: [1, 3, 150, 5000])
  func cumulative(count: Int) {
    let distribution = Distribution((0..<count).map { Double(($0 * 7919) % count + 1) })
    let points = CumulativeCurve.points(of: distribution)
    #expect(points.count <= CumulativeCurve.pointLimit + 2)
    #expect(points.last?.share == 1 && points.last?.value == Double(count))
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.value <= $1.value && $0.share <= $1.share })
    // Every point lies on the distribution itself.
    for point in points.dropFirst(2) where count > 200 {
      #expect(abs(distribution.fraction(atMost: point.value) - point.share) < 1e-12)
    }
  }

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
    let expected = run.record.busy.reduce(0) { $0 + $1.time.milliseconds } / Double(run.record.steps.count)
    #expect(abs(total / expected - 1) < 1e-9)
  }

  @Test("the roofline's title is the largest group; work without arithmetic is named, not drawn")
  func roofline() {
    let figure = SyntheticStep.figure
    #expect(figure.title.hasPrefix("Arithmetic sets 87 %"), "\(figure.title)")
    #expect(figure.note.contains("1 %") || figure.note.contains("0.7 %"), "\(figure.note)")
    guard case .curves(let series) = figure.panels[0].content else {
      Issue.record("no curves")
      return
    }
    let marks = series.filter { $0.marker != nil }.flatMap(\.points)
    #expect(marks.count == 8)
    let gateUp = marks.first { $0.label?.hasPrefix("gate-up") == true }
    #expect(abs((gateUp?.y ?? 0) - 687.5) < 0.1, "7.7 TFLOP in 11.2 ms")
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
