public import CostModel
public import Models
import Quantities
import Serving

/// What a scenario's deployments look like before anything is simulated: layers, memory, times of typical steps.
public struct Inspection: Sendable {
  public let scenario: Scenario
  /// In the order asked for.
  public let variants: [Inspected]

  public struct Inspected: Sendable {
    public var variant: Variant
    public var plan: LayerPlan
    public var memory: MemoryPlan
    /// Storage of the layers' matrices.
    public var weightPrecision: Precision
    public var steps: [Step]
  }

  /// One typical batch and its kernels.
  public struct Step: Sendable {
    public var batch: TypicalBatch
    public var time: StepTime
    public var work: StepWork
    public var kernels: [KernelLine]
  }

  /// - Throws: ``ExperimentError`` if a variant does not fit the model, or a model the device.
  public init(_ scenario: Scenario, variants: [Variant]) throws(ExperimentError) {
    var problems: [String] = []
    let fleets = Experiment.fleets(scenario, variants, &problems)
    guard problems.isEmpty else { throw ExperimentError(problems: problems) }
    self.scenario = scenario
    var seen: [String: Inspected] = [:]
    var order: [String] = []
    for (variant, fleet) in zip(variants, fleets) {
      for (own, _) in scenario.fleet.variants(for: variant) where seen[own.name] == nil {
        guard let member = fleet.members.first(where: { $0.variant == own.name }) else { continue }
        seen[own.name] = Self.inspected(own, member.deployment)
        order.append(own.name)
      }
    }
    self.variants = order.compactMap { seen[$0] }
  }

  private static func inspected(_ variant: Variant, _ deployment: Deployment) -> Inspected {
    // Costs are tabulated on first use, so asking for them needs a copy of its own.
    var cost = deployment.cost
    let steps = TypicalBatch.all(for: deployment).map { batch in
      Step(
        batch: batch, time: cost.time(of: batch.shape), work: cost.work(of: batch.shape),
        kernels: cost.kernels(of: batch.shape))
    }
    return Inspected(
      variant: variant, plan: deployment.plan, memory: deployment.memory,
      weightPrecision: cost.weightPrecision,
      steps: steps)
  }
}

/// What is printed.
extension Inspection {
  public var heading: String {
    let context =
      variants.map { min(TypicalBatch.context, $0.memory.maxModelLen) }.max() ?? TypicalBatch.context
    return
      "\(scenario.name): \(Headline.deployment(scenario)); decodes read \(NumberText.grouped(context)) tokens of "
      + "context each"
  }

  /// Layers, memory, step times and their split, one row a variant.
  public var tables: [ReportTable] { [layers, memory, stepTimes] + splits }

  private var layers: ReportTable {
    ReportTable(
      columns: [
        "layers", "run by all tokens", "by survivors", "with a KV cache", "GFLOP/prompt token",
        "KV bytes/token",
      ],
      rows: variants.map { v in
        [
          label(v), "\(v.plan.fullLayers)", "\(v.plan.survivorLayers)", "\(v.plan.cachedLayers)",
          NumberText.significant(v.plan.linearFLOPsPerPromptToken.value / 1e9),
          NumberText.grouped(Int(v.plan.keyValueBytesPerToken.value)),
        ]
      })
  }

  private var memory: ReportTable {
    func gib(_ bytes: Bytes) -> String { NumberText.significant(bytes.gibibytes) }
    return ReportTable(
      columns: [
        "memory (GiB a GPU)", "usable", "weights", "activations", "other", "KV cache", "KV blocks",
        "KV tokens",
        "sequences",
      ],
      rows: variants.map { v in
        let m = v.memory
        return [
          label(v), gib(m.requested), gib(m.weights), gib(m.activations), gib(m.nonTorch + m.graphs),
          gib(m.blockBytes * Double(m.numGPUBlocks)), NumberText.grouped(m.numGPUBlocks),
          NumberText.grouped(m.kvCacheTokens), NumberText.significant(m.maxConcurrency),
        ]
      })
  }

  private var stepTimes: ReportTable {
    ReportTable(
      columns: ["step time (ms)"]
        + (variants.first?.steps ?? []).map { NumberText.cell($0.batch.label, change: "") },
      rows: variants.map { v in
        [label(v)]
          + v.steps.enumerated().map { i, step in
            let base = variants[0].steps[i].time.total.value
            let change =
              v.variant.name == variants[0].variant.name
              ? "" : NumberText.change(step.time.total.value, from: base)
            return NumberText.cell(NumberText.significant(step.time.total.milliseconds), change: change)
          }
      }, better: .lower)
  }

  /// Where the time of each typical step goes, in ms.
  private var splits: [ReportTable] {
    (variants.first?.steps ?? []).indices.map { i in
      let parts = StepPart.allCases.filter { part in variants.contains { $0.steps[i].time[part] > 0 } }
      return ReportTable(
        columns: ["\(variants[0].steps[i].batch.label) (ms)"] + parts.map(\.label),
        rows: variants.map { v in
          [label(v)] + parts.map { NumberText.significant(v.steps[i].time[$0].milliseconds) }
        })
    }
  }

  /// Every kernel of one typical batch, in the order of the step; nil if the variant has no such batch.
  public func kernels(of variant: Inspected, in kind: TypicalBatch.Kind) -> ReportTable? {
    guard let step = variant.steps.first(where: { $0.batch.kind == kind }) else { return nil }
    let total = step.time.total
    return ReportTable(
      columns: [
        "\(variant.variant.name): \(step.batch.label)", "bound", "launches", "GFLOP", "MB", "FLOP/byte",
        "time (µs)",
        "share",
      ],
      rows: Self.merged(step.kernels).map { kernel in
        let intensity =
          kernel.bytes > 0 ? NumberText.significant(kernel.flops.value / kernel.bytes.value) : "–"
        return [
          kernel.name, kernel.cost.bound.rawValue, "\(kernel.launches)",
          NumberText.significant(kernel.flops.value / 1e9), NumberText.significant(kernel.bytes.value / 1e6),
          intensity, NumberText.significant(kernel.time.value * 1e6), NumberText.percent(kernel.time / total),
        ]
      }, textColumns: 2)
  }

  /// Layers of different kinds run some of the same kernels; a reader wants them once.
  static func merged(_ kernels: [KernelLine]) -> [KernelLine] {
    var merged: [KernelLine] = []
    for kernel in kernels {
      if let i = merged.firstIndex(where: { $0.name == kernel.name && $0.cost == kernel.cost }) {
        merged[i].launches += kernel.launches
      } else {
        merged.append(kernel)
      }
    }
    return merged
  }

  public var footnotes: [String] {
    let projection = variants.contains { $0.variant.isProjection } ? ["* \(Headline.projection)"] : []
    return projection + [ExpectedError(scenario, plans: variants.map(\.plan), like: nil).text]
  }

  private func label(_ v: Inspected) -> String { v.variant.name + (v.variant.isProjection ? " *" : "") }
}
