package import CostModel
import EngineSettings
import Metrics
import Workload

/// How long a replica's sequences may be, and how much KV cache they share.
package struct ReplicaLimits: Hashable, Sendable {
  package let maxModelLen: Int
  /// Tokens per block.
  package let blockSize: Int
  /// The null block included.
  package let numGPUBlocks: Int

  package init(maxModelLen: Int, blockSize: Int, numGPUBlocks: Int) {
    self.maxModelLen = maxModelLen
    self.blockSize = blockSize
    self.numGPUBlocks = numGPUBlocks
  }

  package init(_ memory: MemoryPlan) {
    self.init(
      maxModelLen: memory.maxModelLen, blockSize: memory.blockSize, numGPUBlocks: memory.numGPUBlocks)
  }

  package var usableBlocks: Int { numGPUBlocks - 1 }

  /// Why a request can never run, or nil.
  func rejection(of request: Request, _ settings: EngineConfig) -> RequestRecord.Rejection? {
    let tokens = request.promptTokens + request.outputTokens
    if tokens > maxModelLen { return .exceedsMaxModelLen }
    // The last token's KV is never computed.
    if (tokens - 1 + blockSize - 1) / blockSize > usableBlocks { return .exceedsKVCache }
    // A preempted sequence is recomputed whole, answer included.
    if !settings.enableChunkedPrefill, tokens - 1 > settings.maxNumBatchedTokens {
      return .exceedsTokenBudget
    }
    return nil
  }
}
