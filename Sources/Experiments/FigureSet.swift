import CostModel
public import Figures
import Hardware
public import Metrics
public import Models
import Quantities
public import Results

/// The figures of one experiment.
public enum FigureSet {
  /// Every figure that the runs allow; empty without runs. All runs are of one scenario. The time line shows those whose steps were kept.
  public static func figures(_ runs: [PlottedRun], scenario: String, objective: Objective) -> [Figure] {
    guard !runs.isEmpty else { return [] }
    func limit(_ metric: LatencyMetric) -> Seconds? { objective.limits.first { $0.metric == metric }?.limit }
    var figures = [
      Charts.latencyCDF(.ttft, runs: runs, scenario: scenario, limit: limit(.ttft)),
      Charts.latencyCDF(.tpot, runs: runs, scenario: scenario, limit: limit(.tpot)),
      Charts.attribution(runs: runs, scenario: scenario),
      Charts.busy(runs: runs, scenario: scenario),
    ]
    let recorded = contrast(runs.filter { $0.record != nil }).map(\.name)
    if !recorded.isEmpty {
      figures.insert(Charts.timeline(runs: runs, showing: recorded, scenario: scenario), at: 2)
    }
    if runs.count > 1 { figures.append(Charts.againstSkipRatio(runs: runs, scenario: scenario)) }
    return figures
  }

  /// The figures of runs from the database.
  public static func figures(ofStored runs: [(RunDescription, StoredContent)]) -> [Figure] {
    guard let first = runs.first else { return [] }
    let objective = StoredRuns.scenario(of: first.0)?.objective ?? Objective(limits: [])
    let names = Set(runs.map(\.0.scenarioName)).sorted()
    return figures(
      runs.map { PlottedRun($0.0, $0.1) }, scenario: names.joined(separator: " and "),
      objective: objective)
  }

  /// The first run, and the one nearest to half the layers skipped among those that can be run today: two time lines can
  /// be told apart, seven cannot.
  static func contrast(_ runs: [PlottedRun]) -> [PlottedRun] {
    let rest = runs.dropFirst().filter { !$0.isProjection && !$0.usesFP8KV }
    guard
      let second = rest.min(by: { abs($0.skipPercent - 50) < abs($1.skipPercent - 50) })
        ?? runs.dropFirst().first
    else { return runs }
    return [runs[0], second]
  }

  /// The mixed step of each variant against the device's roofs.
  public static func rooflines(_ inspection: Inspection) -> [Figure] {
    let scenario = inspection.scenario
    let device = scenario.device.spec
    return inspection.variants.compactMap { variant in
      guard let step = variant.steps.last else { return nil }
      let total = step.time.total
      let points = Inspection.merged(step.kernels).map { kernel in
        RooflinePoint(
          label: kernel.name, flops: kernel.flops, bytes: kernel.bytes, time: kernel.time,
          share: kernel.time / total, group: kernel.cost.bound.rawValue)
      }
      // Attention and the LM head compute in 16 bit also where the layers' matrices are FP8.
      var ceilings =
        device.fp32.map { [ComputeCeiling(label: "FP32 \($0)", rate: $0)] }
        ?? [ComputeCeiling(label: "BF16 \(device.bf16)", rate: device.bf16)]
      if variant.weightPrecision == .fp8, let fp8 = device.fp8 {
        ceilings.append(ComputeCeiling(label: "FP8 \(fp8)", rate: fp8))
      }
      let name = variant.variant.name
      return Charts.roofline(
        points: points, ceilings: ceilings, bandwidth: device.memoryBandwidth,
        step: "\(step.batch.label) tokens, \(name), \(scenario.model.name.split(separator: "/").last ?? "")",
        name: fileName("roofline-\(scenario.name)-\(name)"))
    }
  }

  /// A scenario's name may hold anything; a file's may not.
  static func fileName(_ text: String) -> String {
    String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
  }

  /// The variants whose step is worth a picture of its own, see `contrast(_:)`.
  public static func contrastedVariants(_ runs: [VariantRun]) -> [Variant] {
    let names = Set(contrast(runs.map { PlottedRun($0) }).map(\.name))
    return runs.filter { names.contains($0.name) }.map(\.variant)
  }
}

extension PlottedRun {
  public init(_ run: VariantRun) {
    self.init(run.variant, skipPercent: run.skipPercent, figures: run.figures, record: run.record)
    guard run.groups.count > 1 else { return }
    name = run.name
    isProjection = run.isProjection
    usesFP8KV = run.groups.contains { $0.variant.kvPrecision == .fp8 }
  }

  /// A run from the database.
  public init(_ description: RunDescription, _ content: StoredContent) {
    let figures = StoredRuns.figures(description, content)
    guard let variant = try? Variant(name: description.variantName) else {
      self.init(
        name: description.variantName, skipPercent: description.skipPercent,
        isProjection: description.isProjection,
        usesFP8KV: false, groupSize: 1, figures: figures, record: content.record)
      return
    }
    self.init(variant, skipPercent: description.skipPercent, figures: figures, record: content.record)
  }

  private init(_ variant: Variant, skipPercent: Double, figures: RunFigures, record: RunRecord?) {
    var group = 1
    if case .swiftKV(_, let size) = variant.technique { group = size }
    self.init(
      name: variant.name, skipPercent: skipPercent, isProjection: variant.isProjection,
      usesFP8KV: variant.kvPrecision == .fp8, groupSize: group, figures: figures, record: record)
  }
}
