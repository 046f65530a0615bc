import GRDB
import Metrics
import Quantities

/// A row of `runs`: the description, the headline figures, and what of the run is no series.
struct RunRow {
  var description: RunDescription
  var figures: HeadlineFigures
  var blockSize: Int
  var prefixQueryTokens: Int
  var prefixHitTokens: Int

  init(_ description: RunDescription, _ run: RunFigures) {
    self.description = description
    figures = HeadlineFigures(run)
    blockSize = run.totals.blockSize
    prefixQueryTokens = run.totals.prefixQueryTokens
    prefixHitTokens = run.totals.prefixHitTokens
  }

  /// - Returns: the new row's id.
  func insert(into db: Database) throws -> Int64 {
    let values = try values()
    let columns = values.map(\.column).joined(separator: ", ")
    let marks = values.map { _ in "?" }.joined(separator: ", ")
    try db.execute(
      sql: "INSERT INTO runs (\(columns)) VALUES (\(marks))",
      arguments: StatementArguments(values.map(\.value)))
    return db.lastInsertedRowID
  }

  private func values() throws -> [(column: String, value: (any DatabaseValueConvertible)?)] {
    let run = description
    guard let created = UTCTimestamp(run.createdAt) else { throw UnstorableFigure(name: "created_at") }
    var values: [(column: String, value: (any DatabaseValueConvertible)?)] = [
      ("created_at", created.sqlText), ("scenario", run.scenarioName), ("variant", run.variantName),
      ("model", run.modelName), ("device", run.deviceName),
      ("tensor_parallel_size", run.tensorParallelSize), ("seed", "\(run.seed)"),
      ("request_rate", run.requestRate?.value), ("burstiness", run.burstiness),
      ("max_concurrency", run.maxConcurrency), ("num_prompts", run.numPrompts),
      ("is_projection", run.isProjection), ("skip_percent", run.skipPercent),
      ("scenario_text", run.scenarioText), ("code_version", run.codeVersion), ("replicas", run.replicas),
      ("router", run.router),
      ("duration_s", figures.duration.value), ("completed", figures.completed), ("failed", figures.failed),
      ("request_throughput", figures.requestThroughput.value), ("goodput", figures.goodput?.value),
      ("output_throughput", figures.outputThroughput.value),
      ("total_token_throughput", figures.totalTokenThroughput.value),
      ("mean_kv_usage", figures.meanKVUsage), ("peak_kv_usage", figures.peakKVUsage),
      ("preemptions", figures.preemptions), ("steps", figures.steps),
      ("gpu_busy_share", figures.gpuBusyShare), ("kv_blocks", figures.kvBlocks), ("block_size", blockSize),
      ("prefix_query_tokens", prefixQueryTokens), ("prefix_hit_tokens", prefixHitTokens),
    ]
    // 0 is the column's default.
    if run.replication > 0 { values.append(("replication", run.replication)) }
    for metric in LatencyMetric.allCases {
      let latency = figures[metric]
      values += [
        ("mean_\(metric.benchName)_s", latency.mean.value), ("p50_\(metric.benchName)_s", latency.p50.value),
        ("p90_\(metric.benchName)_s", latency.p90.value), ("p99_\(metric.benchName)_s", latency.p99.value),
      ]
    }
    // SQLite would turn it into NULL without a word.
    for case (let column, let value as Double) in values where value.isNaN {
      throw UnstorableFigure(name: column)
    }
    return values
  }

  init(_ row: Row) throws {
    func real(_ column: String) throws -> Double { try row.decode(forColumn: column) }
    func int(_ column: String) throws -> Int { try row.decode(forColumn: column) }
    func text(_ column: String) throws -> String { try row.decode(forColumn: column) }
    func latency(_ metric: LatencyMetric) throws -> HeadlineFigures.Latency {
      func value(_ statistic: String) throws -> Seconds {
        Seconds(try real("\(statistic)_\(metric.benchName)_s"))
      }
      return HeadlineFigures.Latency(
        mean: try value("mean"), p50: try value("p50"), p90: try value("p90"), p99: try value("p99"))
    }
    let (created, seed) = (try text("created_at"), try text("seed"))
    guard let timestamp = UTCTimestamp(sqlText: created) else {
      throw DamagedValue("created_at is '\(created)'")
    }
    guard let seed = UInt64(seed) else { throw DamagedValue("seed is '\(seed)'") }
    let rate: Double? = try row.decode(forColumn: "request_rate")
    let goodput: Double? = try row.decode(forColumn: "goodput")
    description = RunDescription(
      scenarioName: try text("scenario"), variantName: try text("variant"), modelName: try text("model"),
      deviceName: try text("device"), tensorParallelSize: try int("tensor_parallel_size"), seed: seed,
      replication: try int("replication"),
      requestRate: rate.map { PerSecond($0) }, burstiness: try real("burstiness"),
      maxConcurrency: try row.decode(forColumn: "max_concurrency"), numPrompts: try int("num_prompts"),
      isProjection: try row.decode(forColumn: "is_projection"), skipPercent: try real("skip_percent"),
      scenarioText: try text("scenario_text"), codeVersion: try text("code_version"),
      createdAt: timestamp.date, replicas: try int("replicas"), router: try row.decode(forColumn: "router"))
    figures = HeadlineFigures(
      duration: Seconds(try real("duration_s")), completed: try int("completed"), failed: try int("failed"),
      requestThroughput: PerSecond(try real("request_throughput")), goodput: goodput.map { PerSecond($0) },
      outputThroughput: PerSecond(try real("output_throughput")),
      totalTokenThroughput: PerSecond(try real("total_token_throughput")),
      ttft: try latency(.ttft), tpot: try latency(.tpot), itl: try latency(.itl), e2e: try latency(.e2e),
      kvBlocks: try int("kv_blocks"), meanKVUsage: try real("mean_kv_usage"),
      peakKVUsage: try real("peak_kv_usage"), preemptions: try int("preemptions"), steps: try int("steps"),
      gpuBusyShare: try real("gpu_busy_share"))
    blockSize = try int("block_size")
    prefixQueryTokens = try int("prefix_query_tokens")
    prefixHitTokens = try int("prefix_hit_tokens")
  }
}

/// A figure that is not a number, met while writing a row.
struct UnstorableFigure: Error {
  var name: String
}

/// A stored value that no version of this program writes.
struct DamagedValue: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}
