import Metrics
import Quantities

/// The object `swiftkv_sim` of a bench file: what a simulator knows and a load generator cannot see.
enum SimulatorFigures {
  static func json(
    _ run: RunDescription, _ figures: RunFigures, intervals: OrderedJSON
  ) -> OrderedJSON {
    let (summary, totals) = (figures.summary, figures.totals)
    let percentiles: BenchJSON.Members =
      figures.percentileError > 0 ? [("percentile_error", .number(figures.percentileError))] : []
    return .object(
      [
        ("scenario", .string(run.scenarioName)),
        ("variant", .string(run.variantName)),
        ("is_projection", .bool(run.isProjection)),
        ("layer_skip_percent", .number(run.skipPercent)),
        ("device", .string(run.deviceName)),
        ("tensor_parallel_size", .integer(run.tensorParallelSize)),
        // Text: 64 unsigned bits do not survive readers whose numbers are doubles.
        ("seed", .string("\(run.seed)")),
        ("code_version", .string(run.codeVersion)),
        ("excluded", .integer(summary.excluded)),
        (
          "rejections",
          .object(summary.rejections.map { ($0.reason.rawValue, .integer($0.count)) })
        ),
        ("mean_client_queue_ms", .number(summary.clientQueue.mean * 1e3)),
        ("mean_ttft_parts_ms", summary.attribution.map(parts) ?? .null),
        ("engine", engine(totals, summary.engine)),
        ("busy_s", .object(totals.busy.map { ($0.kind, .number($0.time.value)) })),
      ] + percentiles + [
        ("replication", .integer(run.replication)),
        ("intervals", intervals),
        ("overloaded", .bool(run.maxConcurrency == nil && figures.isOverloaded)),
      ] + warmup(figures) + replicas(run, figures.replicas))
  }

  /// Nothing for one replica: a file of one stays as it is.
  private static func replicas(_ run: RunDescription, _ replicas: [ReplicaFigures]) -> BenchJSON.Members {
    guard run.replicas > 1 else { return [] }
    let shares = replicas.map { replica in
      OrderedJSON.object([
        ("variant", .string(replica.variant)),
        ("completed", .integer(replica.completed)),
        ("generated_tokens", .integer(replica.generatedTokens)),
        ("steps", .integer(replica.steps)),
        ("preemptions", .integer(replica.preemptions)),
        ("mean_kv_usage", .number(replica.meanKVUsage)),
        ("peak_kv_usage", .number(replica.peakKVUsage)),
        ("gpu_busy_share", .number(replica.gpuBusyShare)),
        ("prefix_hit_rate", .optional(replica.prefixHitRate)),
      ])
    }
    return [
      ("replicas", .integer(run.replicas)),
      ("gpus", .integer(run.replicas * run.tensorParallelSize)),
      ("router", run.router.map { .string($0) } ?? .null),
      ("of_each_replica", .array(shares)),
    ]
  }

  /// Only where a warm-up was to be found: how many requests it has, or null without a steady state.
  private static func warmup(_ figures: RunFigures) -> BenchJSON.Members {
    switch figures.warmup {
    case nil: []
    case .requests(let count)?: [("warmup_requests", .integer(count))]
    case RunFigures.Warmup.none?: [("warmup_requests", .null)]
    }
  }

  private static func parts(_ attribution: TTFTAttribution) -> OrderedJSON {
    .object([
      ("front_end", .number(attribution.frontEnd.milliseconds)),
      ("queue", .number(attribution.queue.milliseconds)),
      ("own_prefill", .number(attribution.ownPrefill.milliseconds)),
      ("preemption", .number(attribution.preemption.milliseconds)),
      ("interference", .number(attribution.interference.milliseconds)),
    ])
  }

  private static func engine(_ totals: RunTotals, _ figures: EngineFigures) -> OrderedJSON {
    .object([
      ("kv_blocks", .integer(totals.totalBlocks)),
      ("block_size", .integer(totals.blockSize)),
      ("steps", .integer(figures.steps)),
      ("mean_kv_usage", .number(figures.meanKVUsage)),
      ("peak_kv_usage", .number(figures.peakKVUsage)),
      ("mean_running", .number(figures.meanRunning)),
      ("mean_waiting", .number(figures.meanWaiting)),
      ("mean_batch_tokens", .number(figures.meanBatchTokens)),
      ("preemptions", .integer(figures.preemptions)),
      ("mean_in_system", .number(figures.meanInSystem)),
      ("prefix_hit_rate", .optional(figures.prefixHitRate)),
      ("gpu_busy_share", .number(figures.gpuBusyShare)),
    ])
  }
}
