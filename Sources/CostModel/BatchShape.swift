/// A batch as the cost model sees it: sums over its members, of fixed size however many there are.
///
/// Contexts count the tokens whose KV is read, the new ones included.
@frozen public struct BatchShape: Hashable, Sendable {
  /// How prefill attention cuts chunks into tiles.
  public let tiling: PrefillTiling
  /// Sequences with one uncomputed token whose prompt is done, and Σ of their contexts.
  public var decodeSequences = 0
  public var decodeContext = 0
  /// Prompt chunks, their new tokens Σ n, and their contexts Σ (c + n).
  public var prefillChunks = 0
  public var prefillTokens = 0
  public var prefillContext = 0
  /// Query-key pairs of the chunks under the causal mask, Σ [n c + n(n+1)/2].
  public var prefillPairs = 0.0
  /// Query tiles of one KV head, Σ T, and the most of one chunk.
  public var prefillTiles = 0
  public var mostChunkTiles = 0
  /// Tiles times the blocks of their chunk's context, Σ T nb, and times those that they meet under the mask.
  public var tileBlocks = 0
  public var visitedTileBlocks = 0.0
  /// Of the chunk with the most blocks: blocks, and filled rows of a tile.
  public var longestBlocks = 0
  public var longestRows = 0.0

  @inlinable public init(tiling: PrefillTiling) { self.tiling = tiling }

  /// Adds a sequence that decodes one token and reads `context` tokens of KV.
  @inlinable @inline(__always) public mutating func addDecode(context: Int) {
    decodeSequences += 1
    decodeContext += context
  }

  /// Adds a chunk of `new` tokens after `cached` tokens already in the KV cache.
  @inlinable @inline(__always) public mutating func addPrefill(new: Int, cached: Int) {
    let (n, c) = (Double(new), Double(cached))
    prefillChunks += 1
    prefillTokens += new
    prefillContext += new + cached
    prefillPairs += n * c + n * (n + 1) / 2
    let tiles = tiling.tiles(new: new)
    let blocks = tiling.blocks(context: new + cached)
    prefillTiles += tiles
    mostChunkTiles = max(mostChunkTiles, tiles)
    tileBlocks += tiles * blocks
    visitedTileBlocks += Double(tiles) * tiling.visitedBlocks(new: new, cached: cached)
    let rows = n * Double(tiling.queriesPerKeyValueHead) / Double(tiles)
    if (blocks, rows) > (longestBlocks, longestRows) { (longestBlocks, longestRows) = (blocks, rows) }
  }

  /// Scheduled tokens of the step, T.
  @inlinable public var tokens: Int { decodeSequences + prefillTokens }
  /// Scheduled requests, R: each has one last scheduled token, the survivor of layer skipping and the row of the LM head.
  @inlinable public var requests: Int { decodeSequences + prefillChunks }
  @inlinable public var isEmpty: Bool { requests == 0 }
}
