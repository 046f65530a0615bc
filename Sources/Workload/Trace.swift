public import InputFiles
public import Quantities

/// Real requests, as a trace file gives them.
public struct Trace: Hashable, Sendable {
  public struct Record: Hashable, Sendable {
    /// Counted from the first request of the file, whatever the file's own clock.
    public var arrival: Seconds
    public var promptTokens: Int
    public var outputTokens: Int
    /// What the file says about common prefixes; ``PromptContent/unique`` if it says nothing.
    public var content: PromptContent
  }

  public var format: TraceFormat
  /// In order of arrival; at least one.
  public var records: [Record]
  /// Rows left out because the request failed or its lengths are unknown.
  public var dropped: Int

  /// Reads a file whole. O(size).
  ///
  /// - Throws: `InputError` with file and line of the first ten problems, and the number of the others.
  public static func read(_ source: TraceSpec) throws(InputError) -> Trace {
    try read(TextFile(path: source.path), format: source.format)
  }

  static func read(_ file: TextFile, format: TraceFormat?) throws(InputError) -> Trace {
    let format = if let format { format } else { try detect(file) }
    var trace =
      switch format {
      case .azure: try readAzure(CSVCursor(file))
      case .mooncake: try readMooncake(file)
      case .burstgpt: try readBurstGPT(CSVCursor(file))
      case .csv: try readOwn(CSVCursor(file))
      }
    guard let first = trace.records.first?.arrival else {
      throw InputError(
        file.path,
        trace.dropped == 0
          ? "no requests; the file ends after its header"
          : "no requests; all \(trace.dropped.grouped) rows are of failed requests")
    }
    for i in trace.records.indices { trace.records[i].arrival -= first }
    return trace
  }

  /// Tells the format from the first line.
  private static func detect(_ file: TextFile) throws(InputError) -> TraceFormat {
    var (offset, number) = (file.start, 0)
    guard let line = file.line(from: &offset, number: &number) else {
      throw InputError(file.path, "the file is empty")
    }
    if file.bytes[line.lowerBound] == UInt8(ascii: "{") { return .mooncake }
    let header = CSVCursor(file)
    if header.column("ContextTokens") != nil { return .azure }
    if header.column("Request tokens") != nil { return .burstgpt }
    if header.column("arrival_s") != nil { return .csv }
    throw InputError(
      "\(file.path):\(number)",
      "no known trace format; the first line is \(file.excerpt(line)), known are TIMESTAMP,ContextTokens,"
        + "GeneratedTokens (Azure), Timestamp,Model,Request tokens,Response tokens,… (BurstGPT), "
        + "arrival_s,prompt_tokens,output_tokens[,prompt_id], and JSON lines (Mooncake)")
  }

  /// Times of a trace, in seconds: up to three years, above which a file is in another unit.
  static let times = 0.0...1e8
  static let lengths = 1...LengthSpec.limit
}

/// Notes rows whose time lies before the row before.
struct AscendingTimes {
  private var last = -Double.infinity

  mutating func accepts(_ time: Double) -> Bool {
    guard time >= last else { return false }
    last = time
    return true
  }
}
