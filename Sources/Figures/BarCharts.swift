import Metrics
import Quantities

extension Charts {
  /// Where the mean time to first token goes, a bar a run.
  public static func attribution(runs: [PlottedRun], scenario: String) -> Figure {
    let causes = TTFTAttribution.causes
    let means = runs.map(\.summary.attribution)
    let scale = timeScale(means.compactMap { $0?.total.value }.max() ?? 0)
    let parts = causes.compactMap { cause in
      let values = means.map { $0.map { cause.time($0).value * scale.perSecond } ?? 0 }
      return values.contains { $0 > 0 }
        ? StackedBars.Part(name: cause.name, colour: cause.colour, values: values) : nil
    }
    let categories = runs.indices.map { i in
      StackedBars.Category(
        name: runs[i].legend, total: means[i].map { Finding.text($0.total.value) } ?? "no completed request",
        isProjection: runs[i].isProjection)
    }
    var title = "No completed request to explain"
    if let baseline = runs.baseline, let was = baseline.summary.attribution, was.total > 0,
      let cause = causes.max(by: { $0.time(was) < $1.time(was) })
    {
      let old = cause.time(was).value
      title =
        "\(sentence(cause.name)) \(Finding.percent(old / was.total.value)) of \(baseline.shortName)'s mean TTFT"
      if let best = runs.best(by: { $0.summary.attribution?.total.value }), let now = best.summary.attribution
      {
        let (before, after) = (Finding.text(old), Finding.text(cause.time(now).value))
        switch Finding.change(from: old, to: cause.time(now).value) {
        case .down: title += "; \(best.legend) cuts that from \(before) to \(after)"
        case .same: title += "; no variant changes it much (\(before))"
        case .up: title += "; with \(best.legend) it grows from \(before) to \(after)"
        }
      }
    }
    return Figure(
      name: Figure.fileName("ttft-parts", scenario), title: title,
      setting: "\(scenario): mean time to first token by cause; \(runs.requestsNote)",
      panels: [bars(parts, categories, label: "mean time to first token (\(scale.unit))")])
  }

  /// Where a step's time goes, a bar a run: milliseconds of the mean step, by kind of work. (GPU time for the same requests
  /// would say little: a replica that decodes is always busy, only its batches are smaller when its steps are shorter.)
  public static func busy(runs: [PlottedRun], scenario: String) -> Figure {
    var kinds: [String] = []
    for kind in runs.flatMap(\.figures.totals.busy).map(\.kind) where !kinds.contains(kind) {
      kinds.append(kind)
    }
    func time(_ run: PlottedRun, _ kind: String? = nil) -> Double {
      let times = run.figures.totals.busy.filter { kind == nil || $0.kind == kind }.map(\.time.value)
      return run.figures.steps == 0 ? 0 : times.reduce(0, +) * 1e3 / Double(run.figures.steps)
    }
    func row(_ kind: String) -> [Double] { runs.map { time($0, kind) } }
    // Largest first; what has no colour of its own left is summed up.
    kinds = kinds.filter { row($0).contains { $0 > 0 } }
      .sorted { (row($1).reduce(0, +), $0) < (row($0).reduce(0, +), $1) }
    let colours: [Colour] = [.blue, .orange, .green, .sky, .purple, .vermillion, .ink]
    var parts = zip(kinds, colours).map { StackedBars.Part(name: $0, colour: $1, values: row($0)) }
    let rest = kinds.dropFirst(colours.count)
    if !rest.isEmpty {
      let values = runs.map { run in rest.reduce(0) { $0 + time(run, $1) } }
      parts.append(StackedBars.Part(name: rest.joined(separator: ", "), colour: .grey, values: values))
    }
    let categories = runs.map { run in
      let total = time(run)
      return StackedBars.Category(
        name: run.legend, total: total > 0 ? "\(Finding.number(total)) ms" : "no step",
        isProjection: run.isProjection)
    }
    var title = "No step to explain"
    if let baseline = runs.baseline, let largest = kinds.max(by: { time(baseline, $0) < time(baseline, $1) }),
      time(baseline) > 0
    {
      let old = time(baseline)
      title =
        "\(sentence(largest)) takes \(Finding.percent(time(baseline, largest) / old)) of \(baseline.shortName)'s mean step"
      if let best = runs.best(by: { time($0) > 0 ? time($0) : nil }) {
        let new = time(best)
        switch Finding.change(from: old, to: new) {
        case .down: title += "; steps of \(best.legend) are \(Finding.percent(1 - new / old)) shorter"
        case .same: title += "; no variant has shorter steps"
        case .up: title += "; every variant has longer steps"
        }
      }
    }
    return Figure(
      name: Figure.fileName("step-time", scenario), title: title,
      setting: "\(scenario): time of the mean step by kind of work; \(runs.requestsNote)",
      panels: [bars(parts, categories, label: "time of the mean step (ms)")])
  }

  /// "Queue" → "Waiting in the queue is", as the start of a title.
  private static func sentence(_ cause: String) -> String {
    switch cause {
    case "queue": "Waiting in the queue is"
    case "own prefill": "The request's own prefill is"
    case "other requests": "Other requests in the batch are"
    default: Finding.capitalised(cause) + (cause == "front end" || cause == "preemption" ? " is" : "")
    }
  }

  private static func bars(
    _ parts: [StackedBars.Part], _ categories: [StackedBars.Category], label: String
  ) -> Panel {
    let totals = categories.indices.map { i in parts.reduce(0) { $0 + $1.values[i] } }
    // Room for the totals behind the bars.
    var x = Axis.fromZero(label, values: totals)
    x.range = 0...(x.range.upperBound * 1.12)
    return Panel(
      x: x, y: Axis(label: "", range: 0...1),
      content: .bars(StackedBars(categories: categories, parts: parts)))
  }

  private static func timeScale(_ largest: Double) -> (unit: String, perSecond: Double) {
    largest >= 10 ? ("s", 1) : ("ms", 1e3)
  }
}

extension TTFTAttribution {
  /// Its parts with their names and colours, as stacks show them.
  static var causes: [(name: String, colour: Colour, time: (TTFTAttribution) -> Seconds)] {
    [
      ("front end", .grey, \.frontEnd), ("queue", .vermillion, \.queue), ("own prefill", .blue, \.ownPrefill),
      ("other requests", .sky, \.interference), ("preemption", .purple, \.preemption),
    ]
  }
}
