import Quantities

/// What a run knows only once it is over, beside its requests and steps.
public struct RunTotals: Hashable, Sendable, Codable {
  /// GPU time by kind of work; kinds that took none are left out.
  public var busy: [BusyTime]
  /// KV blocks that requests can use.
  public var totalBlocks: Int
  public var blockSize: Int
  /// Tokens looked up in, and found in, the prefix cache at admission.
  public var prefixQueryTokens: Int
  public var prefixHitTokens: Int
  /// Of several replicas each; empty in a run of one. The figures above are then sums over them.
  public var replicas: [ReplicaTotals]

  public init(
    busy: [BusyTime], totalBlocks: Int, blockSize: Int, prefixQueryTokens: Int, prefixHitTokens: Int,
    replicas: [ReplicaTotals] = []
  ) {
    self.busy = busy
    self.totalBlocks = totalBlocks
    self.blockSize = blockSize
    self.prefixQueryTokens = prefixQueryTokens
    self.prefixHitTokens = prefixHitTokens
    self.replicas = replicas
  }

  /// Share of looked-up prompt tokens that the prefix cache held; nil if nothing was looked up.
  public var prefixHitRate: Double? {
    prefixQueryTokens == 0 ? nil : Double(prefixHitTokens) / Double(prefixQueryTokens)
  }

  /// The mean over the replicas.
  ///
  /// - Parameter length: of the run, up to the last token or step, in seconds.
  func gpuBusyShare(of length: Double) -> Double {
    var sum = CompensatedSum()
    for kind in busy { sum.add(kind.time.value) }
    return length > 0 ? sum.value / length / Double(max(1, replicas.count)) : 0
  }
}
