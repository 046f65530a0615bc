import GRDB
import Metrics
import Quantities

/// Elements of a run's record that fill a table of their own, one row each, in order.
protocol SeriesRow {
  static var table: String { get }
  /// After `run_id` and the position in the series.
  static var columns: [String] { get }
  /// The name of the column that holds the position, or the element's own index.
  static var key: String { get }

  /// - Parameter position: of the element in its series.
  /// - Returns: the key column, then ``columns``.
  func values(at position: Int) throws -> [(any DatabaseValueConvertible)?]

  /// - Parameter row: as returned by ``values(at:)``.
  init(_ row: Row) throws
}

extension SeriesRow {
  static func insert(_ elements: [Self], run: Int64, into db: Database) throws {
    guard !elements.isEmpty else { return }
    let names = (["run_id", key] + columns).joined(separator: ", ")
    let marks = Array(repeating: "?", count: columns.count + 2).joined(separator: ", ")
    let statement = try db.makeStatement(sql: "INSERT INTO \(table) (\(names)) VALUES (\(marks))")
    for (position, element) in elements.enumerated() {
      let values = try element.values(at: position)
      statement.setUncheckedArguments(StatementArguments([run] + values))
      try statement.execute()
    }
  }

  static func fetch(run: Int64, from db: Database) throws -> [Self] {
    let names = ([key] + columns).joined(separator: ", ")
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(names) FROM \(table) WHERE run_id = ? ORDER BY \(key)", arguments: [run])
    var elements: [Self] = []
    while let row = try rows.next() { elements.append(try Self(row)) }
    return elements
  }

  /// SQLite would turn it into NULL without a word.
  static func number(_ time: Seconds?, _ name: @autoclosure () -> String) throws -> Double? {
    if let time, time.value.isNaN { throw UnstorableFigure(name: name()) }
    return time?.value
  }
}

extension RequestRecord: SeriesRow {
  static var table: String { "requests" }
  static var key: String { "request_index" }
  static var columns: [String] {
    [
      "stage", "prompt_tokens", "output_tokens", "generated_tokens", "cached_tokens", "preemptions",
      "released_s",
      "sent_s", "first_token_s", "finished_s", "outcome", "ttft_front_end_s", "ttft_queue_s",
      "ttft_own_prefill_s",
      "ttft_preemption_s", "ttft_interference_s", "deliveries", "replica",
    ]
  }

  func values(at position: Int) throws -> [(any DatabaseValueConvertible)?] {
    func time(_ value: Seconds?, _ name: String) throws -> Double? {
      try Self.number(value, "\(name) of request \(index)")
    }
    return [
      index, stage, promptTokens, outputTokens, generatedTokens, cachedTokens, preemptions,
      try time(released, "released"), try time(sent, "sent"), try time(firstToken, "first token"),
      try time(finished, "finished"), outcome.name,
      try time(attribution?.frontEnd, "front end"), try time(attribution?.queue, "queue"),
      try time(attribution?.ownPrefill, "own prefill"), try time(attribution?.preemption, "preemption"),
      try time(attribution?.interference, "interference"),
      deliveries.map { "\($0.first)-\($0.last)" }.joined(separator: " "), replica,
    ]
  }

  init(_ row: Row) throws {
    func time(_ index: Int) throws -> Seconds? {
      let value: Double? = try row.decode(atIndex: index)
      return value.map { Seconds($0) }
    }
    let index: Int = try row.decode(atIndex: 0)
    let name: String = try row.decode(atIndex: 11)
    guard let outcome = Outcome(name: name) else {
      throw DamagedValue("outcome of request \(index) is '\(name)'")
    }
    var attribution: TTFTAttribution?
    if let frontEnd = try time(12), let queue = try time(13), let ownPrefill = try time(14),
      let preemption = try time(15), let interference = try time(16)
    {
      attribution = TTFTAttribution(
        frontEnd: frontEnd, queue: queue, ownPrefill: ownPrefill, preemption: preemption,
        interference: interference)
    }
    self.init(
      index: index, stage: try row.decode(atIndex: 1), promptTokens: try row.decode(atIndex: 2),
      outputTokens: try row.decode(atIndex: 3), generatedTokens: try row.decode(atIndex: 4),
      cachedTokens: try row.decode(atIndex: 5), preemptions: try row.decode(atIndex: 6),
      released: Seconds(try row.decode(atIndex: 7)), sent: Seconds(try row.decode(atIndex: 8)),
      firstToken: try time(9), finished: try time(10), outcome: outcome, attribution: attribution,
      deliveries: try Self.deliveries(try row.decode(atIndex: 17), request: index),
      replica: try row.decode(atIndex: 18))
  }

  /// Reads "12-40 57-90".
  private static func deliveries(_ text: String, request: Int) throws -> [StepRange] {
    try text.split(separator: " ").map { range in
      let bounds = range.split(separator: "-").compactMap { Int($0) }
      guard bounds.count == 2, bounds[0] <= bounds[1] else {
        throw DamagedValue("deliveries of request \(request) are '\(text)'")
      }
      return StepRange(first: bounds[0], last: bounds[1])
    }
  }
}

extension StepRecord: SeriesRow {
  static var table: String { "steps" }
  static var key: String { "step" }
  static var columns: [String] {
    [
      "composed_s", "start_s", "end_s", "prefill_tokens", "decode_tokens", "running", "waiting",
      "used_blocks",
      "preemptions",
    ]
  }

  func values(at position: Int) throws -> [(any DatabaseValueConvertible)?] {
    [
      position, try Self.number(composed, "composition of step \(position)"),
      try Self.number(start, "start of step \(position)"), try Self.number(end, "end of step \(position)"),
      prefillTokens, decodeTokens, running, waiting, usedBlocks, preemptions,
    ]
  }

  init(_ row: Row) throws {
    self.init(
      composed: Seconds(try row.decode(atIndex: 1)), start: Seconds(try row.decode(atIndex: 2)),
      end: Seconds(try row.decode(atIndex: 3)), prefillTokens: try row.decode(atIndex: 4),
      decodeTokens: try row.decode(atIndex: 5), running: try row.decode(atIndex: 6),
      waiting: try row.decode(atIndex: 7), usedBlocks: try row.decode(atIndex: 8),
      preemptions: try row.decode(atIndex: 9))
  }
}

extension WeightedSample: SeriesRow {
  static var table: String { "token_gaps" }
  static var key: String { "position" }
  static var columns: [String] { ["gap_s", "count"] }

  func values(at position: Int) throws -> [(any DatabaseValueConvertible)?] {
    [position, try Self.number(Seconds(value), "token gap \(position)"), count]
  }

  init(_ row: Row) throws {
    self.init(value: try row.decode(atIndex: 1), count: try row.decode(atIndex: 2))
  }
}

extension BusyTime: SeriesRow {
  static var table: String { "busy_times" }
  static var key: String { "position" }
  static var columns: [String] { ["kind", "time_s"] }

  func values(at position: Int) throws -> [(any DatabaseValueConvertible)?] {
    [position, kind, try Self.number(time, "busy time of \(kind)")]
  }

  init(_ row: Row) throws {
    self.init(kind: try row.decode(atIndex: 1), time: Seconds(try row.decode(atIndex: 2)))
  }
}
