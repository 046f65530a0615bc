import Metrics
public import Quantities

/// One kind of step and where its time goes under each variant.
public struct PlottedStep: Hashable, Sendable {
  /// "256 decodes", "prefill 8,192".
  public var batch: String
  /// One for each variant.
  public var splits: [Split]

  public struct Split: Hashable, Sendable {
    public var variant: PlottedVariant
    public var parts: [Part]

    public init(_ variant: PlottedVariant, parts: [Part]) {
      self.variant = variant
      self.parts = parts
    }

    var total: Double { parts.reduce(0) { $0 + ($1.time.value.isFinite ? $1.time.value : 0) } }
  }

  public struct Part: Hashable, Sendable {
    /// "GEMM", "prefill attention".
    public var kind: String
    public var time: Seconds

    public init(_ kind: String, _ time: Seconds) {
      self.kind = kind
      self.time = time
    }
  }

  public init(batch: String, splits: [Split]) {
    self.batch = batch
    self.splits = splits
  }
}

extension Charts {
  /// Where the time of typical steps goes, a panel a kind of step, a bar a variant.
  ///
  /// - Parameter deployment: what is looked at, for the subtitle: "Llama-3.1-8B-Instruct on H100-SXM-80GB".
  public static func stepBreakdown(_ steps: [PlottedStep], deployment: String, scenario: String) -> Figure {
    // Colours go by the order of all kinds, so that a kind keeps its own where others do not occur.
    let colours: [Colour] = [.blue, .orange, .green, .sky, .ink, .purple, .vermillion, .grey]
    var kinds: [(name: String, colour: Colour)] = []
    for part in steps.flatMap({ $0.splits.flatMap(\.parts) })
    where !kinds.contains(where: { $0.name == part.kind }) {
      kinds.append((part.kind, colours[min(kinds.count, colours.count - 1)]))
    }
    kinds.removeAll { kind in
      !steps.contains { $0.splits.contains { $0.parts.contains { $0.kind == kind.name && $0.time > 0 } } }
    }
    let panels = steps.map { step in
      func milliseconds(_ split: PlottedStep.Split, _ kind: String) -> Double {
        split.parts.filter { $0.kind == kind }.reduce(0) { $0 + $1.time.milliseconds }
      }
      return Panel(
        heading: Finding.capitalised(step.batch),
        x: roomy(
          .fromZero("time of the step (ms)", values: step.splits.map { $0.total * 1e3 }), behind: ["99.9 ms"]),
        y: Axis(label: "", range: 0...1),
        content: .bars(
          StackedBars(
            categories: step.splits.map { split in
              .init(
                name: split.variant.legend, total: "\(Finding.number(split.total * 1e3)) ms",
                isProjection: split.variant.isProjection)
            },
            parts: kinds.map { kind in
              .init(
                name: kind.name, colour: kind.colour, values: step.splits.map { milliseconds($0, kind.name) })
            })))
    }
    return Figure(
      name: Figure.fileName("step-breakdown", scenario), title: breakdownTitle(steps),
      setting: "\(scenario): time of typical steps by kind of work, \(deployment)", panels: panels)
  }

  private static func breakdownTitle(_ steps: [PlottedStep]) -> String {
    guard let step = steps.first, let first = step.splits.first else { return "No step to show" }
    guard let name = step.splits.best(of: \.variant, by: { -$0.total })?.variant else {
      return "The step of \(step.batch) takes \(Finding.text(first.total)) (\(first.variant.legend))"
    }
    // The same variant in all kinds: the one whose steps take least time together.
    func total(_ variant: PlottedVariant) -> Double {
      steps.reduce(0) { $0 + ($1.splits.first { $0.variant == variant }?.total ?? 0) }
    }
    let variants = step.splits.map(\.variant)
    let best = variants.best(of: { $0 }, by: { -total($0) }) ?? name
    let gains = steps.compactMap { step -> (batch: String, gain: Double)? in
      guard let old = step.splits.first(where: { $0.variant == first.variant })?.total, old > 0,
        let new = step.splits.first(where: { $0.variant == best })?.total
      else { return nil }
      return (step.batch, 1 - new / old)
    }.sorted { ($1.gain, $0.batch) < ($0.gain, $1.batch) }
    let shorter = gains.filter { $0.gain > Finding.noticeable }
    guard !shorter.isEmpty else { return "No variant has shorter steps than \(first.variant.legend)" }
    let rest = gains.dropFirst(shorter.count).map { ", \($0.batch) not at all" }.joined()
    return "\(best.legend) shortens steps of "
      + shorter.map { "\($0.batch) by \(Finding.percent($0.gain))" }.joined(separator: ", ") + rest
  }

  /// Mean time to first token by cause at several loads, a bar a load and variant; saturated loads are left out.
  public static func attributionAgainstLoad(
    _ curves: [PlottedLoadCurve], unit: PlottedLoadUnit = .requestRate, scenario: String
  ) -> Figure {
    let offered = Set(
      curves.flatMap { $0.loads.filter { $0.attribution != nil && !$0.isSaturated }.map(\.offered) }
    ).sorted()
    var bars: [(name: String, parts: TTFTAttribution, isProjection: Bool)] = []
    for amount in offered {
      for curve in curves {
        guard let load = curve.loads.first(where: { $0.offered == amount }), !load.isSaturated,
          let parts = load.attribution
        else { continue }
        bars.append(
          ("\(unit.shortText(amount))  \(curve.variant.shortName)", parts, curve.variant.isProjection))
      }
    }
    let longest = bars.map(\.parts.total.value).filter(\.isFinite).max() ?? 0
    let (time, scale) = longest >= 10 ? ("s", 1.0) : ("ms", 1e3)
    let causes = TTFTAttribution.causes
    let parts = causes.compactMap { cause in
      let values = bars.map { cause.time($0.parts).value * scale }
      return values.contains { $0 > 0 }
        ? StackedBars.Part(name: cause.name, colour: cause.colour, values: values) : nil
    }
    var title = "No load to explain"
    if let first = curves.first,
      let low = first.loads.first(where: { $0.attribution != nil && !$0.isSaturated }),
      let high = first.loads.last(where: { $0.attribution != nil && !$0.isSaturated }),
      let few = low.attribution,
      let many = high.attribution
    {
      func share(_ parts: TTFTAttribution) -> Double {
        parts.total > 0 ? (parts.queue + parts.interference + parts.preemption) / parts.total : 0
      }
      let (old, new) = (share(few), share(many))
      let (before, after) = (Finding.percent(old), Finding.percent(new))
      let whose = "\(first.variant.legend)'s mean TTFT"
      title =
        before == after
        ? "Waiting for others is \(before) of \(whose)"
        : "Waiting for others \(new > old ? "grows" : "falls") from \(before) to \(after) of \(whose) as load rises"
    }
    return Figure(
      name: Figure.fileName("ttft-parts-load", scenario), title: title,
      setting: "\(scenario): mean time to first token by cause, at loads that do not saturate",
      panels: [
        Panel(
          x: roomy(
            .fromZero("mean time to first token (\(time))", values: [longest * scale]), behind: ["999 ms"]),
          y: Axis(label: "", range: 0...1),
          content: .bars(
            StackedBars(
              categories: bars.map {
                .init(name: $0.name, total: Finding.text($0.parts.total.value), isProjection: $0.isProjection)
              }, parts: parts)))
      ])
  }
}
