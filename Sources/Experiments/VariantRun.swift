public import CostModel
public import Metrics
public import Models
public import Quantities
import Serving

/// What became of one variant in an experiment.
public struct VariantRun: Sendable {
  /// The replicas by variant, at least one group.
  public var groups: [ReplicaGroup]
  /// Of the run with the scenario's own seed.
  public var figures: RunFigures
  /// Of the further replications, in order of their numbers from 1.
  public var furtherFigures: [RunFigures]
  /// Every request and every step of the run with the scenario's own seed; nil if they were not asked for.
  public var record: RunRecord?
  public var verdict: Objective.Verdict
  /// How long one thread of this machine took to simulate it. Goes into no result, or equal runs would differ.
  public var wallTime: Seconds

  /// Of the first group.
  public var variant: Variant { groups[0].variant }
  public var plan: LayerPlan { groups[0].plan }
  public var memory: MemoryPlan { groups[0].memory }

  /// That of the variant; "2×baseline+2×swiftkv-50" where replicas differ.
  public var name: String { FleetSpec.name(groups.map { ($0.variant, $0.count) }) }
  public var replicas: Int { groups.reduce(0) { $0 + $1.count } }
  /// Whether some replica runs what no public serving code does.
  public var isProjection: Bool { groups.contains { $0.variant.isProjection } }
  /// Share of layers that prompt tokens skip, 0 ... 100, averaged over the replicas.
  public var skipPercent: Double {
    groups.reduce(0) { $0 + $1.plan.skipRatio * 100 * Double($1.count) } / Double(replicas)
  }
  public var summary: Summary { figures.summary }
  /// What reports show: means over replications, if there are any.
  public var replicated: ReplicatedFigures { ReplicatedFigures([figures] + furtherFigures) }

  public init(
    groups: [ReplicaGroup], figures: RunFigures, furtherFigures: [RunFigures] = [],
    record: RunRecord? = nil, verdict: Objective.Verdict, wallTime: Seconds
  ) {
    precondition(!groups.isEmpty, "a run has replicas")
    self.groups = groups
    self.figures = figures
    self.furtherFigures = furtherFigures
    self.record = record
    self.verdict = verdict
    self.wallTime = wallTime
  }
}

extension VariantRun {
  /// Of one replica.
  public init(
    variant: Variant, plan: LayerPlan, memory: MemoryPlan, figures: RunFigures, record: RunRecord? = nil,
    verdict: Objective.Verdict, wallTime: Seconds
  ) {
    self.init(
      groups: [ReplicaGroup(count: 1, variant: variant, plan: plan, memory: memory)], figures: figures,
      record: record, verdict: verdict, wallTime: wallTime)
  }
}

/// Replicas of a run that are alike.
public struct ReplicaGroup: Sendable {
  public var count: Int
  public var variant: Variant
  public var plan: LayerPlan
  public var memory: MemoryPlan

  public init(count: Int, variant: Variant, plan: LayerPlan, memory: MemoryPlan) {
    self.count = count
    self.variant = variant
    self.plan = plan
    self.memory = memory
  }

  static func groups(_ fleet: Fleet, _ variants: [(variant: Variant, count: Int)]) -> [ReplicaGroup] {
    variants.compactMap { variant, count in
      guard let member = fleet.members.first(where: { $0.variant == variant.name }) else { return nil }
      return ReplicaGroup(
        count: count, variant: variant, plan: member.deployment.plan, memory: member.deployment.memory)
    }
  }
}
