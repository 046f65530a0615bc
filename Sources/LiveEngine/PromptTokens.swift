import Randomness
import Workload

/// The token ids behind a workload's prompts: a text of the same name has the same tokens wherever it occurs, and what is unique
/// to a request follows from its index.
///
/// The tokens of an answer are known only once they are generated; a later turn that repeats them gets them by their name.
struct PromptTokens {
  private let vocabulary: Int
  private let stream: RandomStream
  /// Answers that a later prompt can repeat, by the name of their text.
  private var answers: [UInt64: [Int32]] = [:]

  init(seed: UInt64, vocabulary: Int) {
    self.vocabulary = vocabulary
    stream = RandomStream(seed: seed, stream: .promptTokens)
  }

  /// The tokens of a text that is an answer.
  mutating func setAnswer(_ tokens: ArraySlice<Int32>, text: UInt64) { answers[text] = Array(tokens) }

  /// The tokens of a request's prompt. O(their number).
  func tokens(of request: Request) -> [Int32] {
    var tokens: [Int32] = []
    tokens.reserveCapacity(request.promptTokens + request.outputTokens)
    switch request.content {
    case .unique: break
    case .text(let text): append(text, request.promptTokens, to: &tokens)
    case .segments(let segments):
      for segment in segments {
        append(segment.text, min(segment.tokens, request.promptTokens - tokens.count), to: &tokens)
      }
    }
    // Even items are texts of the workload's, odd ones belong to one request each, as in the scheduler's block names.
    append(item: UInt64(request.index) << 1 | 1, request.promptTokens - tokens.count, to: &tokens)
    return tokens
  }

  private func append(_ text: UInt64, _ count: Int, to tokens: inout [Int32]) {
    if let answer = answers[text] {
      precondition(count <= answer.count, "\(count) tokens asked of an answer of \(answer.count)")
      tokens += answer.prefix(count)
    } else {
      append(item: text << 1, count, to: &tokens)
    }
  }

  private func append(item: UInt64, _ count: Int, to tokens: inout [Int32]) {
    var draws = stream.draws(at: Int(bitPattern: UInt(item)))
    for _ in 0..<max(0, count) { tokens.append(Int32(draws.integer(in: 0...vocabulary - 1))) }
  }
}
