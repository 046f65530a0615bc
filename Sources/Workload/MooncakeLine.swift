import Quantities

/// One line of a Mooncake trace.
struct MooncakeLine: Decodable {
  var timestamp: Double
  var inputLength: Int
  var outputLength: Int
  var hashIDs: [UInt64]?

  enum CodingKeys: String, CodingKey {
    case timestamp
    case inputLength = "input_length"
    case outputLength = "output_length"
    case hashIDs = "hash_ids"
  }

  var problem: String? {
    if !Trace.times.contains(timestamp / 1000) {
      return "timestamp is \(timestamp); allowed are 0 to \(Trace.times.upperBound * 1000) ms"
    }
    for (name, value) in [("input_length", inputLength), ("output_length", outputLength)]
    where !Trace.lengths.contains(value) {
      return "\(name) is \(value); allowed are whole numbers \(Trace.lengths.words)"
    }
    let blocks = (inputLength + Trace.mooncakeBlock - 1) / Trace.mooncakeBlock
    if let hashIDs, hashIDs.count != blocks {
      return "\(hashIDs.count) hash_ids; \(inputLength) tokens are \(blocks) blocks of \(Trace.mooncakeBlock)"
    }
    return nil
  }

  var record: Trace.Record {
    let content = hashIDs.map { ids in
      PromptContent.segments(ids.map { .init(text: $0, tokens: Trace.mooncakeBlock) }).cut(to: inputLength)
    }
    return Trace.Record(
      arrival: Seconds(timestamp / 1000), promptTokens: inputLength, outputTokens: outputLength,
      content: content ?? .unique)
  }

  /// Reads a line that is written as the published traces write theirs, ten times faster than a decoder of any JSON does.
  ///
  /// - Returns: nil for everything else, be it JSON or not.
  init?(plain text: ArraySlice<UInt8>) {
    var scanner = Scanner(text: text)
    guard scanner.skip("{"), scanner.skip("\"timestamp\""), scanner.skip(":"),
      let timestamp = scanner.number(),
      scanner.skip(","), scanner.skip("\"input_length\""), scanner.skip(":"), let input = scanner.number(),
      scanner.skip(","), scanner.skip("\"output_length\""), scanner.skip(":"), let output = scanner.number()
    else { return nil }
    self.timestamp = Double(timestamp)
    inputLength = input
    outputLength = output
    if scanner.skip(",") {
      guard scanner.skip("\"hash_ids\""), scanner.skip(":"), scanner.skip("[") else { return nil }
      var ids: [UInt64] = []
      ids.reserveCapacity((text.endIndex - scanner.index) / 4)
      if !scanner.skip("]") {
        repeat {
          guard let id = scanner.number() else { return nil }
          ids.append(UInt64(id))
        } while scanner.skip(",")
        guard scanner.skip("]") else { return nil }
      }
      hashIDs = ids
    }
    guard scanner.skip("}"), scanner.index == text.endIndex else { return nil }
  }

  private struct Scanner {
    let text: ArraySlice<UInt8>
    var index: Int

    init(text: ArraySlice<UInt8>) {
      self.text = text
      index = text.startIndex
    }

    /// Moves past spaces and a literal; false, and past the spaces only, if it is not there.
    mutating func skip(_ literal: StaticString) -> Bool {
      while index < text.endIndex, text[index] == UInt8(ascii: " ") { index += 1 }
      let count = literal.utf8CodeUnitCount
      guard text.endIndex - index >= count else { return false }
      for i in 0..<count where text[index + i] != literal.utf8Start[i] { return false }
      index += count
      return true
    }

    /// Moves past spaces and a whole number from 0 that is exact as a `Double`, too.
    mutating func number() -> Int? {
      while index < text.endIndex, text[index] == UInt8(ascii: " ") { index += 1 }
      let start = index
      var value = 0
      while index < text.endIndex, (48...57).contains(text[index]), index - start < 15 {
        value = value * 10 + Int(text[index] - 48)
        index += 1
      }
      let count = index - start
      return count == 0 || count > 1 && text[start] == UInt8(ascii: "0") ? nil : value
    }
  }
}
