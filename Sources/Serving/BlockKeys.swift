import Workload

/// Names of a sequence's KV blocks: two blocks have the same name exactly if all tokens up to their ends are the same
/// (up to 64-bit collisions), as vLLM's chained block hashes have it.
///
/// Only full blocks have a name. Block `i` covers tokens `i · blockSize ..< (i + 1) · blockSize` of prompt and output together.
struct BlockKeys: Sendable {
  /// A prompt that shares nothing: block names follow from the request and the position, and no other request has them.
  let isPrivate: Bool
  private let blockSize: Int
  private let privateText: UInt64
  /// Prompt and output as named texts; the last one has no end.
  private var pieces: [Piece] = []
  private var chain: [UInt64] = []
  /// Where block `chain.count` starts: a piece and the offset in it.
  private var piece = 0
  private var offset = 0

  private struct Piece {
    var text: UInt64
    var tokens: Int
  }

  init(_ request: Request, blockSize: Int) {
    self.blockSize = blockSize
    // Even names are texts of the workload's, odd ones belong to one request each, so the two never meet.
    privateText = UInt64(request.index) << 1 | 1
    isPrivate = request.content == .unique && request.outputContent == nil
    guard !isPrivate else { return }
    pieces.reserveCapacity(2 + (request.content.segmentCount))
    var left = request.promptTokens
    func add(_ text: UInt64, _ tokens: Int) {
      guard tokens > 0 else { return }
      pieces.append(Piece(text: text, tokens: tokens))
    }
    switch request.content {
    case .unique: break
    case .text(let text):
      add(text << 1, left)
      left = 0
    case .segments(let segments):
      for segment in segments {
        let tokens = min(segment.tokens, left)
        add(segment.text << 1, tokens)
        left -= tokens
      }
    }
    add(privateText, left)
    add(request.outputContent.map { $0 << 1 } ?? privateText ^ (1 << 62), .max)
  }

  /// Leading tokens that other requests can have as well. What follows a private text is private too: a name holds all before it.
  static func sharedTokens(_ request: Request) -> Int {
    let shared =
      switch request.content {
      case .unique: 0
      case .text: request.promptTokens
      case .segments(let segments): min(request.promptTokens, segments.reduce(0) { $0 + $1.tokens })
      }
    return shared == request.promptTokens && request.outputContent != nil ? .max : shared
  }

  /// The name of block `index`. Amortised O(1).
  mutating func key(_ index: Int) -> UInt64 {
    if isPrivate { return max(1, mix(mix(privateText) ^ UInt64(index))) }
    while chain.count <= index {
      let key = pieces.withUnsafeBufferPointer {
        Self.next(after: chain.last ?? Self.start, $0, &piece, &offset, blockSize: blockSize)
      }
      chain.append(key)
    }
    return chain[index]
  }

  /// The names of the first `count` blocks of a prompt that shares something.
  func write(_ count: Int, to keys: UnsafeMutablePointer<UInt64>) {
    pieces.withUnsafeBufferPointer { pieces in
      var (key, piece, offset) = (Self.start, 0, 0)
      var i = 0
      while i < count {
        // Blocks of one piece, of which most prompts consist.
        let (text, tokens) = (pieces[piece].text, UInt64(blockSize))
        let whole = min(count &- i, (pieces[piece].tokens &- offset) / blockSize)
        for _ in 0..<whole {
          key = Self.name(after: key, text, UInt64(truncatingIfNeeded: offset), tokens)
          keys[i] = key
          offset &+= blockSize
          i &+= 1
        }
        if pieces[piece].tokens == offset { (piece, offset) = (piece + 1, 0) }
        guard i < count else { break }
        key = Self.next(after: key, pieces, &piece, &offset, blockSize: blockSize)
        keys[i] = key
        i &+= 1
      }
    }
  }

  private static let start: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// - Parameters: `piece`, `offset`: where the block starts; moved to where it ends.
  @inline(__always)
  private static func next(
    after key: UInt64, _ pieces: UnsafeBufferPointer<Piece>, _ piece: inout Int, _ offset: inout Int,
    blockSize: Int
  ) -> UInt64 {
    var key = key
    var missing = blockSize
    while missing > 0 {
      let left = pieces[piece].tokens - offset
      let tokens = min(missing, left)
      key = name(after: key, pieces[piece].text, UInt64(offset), UInt64(tokens))
      missing -= tokens
      offset += tokens
      if tokens == left { (piece, offset) = (piece + 1, 0) }
    }
    return key
  }

  /// A name that holds all before it, and `tokens` tokens of a text from `offset` on. Only the last mix waits for the name before.
  @inline(__always)
  private static func name(after key: UInt64, _ text: UInt64, _ offset: UInt64, _ tokens: UInt64) -> UInt64 {
    // 0 is no name.
    max(1, mix(key ^ mix(text &+ (offset << 24 | tokens) &* 0xD1B5_4A32_D192_ED03)))
  }
}

/// A 64-bit mix (the finaliser of SplitMix64).
private func mix(_ x: UInt64) -> UInt64 {
  var z = x &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
  return z ^ z >> 31
}

extension PromptContent {
  fileprivate var segmentCount: Int {
    if case .segments(let segments) = self { return segments.count }
    return 1
  }
}
