import Foundation
import Metrics
import Quantities
import Testing

@testable import Figures

/// Figures of data that nobody wants to see still are figures.
@Suite("Planners' charts of odd data") struct PlannerOddDataTests {
  static let nothing: [Figure] = [
    Charts.latencyAgainstLoad([], scenario: "s", objective: Objective(limits: [])),
    Charts.goodputAgainstLoad([], scenario: "s", objective: Objective(limits: [])),
    Charts.pareto([], scenario: "s"), Charts.ttftMap([], statistic: "p99", scenario: "s", limit: nil),
    Charts.gainMap(
      PlottedGrid(columns: [], rows: [], cells: []), of: PlottedVariant("b", position: 1),
      against: PlottedVariant("a", position: 0), what: "w", rows: "r", scenario: "s", level: 0.95),
    Charts.kvCapacity([], maxNumSeqs: 0, scenario: "s"),
    Charts.cost([], currency: "$", pricing: "", scenario: "s"),
    Charts.gpusNeeded([], scenario: "s", objective: Objective(limits: [])),
    Charts.gpusOverDay([], scenario: "s", objective: Objective(limits: [])),
    Charts.attributionAgainstLoad([], scenario: "s"), Charts.stepBreakdown([], deployment: "", scenario: "s"),
  ]

  /// One point of a curve, one cell, one step; with a value that is no number, none, or beyond all bounds.
  static func single(_ value: Double, isSaturated: Bool) -> [Figure] {
    let variant = PlottedVariant("it's_50 %{x}^@~&<>\\ \"`ls`\n€", position: 0, isProjection: true)
    let estimate = PlottedEstimate(value, lower: value / 2, upper: value * 2)
    let load = PlottedLoad(
      offered: value, isSaturated: isSaturated, latencies: [.init(.ttft, percent: 99, estimate)],
      goodput: estimate,
      attainment: estimate,
      attribution: TTFTAttribution(
        frontEnd: 0, queue: Seconds(value), ownPrefill: 0, preemption: 0, interference: 0))
    let curve = PlottedLoadCurve(variant, loads: [load], capacity: estimate)
    let grid = PlottedGrid(
      columns: [.init(1, "1")], rows: [.init(1, "1")], cells: [[.init(estimate, isSaturated: isSaturated)]])
    let objective = PlannerSamples.objective
    return [
      Charts.latencyAgainstLoad([curve], scenario: "s", objective: objective, level: 0.95),
      Charts.goodputAgainstLoad([curve], scenario: "s", objective: objective, level: 0.95),
      Charts.pareto(
        [
          PlottedConfiguration(
            variant, gpus: 1, points: [.init(perUser: value, perGPU: value, concurrency: 1)])
        ],
        scenario: "s"),
      Charts.ttftMap([(variant, grid)], statistic: "p99", scenario: "s", limit: 2),
      Charts.gainMap(
        grid, of: variant, against: variant, what: "w", rows: "r", scenario: "s", level: 0.95),
      Charts.kvCapacity(
        [
          PlottedMemory(
            variant, kvTokens: value.isFinite ? Int(min(value, 1e9)) : 0, blockSize: 16, maxModelLen: 1)
        ],
        maxNumSeqs: 1, scenario: "s"),
      Charts.cost(
        [PlottedCost(variant, perMillionTokens: estimate)], currency: "$", pricing: "p", scenario: "s",
        level: 0.95),
      Charts.gpusNeeded(
        [PlottedFleet(variant, steps: [.init(upTo: value, gpus: 1)])], scenario: "s", objective: objective),
      Charts.gpusOverDay(
        [
          PlottedDay(
            variant, hours: [.init(from: 0, traffic: value, gpus: 1)], staticGPUs: 1, elasticGPUHours: value,
            staticGPUHours: 24)
        ], scenario: "s", objective: objective),
      Charts.attributionAgainstLoad([curve], scenario: "s"),
      Charts.stepBreakdown(
        [PlottedStep(batch: "b", splits: [.init(variant, parts: [.init("GEMM", Seconds(value))])])],
        deployment: "d",
        scenario: "s"),
    ]
  }

  static let values: [Double] = [0, 1, 1e-9, 1e12, .nan, .infinity]

  static var all: [Figure] {
    nothing + values.flatMap { value in [false, true].flatMap { single(value, isSaturated: $0) } }
      + [1, 12].flatMap { count in
        PlannerSamples(names: (0..<count).map { "variant-\($0)-" + String(repeating: "long", count: 30) })
          .figures
      }
  }

  @Test func `Every figure has a title, finite data, and panels that stay clear of each other`() {
    for figure in Self.all {
      #expect(
        !figure.title.isEmpty && !figure.title.contains("nan") && !figure.title.contains("inf"),
        "\(figure.title)")
      let layout = Layout(figure)
      for (i, panel) in layout.panels.enumerated() {
        #expect(panel.width > 100 && panel.height > 20 && panel.bottom < layout.height - 40, "\(figure.name)")
        for other in layout.panels[(i + 1)...] { #expect(!panel.overlaps(other)) }
      }
      for statement in FigureScript(figure, formats: [.svg]).statements {
        if case .block(let name, let rows) = statement {
          #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) }, "\(figure.name), \(name)")
        }
      }
    }
  }

  @Test func `Names at the ends of curves neither overlap nor leave the panel`() {
    for count in [1, 4, 12] {
      let samples = PlannerSamples(names: (0..<count).map { "v\($0)" })
      let figure = Charts.latencyAgainstLoad(
        samples.curves, scenario: "s", objective: PlannerSamples.objective)
      let layout = Layout(figure)
      for (panel, box) in zip(figure.panels, layout.panels) {
        guard case .curves(let series) = panel.content else { continue }
        let labels = EndLabels(series, in: panel, box: box).labels
        #expect(labels.count == count)
        for (a, b) in zip(labels, labels.dropFirst()) { #expect(b.y - a.y > EndLabels.lineHeight - 1e-6) }
        #expect(labels.allSatisfy { $0.y > box.top - 8 && $0.y < box.bottom + 8 })
      }
    }
  }

  @Test func `A label at a limit keeps off the curves`() {
    func side(_ points: [Series.Point]) -> String {
      let panel = Panel(
        x: Axis(label: "", range: 0...10), y: Axis(label: "", range: 0...10),
        content: .curves([Series(name: nil, points: points, colour: .blue)]),
        references: [ReferenceLine(at: 5, label: "objective", direction: .horizontal)])
      let script = FigureScript(
        Figure(name: "f", title: "t", setting: "", panels: [panel]), formats: [.svg]
      ).text
      return script.split(separator: "\n").first { $0.contains("'objective'") }.map(String.init) ?? ""
    }
    #expect(side([.init(0, 0), .init(10, 10)]).contains(" left offset"))
    #expect(side([.init(0, 5.3), .init(1.5, 5.3), .init(9.9, 1)]).contains(" right offset"))
  }
}
