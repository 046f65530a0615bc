package import CostModel

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
}
