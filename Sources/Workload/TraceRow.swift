/// One request of a trace file.
struct TraceRow: Hashable, Sendable {
  /// Seconds since the first request.
  var time: Double
  var promptTokens: Int
  var outputTokens: Int
  var content: PromptContent = .unique
}

extension TraceRow {
  /// Reads a trace. Times are counted from the first request; they must not decrease.
  ///
  /// - Throws: ``WorkloadError`` with up to ten problems of the file, each with its line.
  static func read(_ spec: TraceSpec) throws(WorkloadError) -> [TraceRow] {
    var reader = try TraceReader(path: spec.path, format: spec.format)
    var rows = try reader.rows()
    guard let start = rows.first?.time else { return [] }
    for i in rows.indices { rows[i].time -= start }
    return rows
  }
}
