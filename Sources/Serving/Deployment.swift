public import CostModel
public import EngineSettings
public import Hardware
public import Models

/// One replica: a model under a variant, on so many GPUs, run by an engine with its settings.
public struct Deployment: Sendable {
  public let plan: LayerPlan
  public let device: DeviceProfile
  public let tensorParallelSize: Int
  public let engine: EngineConfig
  public let memory: MemoryPlan
  public let cost: StepCost

  /// - Parameter cache: whose tables of kernel times this shares; without one it has its own.
  /// - Throws: `VariantError` if the variant does not fit the model, `MemoryError` if the model does not
  ///   fit the device, `UnsupportedKernels` if the device has none for the precision of the weights or of the KV cache.
  public init(
    model: ModelConfig, variant: Variant, device: DeviceProfile, tensorParallelSize: Int,
    engine: EngineConfig,
    sharing cache: TableCache? = nil
  ) throws {
    let activations = engine.dtype ?? (model.weightPrecision == .fp8 ? .bfloat16 : model.weightPrecision)
    let weights = engine.quantization ?? (model.weightPrecision == .fp8 ? .fp8 : activations)
    plan = try variant.plan(for: model, kvPrecision: engine.kvCacheDtype ?? activations)
    if let problem = UnsupportedKernels(
      device: device, weights: weights, keyValues: plan.kvPrecision, tensorParallelSize: tensorParallelSize)
    {
      throw problem
    }
    memory = try MemoryPlan(
      plan: plan, tensorParallelSize: tensorParallelSize, device: device, engine: engine,
      weightPrecision: weights)
    cost = StepCost(
      plan: plan, tensorParallelSize: tensorParallelSize, device: device, engine: engine,
      weightPrecision: weights, sharing: cache)
    self.device = device
    self.tensorParallelSize = tensorParallelSize
    self.engine = engine
  }
}
