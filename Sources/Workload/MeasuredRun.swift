public import InputFiles
public import Quantities

/// A measured run of a real server, one row a request: `arrival_s,prompt_tokens,output_tokens[,prompt_id],ok,ttft_s,e2e_s`.
public struct MeasuredRun: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    /// Time of sending, as the file has it.
    public var arrival: Seconds
    /// 0 if unknown, which only a failed request's may be.
    public var promptTokens: Int
    public var outputTokens: Int
    public var promptID: UInt64?
    /// Whether the request was answered.
    public var ok: Bool
    /// nil in failed requests only.
    public var ttft: Seconds?
    /// nil in failed requests only.
    public var e2e: Seconds?
  }

  /// In order of sending; at least one.
  public var rows: [Row]

  /// - Throws: `InputError` with file and line of the first ten problems, and the number of the others.
  public static func read(path: String) throws(InputError) -> MeasuredRun {
    try read(TextFile(path: path))
  }

  static func read(_ file: TextFile) throws(InputError) -> MeasuredRun {
    var csv = CSVCursor(file)
    let columns = try csv.required(["arrival_s", "prompt_tokens", "output_tokens", "ok", "ttft_s", "e2e_s"])
    let id = csv.column("prompt_id")
    var rows: [Row] = []
    var order = AscendingTimes()
    while csv.advance() {
      guard let ok = csv.integer(columns[3], in: 0...1).map({ $0 == 1 }) else { continue }
      let arrival = csv.number(columns[0], in: Trace.times)
      let prompt = csv.integer(columns[1], in: (ok ? 1 : 0)...LengthSpec.limit)
      let output = csv.integer(columns[2], in: (ok ? 1 : 0)...LengthSpec.limit)
      let name = id.flatMap { csv.integer($0, in: 0...Int.max) }
      let ttft = csv.latency(columns[4], isNeeded: ok)
      let e2e = csv.latency(columns[5], isNeeded: ok)
      guard let arrival, let prompt, let output else { continue }
      if !order.accepts(arrival) {
        csv.note("arrival_s is \(csv.excerpt(columns[0])), before the row above; times must not fall")
      }
      if let ttft, let e2e, e2e < ttft {
        csv.note("e2e_s is \(e2e.value), below ttft_s (\(ttft.value))")
      }
      rows.append(
        Row(
          arrival: Seconds(arrival), promptTokens: prompt, outputTokens: output,
          promptID: name.map(UInt64.init),
          ok: ok, ttft: ttft, e2e: e2e))
    }
    guard csv.problems.isEmpty else { throw csv.problems }
    guard !rows.isEmpty else { throw InputError(file.path, "no requests; the file ends after its header") }
    return MeasuredRun(rows: rows)
  }
}

extension CSVCursor {
  /// A latency in seconds; may be empty where there was no answer.
  fileprivate mutating func latency(_ column: Column, isNeeded: Bool) -> Seconds? {
    if !isNeeded, bytes(column).isEmpty { return nil }
    return number(column, in: Trace.times).map { Seconds($0) }
  }
}
