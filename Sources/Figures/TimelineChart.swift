import Metrics
import Quantities

extension Charts {
  /// KV cache in use, running and waiting requests over time, a curve a run. Runs without a record have none.
  ///
  /// - Parameter names: the runs to show, by name. Empty: the baseline and the run with the lowest p99 TTFT, projections
  ///   aside.
  public static func timeline(runs: [PlottedRun], showing names: [String] = [], scenario: String) -> Figure {
    let shown = shownRuns(runs, names)
    let end = shown.map { runs[$0].lastMoment }.max() ?? 0.0
    let (unit, scale): (String, Double) = end > 10_800 ? ("h", 3600) : end > 900 ? ("min", 60) : ("s", 1)

    func series(_ figure: (PlottedRun) -> (StepRecord) -> Double) -> [Series] {
      shown.map { i in
        let run = runs[i]
        let means = run.means(figure(run))
        let look = runs.look(i)
        return Series(
          name: run.legend, points: means.map { Series.Point($0.time / scale, $0.mean) }, colour: look.colour,
          line: look.line)
      }
    }
    func panel(_ heading: String, _ content: [Series], y: Axis) -> Panel {
      let x = Axis(label: "time (\(unit))", range: 0...(end > 0 ? end / scale : 1))
      return Panel(heading: heading, x: x, y: y, content: .curves(content))
    }
    let running = series { _ in { Double($0.running) } }
    let waiting = series { _ in { Double($0.waiting) } }
    let cache = series { run in
      { 100 * Double($0.usedBlocks) / Double(max(1, run.figures.totals.totalBlocks)) }
    }
    func counts(_ series: [Series]) -> Axis {
      .fromZero("", values: series.flatMap { $0.points.map(\.y) }, isCount: true)
    }
    return Figure(
      name: Figure.fileName("timeline", scenario),
      title: timelineTitle(shown.map { runs[$0] }),
      setting: "\(scenario): state of the replica over time; \(runs.requestsNote)",
      panels: [
        panel(
          "KV cache in use (% of blocks)", cache,
          y: Axis(label: "", range: 0...102, ticks: [0, 25, 50, 75, 100].map { .init($0, "\(Int($0))") })),
        panel("Running requests", running, y: counts(running)),
        panel("Waiting requests", waiting, y: counts(waiting)),
      ])
  }

  private static func shownRuns(_ runs: [PlottedRun], _ names: [String]) -> [Int] {
    if !names.isEmpty { return runs.indices.filter { names.contains(runs[$0].name) } }
    let best = runs.best { $0.percentile(99, of: .ttft) }?.name
    return runs.indices.filter { $0 == runs.baselineIndex || runs[$0].name == best }
  }

  private static func timelineTitle(_ runs: [PlottedRun]) -> String {
    func peaks(_ run: PlottedRun) -> (waiting: Int, cache: Double) {
      (run.steps.map(\.waiting).max() ?? 0, run.peakCache)
    }
    guard let first = runs.baseline else { return "No runs to show" }
    guard runs.contains(where: { !$0.steps.isEmpty }) else { return "No step was run" }
    let old = peaks(first)
    guard let other = runs.best(by: { $0.percentile(99, of: .ttft) }) else {
      return "KV cache use peaks at \(Finding.percent(old.cache)); \(queue(old.waiting)) (\(first.shortName))"
    }
    let new = peaks(other)
    let waiting =
      old.waiting == new.waiting
      ? "\(Finding.capitalised(queue(old.waiting))) with \(other.legend), as with \(first.shortName)"
      : "With \(other.legend) \(queue(new.waiting)) instead of \(old.waiting)"
    let (was, now) = (Finding.percent(old.cache), Finding.percent(new.cache))
    return waiting
      + (was == now ? "; KV cache use peaks at \(now)" : "; KV cache use peaks at \(now) instead of \(was)")
  }

  private static func queue(_ longest: Int) -> String {
    switch longest {
    case 0: "no request waits"
    case 1: "at most 1 request waits"
    default: "at most \(longest) requests wait"
    }
  }
}

extension PlottedRun {
  fileprivate var steps: [StepRecord] { record?.steps ?? [] }

  /// The mean of a figure over time, summed over the replicas.
  fileprivate func means(_ figure: (StepRecord) -> Double) -> [(time: Double, mean: Double)] {
    var sum: [(time: Double, mean: Double)] = []
    for positions in record?.replicaSteps ?? [] {
      let own = StepTimeline.means(of: Array(steps[positions]), end: Seconds(lastMoment), figure)
      if sum.isEmpty {
        sum = own
      } else {
        for i in own.indices { sum[i].mean += own[i].mean }
      }
    }
    return sum
  }

  /// The largest share of its KV blocks that any replica had in use.
  fileprivate var peakCache: Double {
    guard let record else { return 0 }
    let shares = record.replicaSteps.enumerated().map { i, positions in
      let blocks =
        record.totals.replicas.isEmpty ? record.totals.totalBlocks : record.totals.replicas[i].totalBlocks
      return Double(record.steps[positions].map(\.usedBlocks).max() ?? 0) / Double(max(1, blocks))
    }
    return shares.max() ?? 0
  }

  /// When the last token arrived or the last step ended, in seconds from the start of the run.
  var lastMoment: Double {
    max(
      steps.lazy.map(\.end.value).max() ?? 0,
      record?.requests.lazy.compactMap { $0.finished?.value }.max() ?? 0)
  }
}
