import CostModel
import Metrics
import Quantities

extension RunTotals {
  /// Of a replica with these limits.
  init(busy: StepTime, limits: ReplicaLimits, prefixQueryTokens: Int, prefixHitTokens: Int) {
    self.init(
      busy: busy, totalBlocks: limits.usableBlocks, blockSize: limits.blockSize,
      prefixQueryTokens: prefixQueryTokens, prefixHitTokens: prefixHitTokens, replicas: [])
  }

  /// - Parameter busy: kinds of work that took no time are left out.
  init(
    busy: StepTime, totalBlocks: Int, blockSize: Int, prefixQueryTokens: Int, prefixHitTokens: Int,
    replicas: [ReplicaTotals]
  ) {
    self.init(
      busy: StepPart.allCases.filter { busy[$0] > .zero }.map { BusyTime(kind: $0.label, time: busy[$0]) },
      totalBlocks: totalBlocks, blockSize: blockSize, prefixQueryTokens: prefixQueryTokens,
      prefixHitTokens: prefixHitTokens, replicas: replicas)
  }
}
