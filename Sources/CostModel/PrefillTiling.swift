public import Hardware

/// How FlashAttention cuts a prompt chunk: tiles of query rows, each against blocks of key/value tokens.
///
/// FlashAttention 3 packs the queries that share a KV head into the rows of one tile; FlashAttention 2 (Ampere) does so for a
/// single new token only. Sizes by head size 64, 128, 192, 256, as the kernels are compiled (fitted choices, see
/// `docs/cost-model.md`).
@frozen public struct PrefillTiling: Hashable, Sendable {
  /// Query heads that share a KV head, on one GPU: g.
  public let queriesPerKeyValueHead: Int
  /// Rows of a tile.
  public let rows: Int
  /// Tokens of a block of keys and values.
  public let keys: Int
  /// Whether the queries of a KV head share tiles also where there are several new tokens.
  public let packsHeads: Bool

  /// - Parameter elementBytes: of a KV element.
  public init(
    queriesPerKeyValueHead: Int, headDim: Int, elementBytes: Double, architecture: DeviceSpec.Architecture
  ) {
    self.queriesPerKeyValueHead = queriesPerKeyValueHead
    let size = headDim <= 64 ? 0 : headDim <= 128 ? 1 : headDim <= 192 ? 2 : 3
    switch architecture {
    case .ampere:
      (rows, keys, packsHeads) = (64, 128, false)
    case .hopper, .blackwell:
      rows = size == 0 ? 192 : 128
      keys = (elementBytes > 1 ? [192, 176, 112, 80] : [160, 224, 160, 128])[size]
      packsHeads = true
    case .cpu:
      // A processor's formula counts pairs, not tiles.
      (rows, keys, packsHeads) = (16, 16, true)
    }
  }

  /// Tiles of a chunk of `new` tokens for one KV head.
  @inlinable @inline(__always) public func tiles(new: Int) -> Int {
    let g = queriesPerKeyValueHead
    return packsHeads || new == 1 ? (new * g + rows - 1) / rows : g * ((new + rows - 1) / rows)
  }

  /// Blocks of a context.
  @inlinable @inline(__always) public func blocks(context: Int) -> Int { (context + keys - 1) / keys }

  /// Blocks that a tile of the chunk meets under the causal mask, on average.
  @inlinable @inline(__always) public func visitedBlocks(new: Int, cached: Int) -> Double {
    let all = Double(blocks(context: new + cached))
    let isPacked = packsHeads || new == 1
    let g = isPacked ? Double(queriesPerKeyValueHead) : 1
    let (n, c) = (Double(new), Double(cached))
    // One tile goes through the whole context.
    if n * g <= Double(rows) { return all }
    let mean = (c + (n + min(n, Double(rows) / g)) / 2) / Double(keys) + 0.5
    return min(max(mean, 1), all)
  }
}
