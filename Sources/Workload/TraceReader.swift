import Foundation

/// Reads the rows of one trace file, collecting what is wrong with it.
struct TraceReader {
  private let path: String
  private let format: TraceFormat
  private var lines: TextLines
  private var header: [String] = []
  private var problems: [String] = []
  private var suppressed = 0
  private var lastTime = -Double.infinity

  /// More tokens in one prompt or answer are a damaged file, not a request.
  static let mostTokens = 10_000_000
  private static let mostProblems = 10

  /// - Parameter format: nil tells from the first line.
  init(path: String, format: TraceFormat?) throws(WorkloadError) {
    self.path = path
    lines = try TextLines(path: path)
    var ahead = lines
    guard let first = ahead.next() else { throw WorkloadError(["\(path): holds only blank lines"]) }
    guard let found = format ?? Self.format(ofFirstLine: first) else {
      throw WorkloadError([
        "\(path):1: found '\(TextLines.text(first))'; allowed is the header \(Self.headers) or a JSON object "
          + "with timestamp, input_length and output_length (Mooncake)"
      ])
    }
    self.format = found
    if found != .mooncake {
      header = first.fields().map { TextLines.text($0) }
      lines = ahead
    }
  }

  private static let headers =
    "TIMESTAMP,ContextTokens,GeneratedTokens (Azure), arrival_s,prompt_tokens,output_tokens (csv), "
    + "Timestamp,…,Request tokens,Response tokens (BurstGPT)"

  private static func format(ofFirstLine line: ArraySlice<UInt8>) -> TraceFormat? {
    if line.first(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "{") { return .mooncake }
    let names = Set(line.fields().map { TextLines.text($0).lowercased() })
    if names.isSuperset(of: ["timestamp", "contexttokens", "generatedtokens"]) { return .azure }
    if names.isSuperset(of: ["timestamp", "request tokens", "response tokens"]) { return .burstgpt }
    if names.isSuperset(of: ["arrival_s", "prompt_tokens", "output_tokens"]) { return .csv }
    return nil
  }

  mutating func rows() throws(WorkloadError) -> [TraceRow] {
    let rows: [TraceRow]
    switch format {
    case .azure: rows = try azure()
    case .burstgpt: rows = try burstGPT()
    case .csv: rows = try ownFormat()
    case .mooncake: rows = mooncake()
    }
    if suppressed > 0 { problems.append("\(path): and \(suppressed) more") }
    guard problems.isEmpty else { throw WorkloadError(problems) }
    guard !rows.isEmpty else { throw WorkloadError(["\(path): holds no request below its header"]) }
    return rows
  }

  // MARK: Formats

  private mutating func azure() throws(WorkloadError) -> [TraceRow] {
    let columns = try positions(["TIMESTAMP", "ContextTokens", "GeneratedTokens"])
    return table(columns) { reader, fields in
      reader.row(
        time: reader.stamp(fields[0]), prompt: reader.tokens(fields[1], "ContextTokens"),
        output: reader.tokens(fields[2], "GeneratedTokens"))
    }
  }

  /// Rows without an answer are failed requests and left out.
  private mutating func burstGPT() throws(WorkloadError) -> [TraceRow] {
    let columns = try positions(["Timestamp", "Request tokens", "Response tokens"])
    return table(columns) { reader, fields in
      if fields[2].wholeNumber == 0 { return nil }
      return reader.row(
        time: reader.seconds(fields[0], "Timestamp"), prompt: reader.tokens(fields[1], "Request tokens"),
        output: reader.tokens(fields[2], "Response tokens"))
    }
  }

  private mutating func ownFormat() throws(WorkloadError) -> [TraceRow] {
    var names = ["arrival_s", "prompt_tokens", "output_tokens"]
    if header.contains("prompt_id") { names.append("prompt_id") }
    return table(try positions(names)) { reader, fields in
      var row = reader.row(
        time: reader.seconds(fields[0], "arrival_s"), prompt: reader.tokens(fields[1], "prompt_tokens"),
        output: reader.tokens(fields[2], "output_tokens"))
      guard fields.count > 3, !fields[3].isEmpty else { return row }
      guard let id = fields[3].wholeNumber else {
        reader.note("prompt_id: found '\(TextLines.text(fields[3]))'; allowed is a whole number")
        return nil
      }
      row?.content = .text(UInt64(id))
      return row
    }
  }

  /// One JSON object a line. Time stamps come every 3 s in the published conversation trace; a group of equal stamps is
  /// spread evenly over the time to the next stamp (3 s after the last one).
  private mutating func mooncake() -> [TraceRow] {
    struct Line: Decodable {
      var timestamp: Double
      var input_length: Int
      var output_length: Int
      var hash_ids: [UInt64]?
    }
    let decoder = JSONDecoder()
    var rows: [TraceRow] = []
    while let line = lines.next() {
      guard let parsed = try? decoder.decode(Line.self, from: Data(line)) else {
        note(
          "found '\(TextLines.text(line))'; allowed is a JSON object with the numbers timestamp (ms), input_length, "
            + "output_length and, if prefixes are shared, hash_ids")
        continue
      }
      let prompt = tokens(parsed.input_length, "input_length")
      let output = tokens(parsed.output_length, "output_length")
      guard var row = row(time: time(parsed.timestamp / 1e3, "timestamp"), prompt: prompt, output: output)
      else {
        continue
      }
      if let ids = parsed.hash_ids, !ids.isEmpty {
        // Names of the workload's texts stay below 2⁶³.
        row.content = .segments(ids.map { .init(text: $0 & (1 << 62 - 1), tokens: 512) })
      }
      rows.append(row)
    }
    spread(&rows)
    return rows
  }

  private func spread(_ rows: inout [TraceRow]) {
    var start = 0
    while start < rows.count {
      let stamp = rows[start].time
      let end = rows[start...].firstIndex { $0.time != stamp } ?? rows.count
      let width = end < rows.count ? rows[end].time - stamp : 3
      for i in start..<end { rows[i].time += width * Double(i - start) / Double(end - start) }
      start = end
    }
  }

  // MARK: Tables

  /// Where the named columns stand; names compare without case.
  private func positions(_ names: [String]) throws(WorkloadError) -> [Int] {
    let known = header.map { $0.lowercased() }
    let places = names.map { known.firstIndex(of: $0.lowercased()) }
    let missing = zip(names, places).filter { $0.1 == nil }.map(\.0)
    guard missing.isEmpty else {
      throw WorkloadError([
        "\(path):1: found the columns \(header.joined(separator: ", ")); missing: \(missing.joined(separator: ", "))"
      ])
    }
    return places.compactMap { $0 }
  }

  private mutating func table(
    _ columns: [Int], _ parse: (inout TraceReader, [ArraySlice<UInt8>]) -> TraceRow?
  ) -> [TraceRow] {
    var rows: [TraceRow] = []
    let width = (columns.max() ?? 0) + 1
    while let line = lines.next() {
      let fields = line.fields()
      guard fields.count >= width else {
        note("found \(fields.count) of \(header.count) columns: '\(TextLines.text(line))'")
        continue
      }
      if let row = parse(&self, columns.map { fields[$0] }) { rows.append(row) }
    }
    return rows
  }

  private mutating func note(_ text: String) {
    guard problems.count < Self.mostProblems else {
      suppressed += 1
      return
    }
    problems.append("\(path):\(lines.line): \(text)")
  }

  // MARK: Fields

  private func row(time: Double?, prompt: Int?, output: Int?) -> TraceRow? {
    guard let time, let prompt, let output else { return nil }
    return TraceRow(time: time, promptTokens: prompt, outputTokens: output)
  }

  private mutating func tokens(_ field: ArraySlice<UInt8>, _ name: String) -> Int? {
    guard let n = field.wholeNumber else {
      note(
        "\(name): found '\(TextLines.text(field))'; allowed is a whole number from 1 to \(Self.mostTokens)")
      return nil
    }
    return tokens(n, name)
  }

  private mutating func tokens(_ n: Int, _ name: String) -> Int? {
    guard (1...Self.mostTokens).contains(n) else {
      note("\(name): found \(n); allowed is a whole number from 1 to \(Self.mostTokens)")
      return nil
    }
    return n
  }

  private mutating func seconds(_ field: ArraySlice<UInt8>, _ name: String) -> Double? {
    guard let x = field.decimal else {
      note("\(name): found '\(TextLines.text(field))'; allowed is a number of seconds")
      return nil
    }
    return time(x, name)
  }

  /// "2023-11-16 18:15:46.6805900", also with a "+00:00" or "Z" behind it.
  private mutating func stamp(_ field: ArraySlice<UInt8>) -> Double? {
    guard let seconds = CalendarStamp.seconds(field) else {
      note(
        "TIMESTAMP: found '\(TextLines.text(field))'; allowed is a time such as 2023-11-16 18:15:46.6805900")
      return nil
    }
    return time(seconds, "TIMESTAMP")
  }

  private mutating func time(_ seconds: Double, _ name: String) -> Double? {
    guard seconds.isFinite, seconds >= 0, seconds < 1e11 else {
      note("\(name): found \(seconds) s; allowed is a time from 0 s")
      return nil
    }
    guard seconds >= lastTime else {
      note("\(name): is \(lastTime - seconds) s before the request above it; sort the file by time")
      return nil
    }
    lastTime = seconds
    return seconds
  }
}

/// A date and time of day as seconds since 1970, in UTC.
enum CalendarStamp {
  /// "YYYY-MM-DD hh:mm:ss[.fraction][+00:00|Z]", or nil. Other zones than UTC are not in use and refused.
  static func seconds(_ text: ArraySlice<UInt8>) -> Double? {
    var rest = text
    func number(_ digits: Int, _ end: UInt8?) -> Int? {
      guard let n = rest.prefix(digits).wholeNumber, rest.count >= digits else { return nil }
      rest = rest.dropFirst(digits)
      guard let end else { return n }
      guard rest.first == end || (end == UInt8(ascii: " ") && rest.first == UInt8(ascii: "T")) else {
        return nil
      }
      rest = rest.dropFirst()
      return n
    }
    guard let year = number(4, UInt8(ascii: "-")), let month = number(2, UInt8(ascii: "-")),
      let day = number(2, UInt8(ascii: " ")), let hour = number(2, UInt8(ascii: ":")),
      let minute = number(2, UInt8(ascii: ":")), let second = number(2, nil),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    var fraction = 0.0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { $0 >= 48 && $0 <= 57 }
      guard let n = digits.wholeNumber else { return nil }
      fraction = Double(n) / pow(10, Double(digits.count))
      rest = rest.dropFirst(1 + digits.count)
    }
    guard ["", "Z", "+00:00", "+0000"].contains(String(decoding: rest, as: UTF8.self)) else { return nil }
    let days = daysSince1970(year, month, day)
    return Double(days * 86_400 + hour * 3600 + minute * 60 + second) + fraction
  }

  /// Days of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
