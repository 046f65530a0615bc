import Foundation
import GRDB
import Metrics
import Quantities

/// The figures of a run whose requests and steps were not kept: a row of `summaries` with what its row of `runs` lacks, and five of
/// `latencies`.
enum FigureRows {
  static func insert(_ figures: RunFigures, run: Int64, into db: Database) throws {
    let values = try values(of: figures)
    let columns = (["run_id"] + values.map(\.column)).joined(separator: ", ")
    let marks = Array(repeating: "?", count: values.count + 1).joined(separator: ", ")
    try db.execute(
      sql: "INSERT INTO summaries (\(columns)) VALUES (\(marks))",
      arguments: StatementArguments([run] + values.map(\.value)))
    for latency in Latency.allCases {
      let distribution = figures.summary[keyPath: latency.path]
      guard distribution.mean.isFinite, distribution.std.isFinite else {
        throw UnstorableFigure(name: latency.rawValue)
      }
      try db.execute(
        sql: "INSERT INTO latencies (run_id, latency, mean_s, std_s, samples) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          run, latency.rawValue, distribution.mean, distribution.std, packed(distribution.samples),
        ])
    }
    try EstimateRows.insert(figures, run: run, into: db)
  }

  private static func values(
    of figures: RunFigures
  ) throws -> [(column: String, value: (any DatabaseValueConvertible)?)] {
    let (summary, parts) = (figures.summary, figures.summary.attribution)
    let values: [(column: String, value: (any DatabaseValueConvertible)?)] = [
      ("percentile_error", figures.percentileError), ("last_release_s", figures.lastRelease.value),
      ("rejections", summary.rejections.map { "\($0.reason.rawValue) \($0.count)" }.joined(separator: ", ")),
      ("total_input_tokens", summary.totalInputTokens), ("total_output_tokens", summary.totalOutputTokens),
      ("computed_prompt_tokens", figures.computedPromptTokens), ("generated_tokens", figures.generatedTokens),
      ("peak_output_tokens_per_s", summary.peakOutputTokensPerSecond),
      ("peak_concurrent_requests", summary.peakConcurrentRequests),
      ("mean_running", summary.engine.meanRunning), ("mean_waiting", summary.engine.meanWaiting),
      ("mean_batch_tokens", summary.engine.meanBatchTokens),
      ("mean_in_system", summary.engine.meanInSystem), ("ttft_front_end_s", parts?.frontEnd.value),
      ("ttft_queue_s", parts?.queue.value), ("ttft_own_prefill_s", parts?.ownPrefill.value),
      ("ttft_preemption_s", parts?.preemption.value), ("ttft_interference_s", parts?.interference.value),
    ]
    // SQLite would turn it into NULL without a word.
    for case (let column, let value as Double) in values where value.isNaN {
      throw UnstorableFigure(name: column)
    }
    return values
  }

  /// - Parameter stored: the run's row of `runs`.
  /// - Returns: nil if the run has no row in `summaries`: its requests and steps are there.
  static func fetch(_ stored: RunRow, run: Int64, from db: Database) throws -> RunFigures? {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM summaries WHERE run_id = ?", arguments: [run])
    else { return nil }
    func real(_ column: String) throws -> Double { try row.decode(forColumn: column) }
    func int(_ column: String) throws -> Int { try row.decode(forColumn: column) }
    let replicas = try ReplicaRows.fetch(run: run, from: db)
    let totals = RunTotals(
      busy: try BusyTime.fetch(run: run, from: db), totalBlocks: stored.figures.kvBlocks,
      blockSize: stored.blockSize, prefixQueryTokens: stored.prefixQueryTokens,
      prefixHitTokens: stored.prefixHitTokens, replicas: replicas.map(\.totals))
    let rejections = try rejections(try row.decode(forColumn: "rejections"))
    let head = stored.figures
    let engine = EngineFigures(
      steps: head.steps, meanKVUsage: head.meanKVUsage, peakKVUsage: head.peakKVUsage,
      meanRunning: try real("mean_running"), meanWaiting: try real("mean_waiting"),
      meanBatchTokens: try real("mean_batch_tokens"), preemptions: head.preemptions,
      meanInSystem: try real("mean_in_system"), prefixHitRate: totals.prefixHitRate,
      gpuBusyShare: head.gpuBusyShare)
    let latencies = try latencies(run: run, from: db)
    func latency(_ name: Latency) throws -> Distribution {
      guard let found = latencies[name] else { throw DamagedValue("its latencies lack '\(name.rawValue)'") }
      return found
    }
    let summary = Summary(
      duration: head.duration, completed: head.completed, failed: head.failed, excluded: 0,
      rejections: rejections, totalInputTokens: try int("total_input_tokens"),
      totalOutputTokens: try int("total_output_tokens"), requestThroughput: head.requestThroughput,
      outputThroughput: head.outputThroughput, totalTokenThroughput: head.totalTokenThroughput,
      goodput: head.goodput, peakOutputTokensPerSecond: try int("peak_output_tokens_per_s"),
      peakConcurrentRequests: try int("peak_concurrent_requests"), ttft: try latency(.ttft),
      tpot: try latency(.tpot), itl: try latency(.itl), e2e: try latency(.e2e),
      clientQueue: try latency(.clientQueue), attribution: try attribution(row), engine: engine)
    return RunFigures(
      summary: summary, totals: totals, requests: head.completed + head.failed,
      unfinished: head.failed - rejections.reduce(0) { $0 + $1.count }, steps: head.steps,
      computedPromptTokens: try int("computed_prompt_tokens"), generatedTokens: try int("generated_tokens"),
      percentileError: try real("percentile_error"), lastRelease: Seconds(try real("last_release_s")),
      storedEstimates: try EstimateRows.fetch(run: run, from: db), replicas: replicas.map(\.figures))
  }

  private static func attribution(_ row: Row) throws -> TTFTAttribution? {
    func part(_ name: String) throws -> Seconds? {
      let value: Double? = try row.decode(forColumn: "ttft_\(name)_s")
      return value.map { Seconds($0) }
    }
    guard let frontEnd = try part("front_end"), let queue = try part("queue"),
      let ownPrefill = try part("own_prefill"), let preemption = try part("preemption"),
      let interference = try part("interference")
    else { return nil }
    return TTFTAttribution(
      frontEnd: frontEnd, queue: queue, ownPrefill: ownPrefill, preemption: preemption,
      interference: interference)
  }

  /// Reads "exceeds_max_model_len 3, exceeds_kv_cache 1".
  private static func rejections(_ text: String) throws -> [Summary.RejectionCount] {
    try text.split(separator: ", ").map { item in
      let words = item.split(separator: " ")
      guard words.count == 2, let reason = RequestRecord.Rejection(rawValue: String(words[0])),
        let count = Int(words[1])
      else { throw DamagedValue("rejections are '\(text)'") }
      return Summary.RejectionCount(reason: reason, count: count)
    }
  }

  private static func latencies(run: Int64, from db: Database) throws -> [Latency: Distribution] {
    var latencies: [Latency: Distribution] = [:]
    let rows = try Row.fetchAll(
      db, sql: "SELECT latency, mean_s, std_s, samples FROM latencies WHERE run_id = ?", arguments: [run])
    for row in rows {
      let name: String = try row.decode(atIndex: 0)
      guard let latency = Latency(rawValue: name) else { throw DamagedValue("it has a latency '\(name)'") }
      latencies[latency] = Distribution(
        try unpacked(try row.decode(atIndex: 3), of: name), mean: try row.decode(atIndex: 1),
        std: try row.decode(atIndex: 2))
    }
    return latencies
  }

  private enum Latency: String, CaseIterable {
    case ttft, tpot, itl
    case e2e = "e2el"
    case clientQueue = "client_queue"

    var path: KeyPath<Summary, Distribution> {
      switch self {
      case .ttft: \.ttft
      case .tpot: \.tpot
      case .itl: \.itl
      case .e2e: \.e2e
      case .clientQueue: \.clientQueue
      }
    }
  }

  // MARK: Samples

  /// 16 bytes a sample, little-endian: the value as a double, the count as a signed integer.
  private static func packed(_ samples: [WeightedSample]) -> Data {
    var words: [UInt64] = []
    words.reserveCapacity(2 * samples.count)
    for sample in samples {
      words.append(sample.value.bitPattern.littleEndian)
      words.append(UInt64(bitPattern: Int64(sample.count)).littleEndian)
    }
    return words.withUnsafeBytes { Data($0) }
  }

  private static func unpacked(_ data: Data, of latency: String) throws -> [WeightedSample] {
    guard data.count % 16 == 0 else {
      throw DamagedValue("its samples of \(latency) have \(data.count) bytes, which is no multiple of 16")
    }
    return try data.withUnsafeBytes { bytes in
      try stride(from: 0, to: bytes.count, by: 16).map { offset in
        func word(_ offset: Int) -> UInt64 {
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let value = Double(bitPattern: word(offset))
        let count = Int(Int64(bitPattern: word(offset + 8)))
        // A sum of counts must not overflow, whatever the file holds.
        guard value.isFinite, value >= 0, count > 0, count < 1 << 52 else {
          throw DamagedValue("its samples of \(latency) hold \(count) times \(value)")
        }
        return WeightedSample(value: value, count: count)
      }
    }
  }
}
