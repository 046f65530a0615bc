import Hardware
import Models
import Quantities

/// The kernels of a deployment's steps, whatever the engine's settings: which there are, what they take (`StepVisitor.swift`), and
/// tables of what was computed before (`StepTables.swift`).
///
/// Layers of equal kind are counted once. The tables hold nothing but values of pure functions, filled without locks, so any number
/// of ``StepCost``s, on any threads, share one object.
@usableFromInline final class StepKernels: Sendable {
  let plan: LayerPlan
  let tensorParallelSize: Int
  let device: DeviceProfile
  let weightPrecision: Precision

  let shard: Shard
  let kinds: [LayerKind]
  let set: StepKernelSet
  let matrices: Matrix.Set
  let tiling: PrefillTiling
  let prefill: PrefillFormula
  /// Weights that one step reads on one GPU.
  let weightBytes: Bytes
  /// Bytes of an element of an activation, and of one that is a matrix's input.
  let activation: Double
  let input: Double
  let projectedLayers: Int
  let rewritesSurvivors: Bool
  /// Layers that run prefill attention, and those that run decode attention of the step's decodes or survivors.
  let fullAttentionLayers: Double
  let attentionLayers: Double
  /// Whether times come from tables. On a processor they depend on what the whole step reads, so each kernel is visited.
  let isTabulated: Bool
  let tables = StepTables()

  /// Layers that do the same in every step.
  struct LayerKind: Sendable {
    let tokens: LayerPlan.Tokens
    let keyValues: LayerPlan.KeyValueSource
    let count: Int
  }

  /// Whether later layers run survivors alone, which a step selects.
  var selects: Bool { projectedLayers > 0 }

  init(plan: LayerPlan, tensorParallelSize: Int, device: DeviceProfile, weightPrecision: Precision) {
    self.plan = plan
    self.tensorParallelSize = tensorParallelSize
    self.device = device
    self.weightPrecision = weightPrecision
    let shard = Shard(plan.model, tensorParallelSize)
    self.shard = shard
    weightBytes = Self.weightBytesOfStep(plan, shard, weightPrecision)
    set = StepKernelSet(
      device, weights: weightPrecision, keyValues: plan.kvPrecision, weightBytes: weightBytes,
      perToken: plan.keyValueBytesPerToken)
    activation = weightPrecision == .float32 ? 4 : 2
    input = weightPrecision == .fp8 ? 1 : activation
    tiling = PrefillTiling(
      queriesPerKeyValueHead: max(1, shard.heads / shard.keyValueHeads), headDim: shard.headDim,
      elementBytes: plan.kvPrecision.bytes.value, architecture: device.spec.architecture)
    var kinds: [LayerKind] = []
    for layer in plan.layers {
      if let i = kinds.firstIndex(where: { $0.tokens == layer.tokens && $0.keyValues == layer.keyValues }) {
        kinds[i] = LayerKind(tokens: layer.tokens, keyValues: layer.keyValues, count: kinds[i].count + 1)
      } else {
        kinds.append(LayerKind(tokens: layer.tokens, keyValues: layer.keyValues, count: 1))
      }
    }
    self.kinds = kinds
    projectedLayers = plan.projectedLayers
    rewritesSurvivors = plan.rewrittenLayers > 0
    let slowdown = device.serving.slowdown
    matrices = Matrix.Set(shard, isQuantized: weightPrecision == .fp8, slowdown: slowdown)
    fullAttentionLayers = Double(plan.fullLayers)
    attentionLayers = Double(plan.layers.count)
    prefill = set.prefillFormula(tiling, shard, slowdown: slowdown)
    isTabulated = set.processor == nil
  }

  private static func weightBytesOfStep(_ plan: LayerPlan, _ shard: Shard, _ precision: Precision) -> Bytes {
    let projection = shard.keyValueWidth * shard.hidden
    let rest = 2 * shard.queryWidth * shard.hidden + 3 * shard.intermediate * shard.hidden
    let layers = rest * plan.layers.count + projection * plan.cachedLayers
    let head = max(2, precision.bytes) * Double(shard.vocabulary * plan.model.hiddenSize)
    return precision.bytes * Double(layers) + head
  }
}
