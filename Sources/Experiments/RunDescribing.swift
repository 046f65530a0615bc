public import Foundation
import Hardware
import Metrics
import Models
import Quantities
public import Results
import Workload

extension RunDescription {
  /// What a run of an experiment is of.
  public init(_ run: VariantRun, of scenario: Scenario, createdAt: Date) {
    let (rate, burstiness) = scenario.workload.arrivals.openLoop
    self.init(
      scenarioName: scenario.name, variantName: run.name, modelName: scenario.model.name,
      deviceName: scenario.device.spec.name, tensorParallelSize: scenario.tensorParallelSize,
      seed: scenario.seed,
      requestRate: rate, burstiness: burstiness, maxConcurrency: scenario.workload.maxConcurrency,
      numPrompts: run.figures.requests, isProjection: run.variant.isProjection,
      skipPercent: run.plan.skipRatio * 100, scenarioText: scenario.source, codeVersion: CodeVersion.current,
      createdAt: createdAt)
  }
}

extension ArrivalSpec {
  /// The mean rate where there is one number for it, and the shape of the gaps (1 where they have no such shape).
  fileprivate var openLoop: (rate: PerSecond?, burstiness: Double) {
    switch self {
    case .open(let rate, let burstiness): (rate.value.isFinite ? rate : nil, burstiness)
    case .gapQuantiles(_, let rate): (rate, 1)
    case .stages, .trace: (nil, 1)
    }
  }
}
