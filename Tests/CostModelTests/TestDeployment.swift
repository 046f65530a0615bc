import CostModel
import EngineSettings
import Hardware
import Models
import Quantities
import Testing

/// Catalogue models on an H100, by name.
enum TestDeployment {
  static func device() throws -> DeviceProfile { try #require(DeviceProfile.calibrated("H100-SXM-80GB")) }

  /// The H100 with a CPU that takes no time: steps last as long as their kernels.
  static func deviceOfKernels() throws -> DeviceProfile { withoutCPU(try device()) }

  static func withoutCPU(_ device: DeviceProfile) -> DeviceProfile {
    var device = device
    for part in [
      \DeviceProfile.Host.scheduling, \.schedulingPerRequest, \.kernelLaunch, \.graphLaunch,
      \.attentionLaunch,
    ] { device.host[keyPath: part] = 0 }
    return device
  }

  static func plan(_ model: String, _ variant: String, keyValues: Precision = .bfloat16) throws -> LayerPlan {
    try Variant(name: variant).plan(for: #require(ModelConfig.named(model)), kvPrecision: keyValues)
  }

  static func cost(
    _ model: String, _ variant: String, tensorParallelSize: Int = 1, weights: Precision = .bfloat16,
    keyValues: Precision = .bfloat16, engine: EngineConfig = EngineConfig()
  ) throws -> StepCost {
    try StepCost(
      plan: plan(model, variant, keyValues: keyValues), tensorParallelSize: tensorParallelSize,
      device: deviceOfKernels(), engine: engine, weightPrecision: weights)
  }

  static func memory(
    _ model: String, _ variant: String = "baseline", tensorParallelSize: Int = 1,
    engine: EngineConfig = EngineConfig(),
    weights: Precision = .bfloat16
  ) throws -> MemoryPlan {
    try MemoryPlan(
      plan: plan(model, variant), tensorParallelSize: tensorParallelSize, device: device(), engine: engine,
      weightPrecision: weights)
  }

  static func engine(_ release: VLLMRelease = .v0_15, _ change: (inout EngineConfig) -> Void = { _ in })
    -> EngineConfig
  {
    var engine = EngineConfig(release: release)
    change(&engine)
    return engine
  }
}
