public import Foundation
import Hardware
import Metrics
import Models
import Quantities
public import Results
import Serving
import Workload

extension RunDescription {
  /// What a run of an experiment is of.
  ///
  /// - Parameters:
  ///   - scenario: the experiment's.
  ///   - replication: which of the run's replications.
  public init(_ run: VariantRun, of scenario: Scenario, replication: Int = 0, createdAt: Date) {
    let scenario = scenario.replication(replication)
    let (rate, burstiness) = scenario.workload.arrivals.openLoop
    self.init(
      scenarioName: scenario.name, variantName: run.name, modelName: scenario.model.name,
      deviceName: scenario.device.spec.name, tensorParallelSize: scenario.tensorParallelSize,
      seed: scenario.seed, replication: replication, requestRate: rate, burstiness: burstiness,
      maxConcurrency: scenario.workload.maxConcurrency,
      numPrompts: run.figures.requests, isProjection: run.isProjection,
      skipPercent: run.skipPercent, scenarioText: scenario.source, codeVersion: CodeVersion.current,
      createdAt: createdAt, replicas: run.replicas,
      router: run.replicas > 1 ? scenario.fleet.router.rawValue : nil)
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
