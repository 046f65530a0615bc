import Foundation
import Metrics
import Quantities
import Testing

@testable import Figures

/// What a planner's figure says must follow from its data, whichever way it points.
@Suite("Planners' charts") struct PlannerChartTests {
  private let samples = PlannerSamples()

  private func curves(_ panel: Panel) -> [Series] {
    guard case .curves(let series) = panel.content else { return [] }
    return series
  }

  private func bars(_ panel: Panel) throws -> StackedBars {
    guard case .bars(let bars) = panel.content else {
      Issue.record("no bars")
      throw CancellationError()
    }
    return bars
  }

  private func map(_ panel: Panel) throws -> HeatMap {
    guard case .heatMap(let map) = panel.content else {
      Issue.record("no heat map")
      throw CancellationError()
    }
    return map
  }

  // MARK: Load

  @Test func `Medians are solid, tails dashed, saturated loads hollow, limits across`() {
    let figure = Charts.latencyAgainstLoad(
      samples.curves, scenario: "rag", objective: PlannerSamples.objective, level: 0.95)
    #expect(figure.panels.count == 2)
    let ttft = curves(figure.panels[0]).filter { $0.line != nil && !$0.points.isEmpty }
    #expect(ttft.map(\.line) == (0..<4).flatMap { _ in [.solid, .dashed] })
    #expect(ttft.allSatisfy { $0.points.filter(\.isHollow).map(\.x) == $0.points.suffix(1).map(\.x) })
    #expect(ttft.allSatisfy { Set($0.points.map(\.y)).count == 7 && $0.points[0].interval != nil })
    #expect(figure.panels.map { $0.references.map(\.value) } == [[2000], [50]])
    #expect(figure.panels.allSatisfy { $0.references.allSatisfy { $0.direction == .horizontal } })
    #expect(ttft.compactMap(\.endLabel).first == "baseline: 2.85/s")
    #expect(figure.note.hasPrefix("Bars span 95 % confidence intervals"))
    #expect(figure.title.contains("92 % more than baseline (2.85)"))
  }

  /// A variant has one colour in every figure, also where others are missing.
  @Test func `Colours follow the position of a variant, not its place in a figure`() {
    let all = Charts.goodputAgainstLoad(samples.curves, scenario: "s", objective: PlannerSamples.objective)
    let last = Charts.goodputAgainstLoad(
      Array(samples.curves.suffix(1)), scenario: "s", objective: PlannerSamples.objective)
    let colours = [all, last].map { figure in curves(figure.panels[1]).last { !$0.points.isEmpty }?.colour }
    #expect(colours[0] != nil && colours[0] == colours[1])
  }

  /// An objective may name p90 of one metric and p99 of another; both are dashed.
  @Test func `The key names the percentile of each metric`() {
    func key(_ tails: [(LatencyMetric, Double)]) -> [String] {
      let load = PlottedLoad(
        offered: 1,
        latencies: tails.flatMap { metric, percent in
          [50, percent].map { .init(metric, percent: $0, PlottedEstimate(0.1)) }
        })
      let curve = PlottedLoadCurve(PlottedVariant("v", position: 0), loads: [load])
      let figure = Charts.latencyAgainstLoad([curve], scenario: "s", objective: Objective(limits: []))
      return LegendEntry.entries(of: figure).map(\.name)
    }
    #expect(key([(.ttft, 99), (.tpot, 99)]) == ["p50", "p99"])
    #expect(key([(.ttft, 90), (.itl, 99)]) == ["p50", "p90 TTFT, p99 ITL"])
  }

  @Test func `The mark of a capacity lies on the curve whose limit binds`() throws {
    let variant = PlottedVariant("v", position: 0)
    func load(_ rate: Double, _ seconds: Double) -> PlottedLoad {
      PlottedLoad(
        offered: rate,
        latencies: [
          .init(.ttft, percent: 99, PlottedEstimate(seconds)),
          .init(.tpot, percent: 99, PlottedEstimate(0.01)),
        ])
    }
    let curve = PlottedLoadCurve(
      variant, loads: [load(4, 4), load(1, 1)], capacity: PlottedEstimate(2))
    let figure = Charts.latencyAgainstLoad([curve], scenario: "s", objective: PlannerSamples.objective)
    let knees = figure.panels.map {
      curves($0).filter { $0.marker == Marker(.diamond) && !$0.points.isEmpty }
    }
    #expect(knees.map(\.count) == [1, 0])
    // Straight in both logarithms: 1 s at 1/s and 4 s at 4/s give 2 s at 2/s.
    let knee = try #require(knees[0].first?.points.first)
    #expect(abs(knee.y - 2000) < 1e-6 && knee.x == 2)
  }

  @Test func `Who carries less is not said to carry more`() {
    func curve(_ name: String, _ position: Int, _ capacity: Double?) -> PlottedLoadCurve {
      PlottedLoadCurve(
        PlottedVariant(name, position: position), loads: [], capacity: capacity.map { PlottedEstimate($0) })
    }
    func title(_ a: Double?, _ b: Double?) -> String {
      Charts.capacityTitle(
        [curve("a", 0, a), curve("b", 1, b)], .requestRate, objective: PlannerSamples.objective
      )
      .replacingOccurrences(of: "\u{A0}", with: " ")
    }
    let within = "within p99 TTFT ≤ 2 s, p99 TPOT ≤ 50 ms"
    #expect(title(2, 3) == "b carries 3 requests/s \(within), 50 % more than a (2)")
    #expect(title(2, 2.01) == "b carries 2.01 requests/s \(within), hardly other than a (2)")
    #expect(title(3, 2) == "No variant carries more than a: 3 requests/s \(within)")
    #expect(title(nil, 2) == "b carries 2 requests/s \(within), a none")
    #expect(title(2, nil) == "a carries 2 requests/s \(within)")
    #expect(title(nil, nil) == "No load of those shown is \(within)")
  }

  // MARK: Pareto

  @Test func `The frontier has every point to which no other is better in both, and none else`() {
    func point(_ user: Double, _ gpu: Double) -> PlottedConfiguration.Point {
      .init(perUser: user, perGPU: gpu, concurrency: 1)
    }
    let points = [point(10, 100), point(20, 90), point(20, 80), point(15, 85), point(30, 10), point(5, 100)]
    #expect(Charts.frontier(points) == [point(10, 100), point(20, 90), point(30, 10)])
    #expect(Charts.frontier([]).isEmpty)
    #expect(Charts.frontier([point(1, 1), point(1, 1)]) == [point(1, 1)])
  }

  @Test func `Points beyond the objective are hollow and no part of the frontier`() {
    let figure = Charts.pareto(samples.configurations, scenario: "s")
    let series = curves(figure.panels[0])
    let missing = samples.configurations.flatMap(\.points).filter { !$0.isWithinObjective }
    #expect(series.dropFirst().flatMap(\.points).count(where: \.isHollow) == missing.count)
    #expect(series[0].line == .broad && series[0].points.allSatisfy { $0.x > 20 })
  }

  // MARK: Heat maps

  @Test
  func `Cells that cannot be told from no change are pale, saturated ones hatched and without a number`()
    throws
  {
    let figure = Charts.gainMap(
      samples.gains, of: samples.variants[1], against: samples.variants[0], what: "latency", rows: "load",
      scenario: "s", level: 0.95)
    let map = try map(figure.panels[0])
    for (row, cells) in zip(map.rows, samples.gains.cells) {
      for (cell, data) in zip(row, cells) {
        let isPale = !data.isSaturated && !data.estimate.excludesZero
        #expect(cell.mark == (data.isSaturated ? .hatched : isPale ? .pale : nil))
        #expect(cell.text.isEmpty == data.isSaturated)
      }
    }
    guard case .diverging(let reach) = map.scale else { Issue.record("not diverging"); return }
    #expect(map.rows.joined().filter { $0.mark == nil }.allSatisfy { abs($0.value) <= reach })
  }

  @Test func `No gain is white, gains and losses of one size are as dark`() {
    let scale = HeatMap.Scale.diverging(reach: 0.5)
    #expect(scale.colour(of: 0).integer == 0xFFFFFF && scale.colour(of: .nan).integer == 0xFFFFFF)
    #expect(scale.colour(of: -0.5) == scale.colour(of: -3))
    #expect(scale.colour(of: -0.4) != scale.colour(of: 0.4))
    #expect(scale.colour(of: 0.5).isDark && scale.colour(of: -0.5).isDark && !scale.colour(of: 0.1).isDark)
  }

  /// Read in grey print, a scale must have one direction.
  @Test(arguments: [HeatMap.Scale.sequential(0.01...10), .diverging(reach: 1)])
  func `Colours darken from one step to the next`(scale: HeatMap.Scale) {
    func grey(_ value: Double) -> Double {
      let colour = scale.colour(of: value)
      return 0.299 * colour.x + 0.587 * colour.y + 0.114 * colour.z
    }
    let values: [Double] =
      if case .sequential = scale { (0...30).map { 0.01 * pow(10, Double($0) / 10) } } else {
        (0...20).map { Double($0) / 20 }
      }
    for (a, b) in zip(values, values.dropFirst()) { #expect(grey(b) < grey(a)) }
    if case .diverging = scale {
      for (a, b) in zip(values, values.dropFirst()) { #expect(grey(-b) < grey(-a)) }
    }
  }

  @Test func `A dashed line parts what keeps the limit from what does not`() throws {
    let figure = Charts.ttftMap(samples.grids, statistic: "p99", scenario: "s", limit: 2)
    let map = try map(figure.panels[0])
    #expect(
      map.rows.joined().contains { $0.isWithinLimit } && map.rows.joined().contains { !$0.isWithinLimit })
    let script = FigureScript(figure, formats: [.svg]).text
    var edges = 0
    for panel in figure.panels {
      let rows = try self.map(panel).rows
      for y in rows.indices {
        for x in rows[y].indices {
          if x + 1 < rows[y].count, rows[y][x].isWithinLimit != rows[y][x + 1].isWithinLimit { edges += 1 }
          if y + 1 < rows.count, rows[y][x].isWithinLimit != rows[y + 1][x].isWithinLimit { edges += 1 }
        }
      }
    }
    #expect(script.components(separatedBy: "dashtype (5,3)").count == edges + 1)
    #expect(
      figure.panels.map { (try? self.map($0).ticks.isEmpty) ?? true } == [true, false],
      "one colour bar is enough")
  }

  // MARK: Memory, cost, fleets

  @Test func `As many requests fit as there are whole blocks for`() {
    let memory = PlottedMemory(
      PlottedVariant("v", position: 0), kvTokens: 1600, blockSize: 16, maxModelLen: 4096)
    #expect(
      memory.concurrency(at: 16) == 100 && memory.concurrency(at: 17) == 50
        && memory.concurrency(at: 1601) == 0)
    #expect(memory.concurrency(at: 0) == 0)
  }

  @Test func `A variant that meets the objective nowhere has no bar but a reason`() throws {
    let costs = [
      PlottedCost(samples.variants[0], perMillionTokens: PlottedEstimate(.infinity)),
      PlottedCost(samples.variants[1], perMillionTokens: PlottedEstimate(0.5, lower: 0.4, upper: 0.7)),
    ]
    let figure = Charts.cost(costs, currency: "$", pricing: "p", scenario: "s", level: 0.95)
    let bars = try bars(figure.panels[0])
    #expect(bars.categories.map(\.total) == ["meets the objective at no load", "$0.500 ($0.400 to $0.700)"])
    #expect(bars.categories.map(\.interval) == [nil, 0.4...0.7])
    #expect(figure.title.hasPrefix("baseline meets the objective at no load, swiftkv-50 costs $0.500"))
  }

  @Test func `Staircases end where one of them does, and the title counts there`() {
    let fleets = [
      PlottedFleet(samples.variants[0], steps: (1...5).map { .init(upTo: Double($0), gpus: $0) }),
      PlottedFleet(samples.variants[1], steps: (1...5).map { .init(upTo: Double($0) * 2, gpus: $0) }),
    ]
    let figure = Charts.gpusNeeded(fleets, scenario: "s", objective: PlannerSamples.objective)
    #expect(figure.title == "5 requests/s need 5 GPUs with baseline, 3 with swiftkv-50")
    let series = curves(figure.panels[0])
    #expect(series.map { $0.points.last?.x } == [5, 5] && series.map { $0.points.last?.y } == [5, 3])
    #expect(zip(series[0].points, series[0].points.dropFirst()).allSatisfy { $0.x == $1.x || $0.y == $1.y })
  }

  @Test func `Kinds of work keep their colours where some do not occur`() throws {
    let figure = Charts.stepBreakdown(samples.steps, deployment: "d", scenario: "s")
    let looks = try figure.panels.map { panel in try bars(panel).parts.map { "\($0.name) \($0.colour)" } }
    #expect(Set(looks).count == 1)
    for (panel, step) in zip(figure.panels, samples.steps) {
      let bars = try bars(panel)
      for (i, split) in step.splits.enumerated() {
        let sum = bars.parts.reduce(0) { $0 + $1.values[i] }
        #expect(abs(sum / (split.total * 1e3) - 1) < 1e-9)
      }
    }
  }

  @Test func `The parts of a load's bar add up to its mean`() throws {
    let curves = Array(samples.curves.prefix(2))
    let figure = Charts.attributionAgainstLoad(curves, scenario: "s")
    let bars = try bars(figure.panels[0])
    let shown = curves.flatMap(\.loads).filter { !$0.isSaturated }.sorted { $0.offered < $1.offered }
    #expect(bars.categories.count == shown.count)
    // Queue 0.1 × 1/(1 − 0.25), own prefill 0.7, others as the queue, and 4 ms of front end, in units of 350 ms.
    #expect(figure.title.hasPrefix("Waiting for others grows from 27 % to "))
    for (i, load) in shown.enumerated() {
      let total = try #require(load.attribution).total.milliseconds
      #expect(abs(bars.parts.reduce(0) { $0 + $1.values[i] } / total - 1) < 1e-9)
    }
  }
}
