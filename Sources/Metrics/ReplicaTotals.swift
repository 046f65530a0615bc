public import Quantities

/// What a run knows of one of its replicas once it is over, beside that replica's requests and steps.
public struct ReplicaTotals: Hashable, Sendable, Codable {
  /// The short name of the variant that it runs.
  public var variant: String
  /// Steps that ended: so many of ``RunRecord/steps`` are this replica's.
  public var steps: Int
  /// GPU time.
  public var busy: Seconds
  /// KV blocks that requests can use.
  public var totalBlocks: Int
  /// Tokens looked up in, and found in, the prefix cache at admission.
  public var prefixQueryTokens: Int
  public var prefixHitTokens: Int

  public init(
    variant: String, steps: Int, busy: Seconds, totalBlocks: Int, prefixQueryTokens: Int, prefixHitTokens: Int
  ) {
    self.variant = variant
    self.steps = steps
    self.busy = busy
    self.totalBlocks = totalBlocks
    self.prefixQueryTokens = prefixQueryTokens
    self.prefixHitTokens = prefixHitTokens
  }
}

extension RunRecord {
  /// The steps of each replica, as positions in ``steps``; one range in a run of one replica.
  public var replicaSteps: [Range<Int>] {
    guard !totals.replicas.isEmpty else { return [steps.indices] }
    var first = 0
    return totals.replicas.map { replica in
      defer { first += replica.steps }
      return first..<first + replica.steps
    }
  }
}
