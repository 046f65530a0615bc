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

  /// The name of block `index`. Amortised O(1).
  mutating func key(_ index: Int) -> UInt64 {
    if isPrivate { return mixed(privateText, UInt64(index)) }
    while chain.count <= index { appendNext() }
    return chain[index]
  }

  private mutating func appendNext() {
    var key = chain.last ?? 0x9E37_79B9_7F4A_7C15
    var missing = blockSize
    while missing > 0 {
      let tokens = min(missing, pieces[piece].tokens - offset)
      key = mixed(mixed(key, pieces[piece].text), UInt64(offset) << 32 | UInt64(tokens))
      missing -= tokens
      offset += tokens
      if offset == pieces[piece].tokens { (piece, offset) = (piece + 1, 0) }
    }
    chain.append(key)
  }
}

/// A 64-bit mix of two numbers, never 0 (two rounds of the finaliser of SplitMix64).
private func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
  func round(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
  let z = round(round(a) ^ b)
  return z == 0 ? 1 : z
}
