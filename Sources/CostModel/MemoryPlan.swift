public import EngineSettings
public import Hardware
public import Models
public import Quantities

/// One GPU's memory as the engine divides it, down to the number of KV blocks.
public struct MemoryPlan: Hashable, Sendable, Codable {
  /// Visible memory × `gpu_memory_utilization`.
  public var requested: Bytes
  public var weights: Bytes
  /// Of `weights`: what is loaded and never read.
  public var unusedWeights: Bytes
  /// Largest transient need of a step with `max_num_batched_tokens` tokens.
  public var activations: Bytes
  /// Outside the framework's allocator: context, workspaces, collectives.
  public var nonTorch: Bytes
  /// CUDA graphs, where the release deducts them; else 0.
  public var graphs: Bytes
  /// What is left for the KV cache.
  public var available: Bytes
  /// Tokens per block.
  public var blockSize: Int
  /// One block of all cached layers.
  public var blockBytes: Bytes
  /// As reported by the engine, the null block included.
  public var numGPUBlocks: Int
  /// Whether `num_gpu_blocks_override` set the count.
  public var isOverridden: Bool
  public var maxModelLen: Int

  /// Blocks that requests can use: one is the null block.
  public var usableBlocks: Int { numGPUBlocks - 1 }
  /// "GPU KV cache size" in the engine's log.
  public var kvCacheTokens: Int { numGPUBlocks * blockSize }
  /// "Maximum concurrency for N tokens per request".
  public var maxConcurrency: Double { Double(kvCacheTokens) / Double(maxModelLen) }
}

/// A model that does not fit: by how much, and what would make it fit.
public struct MemoryError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

extension MemoryPlan {
  /// Rows that the profiling run samples take: 16-bit logits, their 32-bit copy, and 32-bit probabilities.
  private static let logitBytes = 10.0
  /// Largest captured batch: min(2 × `max_num_seqs`, 512, `max_num_batched_tokens`).
  private static func largestGraph(_ engine: EngineConfig) -> Int {
    min(2 * engine.maxNumSeqs, 512, engine.maxNumBatchedTokens)
  }

  /// Divides a GPU's memory as vLLM's profiling does (see `docs/cost-model.md`).
  ///
  /// - Throws: ``MemoryError`` if the weights do not fit, or the KV cache cannot hold one sequence of `max_model_len`.
  public init(
    plan: LayerPlan, tensorParallelSize n: Int, device: DeviceProfile, engine: EngineConfig,
    weightPrecision: Precision
  ) throws(MemoryError) {
    let model = plan.model
    let shard = StepCost.Shard(model, n)
    requested = Bytes((device.spec.visibleMemory.value * engine.gpuMemoryUtilization).rounded(.up))

    let perDevice =
      Double(
        model.queryProjectionParameters + model.outputProjectionParameters + model.mlpParameters) / Double(n)
    let projection = Double(shard.hidden * shard.keyValueWidth)
    let caches = Double(plan.cachedLayers)
    let matrices = perDevice * Double(plan.layers.count) + projection * caches
    let unused = Double(plan.unusedParameters) / Double(n)
    let vectors =
      Double(model.layerVectorParameters * plan.layers.count + model.hiddenSize)
      + (plan.survivorLayers > 0 ? Double(model.hiddenSize) : 0)
    let embeddings = Double(model.embeddingParameters * (model.tieWordEmbeddings ? 1 : 2)) / Double(n)
    unusedWeights = Bytes(unused * weightPrecision.bytes.value)
    weights = Bytes((matrices + unused) * weightPrecision.bytes.value + (vectors + embeddings) * 2)

    activations = Self.activationPeak(plan, shard, engine)
    nonTorch = device.memory.nonTorch + (n > 1 ? device.memory.collectives : 0)
    graphs = engine.release.deductsGraphMemory ? device.memory.graphs : 0
    available = engine.kvCacheMemoryBytes ?? (requested - weights - activations - nonTorch - graphs)

    blockSize = engine.blockSize
    blockBytes = Bytes(
      caches * Double(engine.blockSize) * Double(shard.keyValueWidth) * plan.kvPrecision.bytes.value)
    let computed = Int((available / blockBytes).rounded(.down))
    numGPUBlocks = engine.numGPUBlocksOverride ?? computed
    isOverridden = engine.numGPUBlocksOverride != nil
    maxModelLen = engine.maxModelLen ?? model.maxPositionEmbeddings

    if !isOverridden { try checkFit(model: model, tensorParallelSize: n, weightPrecision: weightPrecision) }
  }

  /// The larger of three moments of a step: the MLP's intermediate, the logits, and (with layer skipping) the assembly of the
  /// later layers' K/V, which is alive twice while it is concatenated.
  private static func activationPeak(_ plan: LayerPlan, _ shard: StepCost.Shard, _ engine: EngineConfig)
    -> Bytes
  {
    let tokens = Double(engine.maxNumBatchedTokens)
    let residual = 2 * Double(shard.hidden) * 2
    let mlp = tokens * (residual + 3 * Double(shard.intermediate) * 2)
    let logits =
      tokens * residual + Double(min(engine.maxNumSeqs, engine.maxNumBatchedTokens) * plan.model.vocabSize)
      * logitBytes
    let assembled = Double(plan.projectedLayers * shard.keyValueWidth) * 2
    let assembly = tokens * (residual + 2 * assembled)
    // Survivors' static buffers: hidden, residual, positions and K/V rows for the largest captured batch.
    let buffers = plan.projectedLayers > 0 ? Double(largestGraph(engine)) * (residual + 8 + assembled) : 0
    return Bytes(max(mlp, logits, plan.projectedLayers > 0 ? assembly : 0) + buffers)
  }

  private func checkFit(
    model: ModelConfig, tensorParallelSize n: Int, weightPrecision: Precision
  ) throws(MemoryError) {
    let needed = blockBytes * Double((maxModelLen + blockSize - 1) / blockSize + 1)
    guard available < needed else { return }
    let taken = weights + activations + nonTorch + graphs
    var remedies: [String] = []
    let usable = Int((available / blockBytes).rounded(.down)) - 1
    if usable >= 1 {
      remedies.append("engine.max_model_len: \(usable * blockSize) or less")
    }
    if n < 8 { remedies.append("hardware.tensor_parallel_size: \(n * 2)") }
    if weightPrecision != .fp8 { remedies.append("engine.quantization: fp8") }
    remedies.append("a higher engine.gpu_memory_utilization")
    let fix = "What would make it fit: " + remedies.joined(separator: "; ") + "."
    if available.value <= 0 {
      throw MemoryError(
        description:
          "\(model.name) does not fit: weights (\(weights)), activations (\(activations)) and the engine's own memory "
          + "(\(nonTorch + graphs)) take \(taken) of \(requested) a GPU, \(taken - requested) too much. "
          + fix)
    }
    throw MemoryError(
      description:
        "\(model.name): the KV cache has \(available) a GPU, but one sequence of max_model_len \(maxModelLen) needs "
        + "\(needed), \(needed - available) more. " + fix)
  }
}
