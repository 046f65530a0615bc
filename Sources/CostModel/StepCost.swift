public import EngineSettings
public import Hardware
public import Models
import Quantities

/// The time of an engine step from the shape of its batch, for one model, plan, device and degree of tensor parallelism.
///
/// Reads the `LayerPlan` only: layers of equal kind are counted once at construction. GEMM times depend on the number of rows
/// alone and are tabulated on first use, which is why asking for a time mutates. O(1) per step after that.
public struct StepCost: Sendable {
  public let plan: LayerPlan
  public let tensorParallelSize: Int
  public let device: DeviceProfile
  /// Storage of the layers' matrices; the LM head and the embedding stay in 16 bit.
  public let weightPrecision: Precision

  let shard: Shard
  let kinds: [LayerKind]
  let kernels: StepKernelSet
  /// Weights that one step reads on one GPU.
  let weightBytes: Bytes
  /// Bytes of an element of an activation, and of one that is a matrix's input.
  let activation: Double
  let input: Double
  let tiling: PrefillTiling
  /// Of the batch that is being asked for, on a processor.
  var workingSet = 0.0
  /// Counted once: the plan counts its layers on each call.
  let projectedLayers: Int
  let rewritesSurvivors: Bool
  let graphs: CUDAGraphs
  let release: VLLMRelease
  let isAsynchronous: Bool
  var tables: [GEMMTable]
  let slots: Slots

  /// One GPU's share of a layer, in heads and columns.
  struct Shard: Sendable {
    let heads: Int
    let keyValueHeads: Int
    let headDim: Int
    let intermediate: Int
    let hidden: Int
    let vocabulary: Int

    init(_ model: ModelConfig, _ n: Int) {
      heads = model.numAttentionHeads / n
      // With more GPUs than KV heads, heads are replicated.
      keyValueHeads = max(1, model.numKeyValueHeads / n)
      headDim = model.headDim
      intermediate = model.intermediateSize / n
      hidden = model.hiddenSize
      vocabulary = model.vocabSize / n
    }

    var queryWidth: Int { heads * headDim }
    /// K and V of one layer.
    var keyValueWidth: Int { 2 * keyValueHeads * headDim }
  }

  /// Layers that do the same in every step.
  struct LayerKind: Sendable {
    let tokens: LayerPlan.Tokens
    let keyValues: LayerPlan.KeyValueSource
    let count: Int
  }

  /// Positions of the tabulated matrices.
  struct Slots: Sendable {
    let queryKeyValue = 0
    let query = 1
    let keyValue = 2
    let output = 3
    let gateUp = 4
    let down = 5
    let head = 6
  }

  /// - Precondition: the device has the kernels that are needed, see ``UnsupportedKernels``.
  public init(
    plan: LayerPlan, tensorParallelSize: Int, device: DeviceProfile, engine: EngineConfig,
    weightPrecision: Precision
  ) {
    self.plan = plan
    graphs = device.spec.architecture.isProcessor ? CUDAGraphs.none : CUDAGraphs(engine)
    release = engine.release
    isAsynchronous = engine.asyncScheduling
    self.tensorParallelSize = tensorParallelSize
    self.device = device
    self.weightPrecision = weightPrecision
    let shard = Shard(plan.model, tensorParallelSize)
    self.shard = shard
    weightBytes = Self.weightBytesOfStep(plan, shard, weightPrecision)
    kernels = StepKernelSet(
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
    slots = Slots()
    let slow = device.serving.slowdown
    func table(_ n: Int, _ k: Int, _ precision: Precision, _ slowdown: Double) -> GEMMTable {
      GEMMTable(n: n, k: k, isQuantized: precision == .fp8, slowdown: slowdown)
    }
    tables = [
      table(shard.queryWidth + shard.keyValueWidth, shard.hidden, weightPrecision, slow),
      table(shard.queryWidth, shard.hidden, weightPrecision, slow),
      table(shard.keyValueWidth, shard.hidden, weightPrecision, slow),
      table(shard.hidden, shard.queryWidth, weightPrecision, slow),
      table(2 * shard.intermediate, shard.hidden, weightPrecision, slow),
      table(shard.hidden, shard.intermediate, weightPrecision, slow),
      table(shard.vocabulary, shard.hidden, .bfloat16, 1),
    ]
  }

  private static func weightBytesOfStep(_ plan: LayerPlan, _ shard: Shard, _ precision: Precision) -> Bytes {
    let projection = shard.keyValueWidth * shard.hidden
    let rest = 2 * shard.queryWidth * shard.hidden + 3 * shard.intermediate * shard.hidden
    let layers = rest * plan.layers.count + projection * plan.cachedLayers
    let head = max(2, precision.bytes) * Double(shard.vocabulary * plan.model.hiddenSize)
    return precision.bytes * Double(layers) + head
  }

  /// An empty batch to fill for ``time(of:)``.
  public var emptyBatch: BatchShape { BatchShape(tiling: tiling) }

  /// The time of one step. An empty batch takes none.
  public mutating func time(of batch: BatchShape) -> StepTime {
    var sink = TimeSink()
    visit(batch, &sink)
    return sink.time
  }

  /// Every kernel of one step, in order, with what bounds it. Their times add up to ``time(of:)``.
  public mutating func kernels(of batch: BatchShape) -> [KernelLine] {
    var sink = ListSink()
    visit(batch, &sink)
    return sink.lines
  }
}
