public import CostModel
public import Metrics
public import Models
public import Quantities

/// What became of one variant in an experiment.
public struct VariantRun: Sendable {
  public var variant: Variant
  public var plan: LayerPlan
  public var memory: MemoryPlan
  public var figures: RunFigures
  /// Every request and every step; nil if they were not asked for.
  public var record: RunRecord?
  public var verdict: Objective.Verdict
  /// How long one thread of this machine took to simulate it. Goes into no result, or equal runs would differ.
  public var wallTime: Seconds

  public var name: String { variant.name }
  public var summary: Summary { figures.summary }

  public init(
    variant: Variant, plan: LayerPlan, memory: MemoryPlan, figures: RunFigures, record: RunRecord? = nil,
    verdict: Objective.Verdict, wallTime: Seconds
  ) {
    self.variant = variant
    self.plan = plan
    self.memory = memory
    self.figures = figures
    self.record = record
    self.verdict = verdict
    self.wallTime = wallTime
  }
}
