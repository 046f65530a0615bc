public import CostModel
public import Metrics
public import Models
public import Quantities

/// What became of one variant in an experiment.
public struct VariantRun: Sendable {
  public var variant: Variant
  public var plan: LayerPlan
  public var memory: MemoryPlan
  public var record: RunRecord
  public var summary: Summary
  public var verdict: Objective.Verdict
  /// How long one thread of this machine took to simulate it. Goes into no result, or equal runs would differ.
  public var wallTime: Seconds

  public var name: String { variant.name }

  public init(
    variant: Variant, plan: LayerPlan, memory: MemoryPlan, record: RunRecord, summary: Summary,
    verdict: Objective.Verdict, wallTime: Seconds
  ) {
    self.variant = variant
    self.plan = plan
    self.memory = memory
    self.record = record
    self.summary = summary
    self.verdict = verdict
    self.wallTime = wallTime
  }
}
