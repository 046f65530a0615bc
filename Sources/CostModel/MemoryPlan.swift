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
  /// Divides a GPU's memory as vLLM's profiling does (see `docs/cost-model.md`).
  ///
  /// With `num_gpu_blocks_override` the count is taken as it is, so that a logged count can be replayed whatever this computes.
  ///
  /// - Throws: ``MemoryError`` if the weights do not fit, or the KV cache cannot hold one sequence of `max_model_len`.
  public init(
    plan: LayerPlan, tensorParallelSize: Int, device: DeviceProfile, engine: EngineConfig,
    weightPrecision: Precision
  ) throws(MemoryError) {
    let deployment = MemoryDemand(
      plan: plan, tensorParallelSize: tensorParallelSize, device: device, engine: engine,
      weightPrecision: weightPrecision)
    if let problem = deployment.problem { throw MemoryError(description: problem) }
    self = deployment.memory
  }
}
