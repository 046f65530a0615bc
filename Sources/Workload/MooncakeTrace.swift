import Foundation
import InputFiles
import Quantities
import Randomness

extension Trace {
  /// Tokens of a block that Mooncake's `hash_ids` name.
  static let mooncakeBlock = 512
  /// Mooncake's clock: the stamps of its conversation trace are multiples of 3 s.
  private static let mooncakeTick = 3.0

  /// JSON lines of `timestamp` (ms), `input_length`, `output_length` and, if there, `hash_ids` (one a block of 512 tokens,
  /// the last block shorter).
  static func readMooncake(_ file: TextFile) throws(InputError) -> Trace {
    var problems = InputError([])
    var trace = Trace(format: .mooncake, records: [], dropped: 0)
    var order = AscendingTimes()
    let decoder = JSONDecoder()
    var (offset, number) = (file.start, 0)
    while let range = file.line(from: &offset, number: &number) {
      do {
        let line =
          try MooncakeLine(plain: file.bytes[range])
          ?? decoder.decode(MooncakeLine.self, from: Data(file.bytes[range]))
        if let problem = line.problem {
          problems.add("\(file.path):\(number)", problem)
        } else if !order.accepts(line.timestamp) {
          problems.add(
            "\(file.path):\(number)",
            "timestamp is \(line.timestamp), before the line above; times must not fall")
        } else {
          trace.records.append(line.record)
        }
      } catch {
        let isLast = offset >= file.bytes.count
        problems.add("\(file.path):\(number)", reason(error, found: file.excerpt(range), isLast: isLast))
      }
    }
    trace.spreadEqualTimes()
    return try trace.checked(problems)
  }

  /// Distributes requests with the same stamp over the time to the next stamp, at most one tick of Mooncake's clock, which
  /// is when they really came: at random, uniformly, in the file's order. Stamps that occur once stay.
  ///
  /// Even spacing would be more regular than any traffic. The random numbers are the same at every reading.
  private mutating func spreadEqualTimes() {
    let source = RandomStream(seed: 0, stream: .arrivals)
    var start = 0
    while start < records.count {
      let stamp = records[start].arrival
      let end = records[start...].firstIndex { $0.arrival != stamp } ?? records.count
      if end - start > 1 {
        let gap = end < records.count ? records[end].arrival.value - stamp.value : Self.mooncakeTick
        let width = min(gap, Self.mooncakeTick)
        let places = (start..<end).map { index in
          var draws = source.draws(at: index)
          return draws.uniform()
        }
        for (index, place) in zip(start..<end, places.sorted()) {
          records[index].arrival = stamp + Seconds(place * width)
        }
      }
      start = end
    }
  }

  private static func reason(_ error: any Error, found: String, isLast: Bool) -> String {
    let keys =
      "allowed are timestamp, input_length, output_length (numbers) and hash_ids (a list of whole numbers)"
    switch error {
    case DecodingError.keyNotFound(let key, _): return "no \(key.stringValue); \(keys)"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      let key = context.codingPath.first?.stringValue ?? "the line"
      return "\(key) has the wrong type in \(found); \(keys)"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "\(context.codingPath[0].stringValue) is no whole number from 0 in \(found); \(keys)"
    default:
      return "no JSON object: \(found)" + (isLast ? "; the last line, so the file may have been cut off" : "")
    }
  }
}
