import InputFiles
import Quantities

// The CSV formats. Times must not fall: a file out of order is a file put together wrongly, and sorting would hide it.
extension Trace {
  /// `TIMESTAMP,ContextTokens,GeneratedTokens` of the Azure LLM inference traces. A row without generated tokens is a
  /// request without an answer; it is dropped.
  static func readAzure(_ csv: CSVCursor) throws(InputError) -> Trace {
    var csv = csv
    let columns = try csv.required(["TIMESTAMP", "ContextTokens", "GeneratedTokens"])
    var trace = Trace(format: .azure, records: [], dropped: 0)
    var origin: Int?
    var order = AscendingTimes()
    while csv.advance() {
      let stamp = AzureTimestamp.nanoseconds(csv.bytes(columns[0]))
      if stamp == nil {
        csv.note(
          "TIMESTAMP is \(csv.excerpt(columns[0])); allowed are times such as 2023-11-16 18:15:46.6805900")
      }
      let prompt = csv.integer(columns[1], in: lengths)
      let output = csv.integer(columns[2], in: 0...LengthSpec.limit)
      guard let stamp, let prompt, let output else { continue }
      let arrival = Double(stamp - (origin ?? stamp)) * 1e-9
      origin = origin ?? stamp
      trace.append(arrival, prompt, output, column: columns[0], &csv, &order)
    }
    return try trace.checked(csv.problems)
  }

  /// BurstGPT, by column name. A row without response tokens is a failed request; it is dropped.
  static func readBurstGPT(_ csv: CSVCursor) throws(InputError) -> Trace {
    var csv = csv
    let columns = try csv.required(["Timestamp", "Request tokens", "Response tokens"])
    var trace = Trace(format: .burstgpt, records: [], dropped: 0)
    var order = AscendingTimes()
    while csv.advance() {
      let arrival = csv.number(columns[0], in: times)
      let output = csv.integer(columns[2], in: 0...LengthSpec.limit)
      let prompt = csv.integer(columns[1], in: (output == 0 ? 0 : 1)...LengthSpec.limit)
      guard let arrival, let prompt, let output else { continue }
      trace.append(arrival, prompt, output, column: columns[0], &csv, &order)
    }
    return try trace.checked(csv.problems)
  }

  /// `arrival_s,prompt_tokens,output_tokens[,prompt_id]`. Rows with `ok` = 0, if there is such a column, may have a length
  /// of 0 for unknown: the request was sent, so its prompt takes the length of the row before with the same prompt id;
  /// where that does not help the row is dropped.
  static func readOwn(_ csv: CSVCursor) throws(InputError) -> Trace {
    var csv = csv
    let columns = try csv.required(["arrival_s", "prompt_tokens", "output_tokens"])
    let (id, success) = (csv.column("prompt_id"), csv.column("ok"))
    var trace = Trace(format: .csv, records: [], dropped: 0)
    var order = AscendingTimes()
    var known: [PromptContent: Int] = [:]
    while csv.advance() {
      let least = success.map { DecimalField.integer(csv.bytes($0)) == 0 ? 0 : 1 } ?? 1
      let arrival = csv.number(columns[0], in: times)
      let prompt = csv.integer(columns[1], in: least...LengthSpec.limit)
      let output = csv.integer(columns[2], in: least...LengthSpec.limit)
      var content = PromptContent.unique
      if let id, let name = csv.integer(id, in: 0...Int.max) { content = .text(UInt64(name)) }
      guard let arrival, var prompt, let output else { continue }
      if content != .unique {
        if prompt == 0 { prompt = known[content] ?? 0 } else { known[content] = prompt }
      }
      trace.append(arrival, prompt, output, content: content, column: columns[0], &csv, &order)
    }
    return try trace.checked(csv.problems)
  }

  private mutating func append(
    _ arrival: Double, _ prompt: Int, _ output: Int, content: PromptContent = .unique,
    column: CSVCursor.Column,
    _ csv: inout CSVCursor, _ order: inout AscendingTimes
  ) {
    guard order.accepts(arrival) else {
      return csv.note("\(column.name) is \(csv.excerpt(column)), before the row above; times must not fall")
    }
    guard prompt > 0, output > 0 else {
      dropped += 1
      return
    }
    records.append(
      Record(arrival: Seconds(arrival), promptTokens: prompt, outputTokens: output, content: content))
  }

  func checked(_ problems: InputError) throws(InputError) -> Trace {
    guard problems.isEmpty else { throw problems }
    return self
  }
}
