/// A batch as the cost model sees it: sums over its members, of fixed size however many there are.
///
/// Contexts count the tokens whose KV is read, the new ones included.
@frozen public struct BatchShape: Hashable, Sendable {
  /// Query heads that share a KV head, on one GPU; prefill attention packs them into one tile.
  public let queriesPerKeyValueHead: Int
  /// Sequences with one uncomputed token whose prompt is done, and Σ of their contexts.
  public var decodeSequences = 0
  public var decodeContext = 0
  /// Prompt chunks, their new tokens Σ n, and their contexts Σ (c + n).
  public var prefillChunks = 0
  public var prefillTokens = 0
  public var prefillContext = 0
  /// Query-key pairs of the chunks under the causal mask, Σ [n c + n(n+1)/2].
  public var prefillPairs = 0.0
  /// The same as tiles of 128 packed queries compute them, Σ [n c + n(n + min(128/g, n))/2].
  public var prefillTilePairs = 0.0
  /// Query tiles of one KV head, Σ ⌈n g / 128⌉.
  public var prefillTiles = 0
  /// Longest context among the chunks.
  public var longestChunkContext = 0

  @inlinable public init(queriesPerKeyValueHead: Int) {
    self.queriesPerKeyValueHead = queriesPerKeyValueHead
  }

  /// Adds a sequence that decodes one token and reads `context` tokens of KV.
  @inlinable public mutating func addDecode(context: Int) {
    decodeSequences += 1
    decodeContext += context
  }

  /// Adds a chunk of `new` tokens after `cached` tokens already in the KV cache.
  @inlinable public mutating func addPrefill(new: Int, cached: Int) {
    let (n, c) = (Double(new), Double(cached))
    prefillChunks += 1
    prefillTokens += new
    prefillContext += new + cached
    prefillPairs += n * c + n * (n + 1) / 2
    prefillTilePairs += n * c + n * (n + min(128 / Double(queriesPerKeyValueHead), n)) / 2
    prefillTiles += (new * queriesPerKeyValueHead + 127) / 128
    longestChunkContext = max(longestChunkContext, new + cached)
  }

  /// Scheduled tokens of the step, T.
  @inlinable public var tokens: Int { decodeSequences + prefillTokens }
  /// Scheduled requests, R: each has one last scheduled token, the survivor of layer skipping and the row of the LM head.
  @inlinable public var requests: Int { decodeSequences + prefillChunks }
  @inlinable public var isEmpty: Bool { requests == 0 }
}

/// The prefill chunks of one attention layer on one GPU, as the kernel's formula wants them.
public struct PrefillWork: Hashable, Sendable {
  public var chunks: Int
  /// Counted under the causal mask.
  public var flops: Double
  /// With the masked part of diagonal tiles.
  public var tileFLOPs: Double
  public var longestTileFLOPs: Double
  public var queryBytes: Double
  public var keyValueBytes: Double
  public var threadBlocks: Double

  /// - Parameters: `heads`, `keyValueHeads`: of one GPU. `elementBytes`: of a KV element.
  public init(_ shape: BatchShape, heads: Int, keyValueHeads: Int, headDim: Int, elementBytes: Double) {
    let width = Double(heads * headDim)
    chunks = shape.prefillChunks
    flops = 4 * width * shape.prefillPairs
    tileFLOPs = 4 * width * shape.prefillTilePairs
    longestTileFLOPs = 4 * Double(headDim) * 128 * Double(shape.longestChunkContext)
    queryBytes = 4 * Double(shape.prefillTokens) * width
    keyValueBytes = 2 * elementBytes * Double(shape.prefillContext * keyValueHeads * headDim)
    threadBlocks = Double(keyValueHeads * shape.prefillTiles)
  }
}
