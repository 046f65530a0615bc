public import Quantities

/// A measured run of a real server, one row a request: what predictions are compared with.
public struct MeasuredRun: Hashable, Sendable {
  /// In order of sending.
  public var rows: [Row]

  public struct Row: Hashable, Sendable {
    public var arrival: Seconds
    public var promptTokens: Int
    public var outputTokens: Int
    /// Equal numbers are equal prompts.
    public var promptID: Int
    /// Whether the client got its whole answer.
    public var isComplete: Bool
    /// NaN where the request failed.
    public var ttft: Seconds
    public var e2e: Seconds

    /// (E2E − TTFT) / (output − 1); nil for one-token answers.
    public var tpot: Seconds? {
      outputTokens > 1 ? (e2e - ttft) / Double(outputTokens - 1) : nil
    }
  }

  /// Reads `arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s`, the columns in any order.
  ///
  /// - Throws: ``WorkloadError`` naming file, line and column.
  public init(path: String) throws(WorkloadError) {
    var lines = try TextLines(path: path)
    let names = ["arrival_s", "prompt_tokens", "output_tokens", "prompt_id", "ok", "ttft_s", "e2e_s"]
    let header = (lines.next()?.fields() ?? []).map { TextLines.text($0) }
    let places = names.compactMap { header.firstIndex(of: $0) }
    guard places.count == names.count else {
      throw WorkloadError([
        "\(path):1: found '\(header.joined(separator: ","))'; needed are \(names.joined(separator: ","))"
      ])
    }
    rows = []
    while let line = lines.next() {
      let fields = line.fields()
      guard fields.count == header.count else {
        throw WorkloadError(["\(path):\(lines.line): found \(fields.count) columns of \(header.count)"])
      }
      let numbers = places.map { fields[$0].decimal }
      guard let arrival = numbers[0], let prompt = numbers[1], let output = numbers[2] else {
        throw WorkloadError(["\(path):\(lines.line): found '\(TextLines.text(line))'; allowed are numbers"])
      }
      rows.append(
        Row(
          arrival: Seconds(arrival), promptTokens: Int(prompt), outputTokens: Int(output),
          promptID: Int(numbers[3] ?? 0), isComplete: numbers[4] == 1, ttft: Seconds(numbers[5] ?? .nan),
          e2e: Seconds(numbers[6] ?? .nan)))
    }
    if rows.isEmpty { throw WorkloadError(["\(path): holds no request below its header"]) }
  }
}
