import EngineSettings
import Hardware
import Models
import Quantities

/// What a deployment asks of a GPU's memory, whether it fits or not, and what would make it fit.
struct MemoryDemand {
  var plan: LayerPlan
  var tensorParallelSize: Int
  var device: DeviceProfile
  var engine: EngineConfig
  var weightPrecision: Precision

  /// Bytes of an element of an activation, and of what is never quantised.
  private var activation: Double { max(2, weightPrecision.bytes.value) }

  /// The division, even if the numbers come out negative.
  var memory: MemoryPlan {
    let shard = Shard(plan.model, tensorParallelSize)
    let requested = Bytes((device.spec.visibleMemory.value * engine.gpuMemoryUtilization).rounded(.up))
    let (weights, unused) = weightBytes(shard)
    let activations = activationPeak(shard)
    let nonTorch = device.memory.nonTorch + (tensorParallelSize > 1 ? device.memory.collectives : 0)
    let graphs = engine.release.deductsGraphMemory ? device.memory.graphs : 0
    let available = engine.kvCacheMemoryBytes ?? (requested - weights - activations - nonTorch - graphs)
    let blockBytes = Bytes(
      Double(plan.cachedLayers * engine.blockSize * shard.keyValueWidth) * plan.kvPrecision.bytes.value)
    return MemoryPlan(
      requested: requested, weights: weights, unusedWeights: unused, activations: activations,
      nonTorch: nonTorch,
      graphs: graphs, available: available, blockSize: engine.blockSize, blockBytes: blockBytes,
      numGPUBlocks: engine.numGPUBlocksOverride ?? blocks(in: available, of: blockBytes),
      isOverridden: engine.numGPUBlocksOverride != nil,
      maxModelLen: engine.maxModelLen ?? plan.model.maxPositionEmbeddings)
  }

  private func blocks(in available: Bytes, of size: Bytes) -> Int {
    let count = (available / size).rounded(.down)
    // More blocks than any device holds; keeps an absurd kv_cache_memory_bytes from trapping before it is reported.
    return count.isFinite ? Int(max(0, min(count, 1e15))) : 0
  }

  /// Matrices are split; norms and biases, a few thousandths of a percent, are counted whole on every GPU.
  private func weightBytes(_ shard: Shard) -> (all: Bytes, unused: Bytes) {
    let model = plan.model
    let n = Double(tensorParallelSize)
    let split = Double(
      model.queryProjectionParameters + model.outputProjectionParameters + model.mlpParameters)
    let projection = Double(shard.hidden * shard.keyValueWidth)
    let matrices = split / n * Double(plan.layers.count) + projection * Double(plan.cachedLayers)
    let unused = Double(plan.unusedParameters) / n
    let vectors =
      Double(model.layerVectorParameters * plan.layers.count + model.hiddenSize)
      + (plan.survivorLayers > 0 ? Double(model.hiddenSize) : 0)
    let embeddings = Double(model.embeddingParameters * (model.tieWordEmbeddings ? 1 : 2)) / n
    return (
      Bytes((matrices + unused) * weightPrecision.bytes.value + (vectors + embeddings) * activation),
      Bytes(unused * weightPrecision.bytes.value)
    )
  }

  /// Bytes of one row of logits per vocabulary entry: 16-bit logits, their 32-bit copy, and 32-bit probabilities.
  private static let logitBytes = 10.0

  /// The larger of three moments of a step: the MLP's intermediate, the logits, and (with layer skipping) the assembly of the
  /// later layers' K/V, which is alive twice while it is concatenated.
  private func activationPeak(_ shard: Shard) -> Bytes {
    let tokens = Double(engine.maxNumBatchedTokens)
    let residual = 2 * Double(shard.hidden) * activation
    let mlp = tokens * (residual + 3 * Double(shard.intermediate) * activation)
    let sampled = min(engine.maxNumSeqs, engine.maxNumBatchedTokens)
    let logits = tokens * residual + Double(sampled * plan.model.vocabSize) * Self.logitBytes
    guard plan.projectedLayers > 0 else { return Bytes(max(mlp, logits)) }
    let assembled = Double(plan.projectedLayers * shard.keyValueWidth) * activation
    let assembly = tokens * (residual + 2 * assembled)
    // Survivors' static buffers: hidden, residual, positions and K/V rows for the largest captured batch.
    let largestGraph = Double(min(2 * engine.maxNumSeqs, 512, engine.maxNumBatchedTokens))
    return Bytes(max(mlp, logits, assembly) + largestGraph * (residual + 8 + assembled))
  }
}

extension MemoryDemand {
  /// Blocks of one sequence of `max_model_len`, and the null block.
  private func neededBlocks(_ memory: MemoryPlan) -> Int {
    (memory.maxModelLen + memory.blockSize - 1) / memory.blockSize + 1
  }

  var fits: Bool {
    let memory = memory
    guard memory.available.value.isFinite else { return false }
    return memory.numGPUBlocks >= neededBlocks(memory) && exceeds(memory) == nil
  }

  /// By how much a KV size that was given directly goes beyond what the device has left.
  private func exceeds(_ memory: MemoryPlan) -> Bytes? {
    guard let given = engine.kvCacheMemoryBytes else { return nil }
    let taken = memory.weights + memory.activations + memory.nonTorch + memory.graphs + given
    return taken > device.spec.visibleMemory ? taken - device.spec.visibleMemory : nil
  }

  /// Why the deployment does not fit: by how many bytes, and what would make it fit. nil if it does.
  var problem: String? {
    let memory = memory
    let name = plan.model.name
    if let blocks = engine.numGPUBlocksOverride {
      return blocks >= 2
        ? nil
        : "engine.num_gpu_blocks_override: found \(blocks); 2 or more is allowed (one is the null block)"
    }
    let own = memory.nonTorch + memory.graphs
    if let excess = exceeds(memory) {
      return
        "engine.kv_cache_memory_bytes: found \(memory.available); with weights (\(memory.weights)), activations "
        + "(\(memory.activations)) and the engine's own memory (\(own)) that is \(excess) more than the GPU's "
        + "\(device.spec.visibleMemory); \(max(0, memory.available - excess)) or less is allowed"
    }
    guard !fits else { return nil }
    let fix =
      remedies.isEmpty
      ? "No single setting makes it fit."
      : "What would make it fit: " + remedies.joined(separator: "; or ") + "."
    if memory.available.value <= 0 {
      let taken = memory.weights + memory.activations + own
      return
        "\(name) does not fit: weights (\(memory.weights)), activations (\(memory.activations)) and the engine's own "
        + "memory (\(own)) take \(taken) of \(memory.requested) a GPU, \(taken - memory.requested) too much. \(fix)"
    }
    let needed = memory.blockBytes * Double(neededBlocks(memory))
    return
      "\(name): the KV cache has \(memory.available) a GPU, but one sequence of max_model_len \(memory.maxModelLen) "
      + "needs \(needed), \(needed - memory.available) more. \(fix)"
  }

  /// Changes of one setting, or two where one is not enough, each tried.
  private var remedies: [String] {
    var found: [String] = []
    let usable = memory.numGPUBlocks - 1
    if usable >= 1 { found.append("engine.max_model_len: \(usable * engine.blockSize) or less") }
    if let utilization = [0.9, 0.92, 0.95, 0.98].first(where: { share in
      share > engine.gpuMemoryUtilization && with { $0.engine.gpuMemoryUtilization = share }.fits
    }), engine.kvCacheMemoryBytes == nil {
      found.append("engine.gpu_memory_utilization: \(utilization)")
    }
    if let n = smallestTensorParallelSize { found.append("hardware.tensor_parallel_size: \(n)") }
    if with({ $0.weightPrecision = .fp8 }).fits, weightPrecision != .fp8 {
      found.append("engine.quantization: fp8")
    }
    if with({ $0.plan.kvPrecision = .fp8 }).fits, plan.kvPrecision != .fp8 {
      found.append("engine.kv_cache_dtype: fp8")
    }
    if found.isEmpty, weightPrecision != .fp8,
      let n = with({ $0.weightPrecision = .fp8 }).smallestTensorParallelSize
    {
      found.append("engine.quantization: fp8 with hardware.tensor_parallel_size: \(n)")
    }
    return found
  }

  private var smallestTensorParallelSize: Int? {
    ModelConfig.tensorParallelSizes.first { n in
      n > tensorParallelSize && plan.model.tensorParallelProblem(n) == nil
        && with { $0.tensorParallelSize = n }.fits
    }
  }

  private func with(_ change: (inout MemoryDemand) -> Void) -> MemoryDemand {
    var other = self
    change(&other)
    return other
  }
}
