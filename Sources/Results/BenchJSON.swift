public import Metrics
import Quantities

/// The result file of `vllm bench serve`: same keys, same order, same units, so that a script made for its output reads ours.
///
/// Latency figures are in milliseconds, per-request lists in seconds, rates per second. What vLLM has no key for follows in
/// one object, `swiftkv_sim`.
public enum BenchJSON {
  /// What stands for vLLM's `endpoint_type` and `backend`.
  static let backend = "swiftkv-sim"

  /// One JSON object on one line, with a line end: files may be appended to each other, as `--append-result` does.
  ///
  /// - Parameters:
  ///   - figures: their window decides which requests they speak of.
  ///   - percentileMetrics: latencies that get keys (`--percentile-metrics`); they come in a fixed order.
  ///   - percentiles: in 0 ... 100 (`--metric-percentiles`); repeated ones are written once.
  ///   - replicated: the run and its replications, over which intervals are taken; nil takes them within the run.
  ///   - record: if given, the per-request lists of `--save-detailed` are added, one element per request of the whole run in order
  ///     of index, failed ones included with 0 tokens and their reason in `errors`. O(output tokens).
  public static func text(
    _ run: RunDescription, _ figures: RunFigures, replicated: ReplicatedFigures? = nil,
    listing record: RunRecord? = nil,
    percentileMetrics: [LatencyMetric] = [.ttft, .tpot, .itl], percentiles: [Double] = [99]
  ) -> String {
    let summary = figures.summary
    var members = identification(run)
    members += totals(summary)
    if let record { members += requestLists(record) }
    members += [
      ("max_output_tokens_per_s", .number(Double(summary.peakOutputTokensPerSecond))),
      ("max_concurrent_requests", .integer(summary.peakConcurrentRequests)),
    ]
    var seen: Set<Double> = []
    let distinct = percentiles.filter { seen.insert($0).inserted }
    for metric in LatencyMetric.allCases where percentileMetrics.contains(metric) {
      members += latencies(summary[metric], name: metric.benchName, percentiles: distinct)
    }
    let intervals = IntervalFigures.json(
      replicated ?? ReplicatedFigures([figures]),
      metrics: LatencyMetric.allCases.filter(percentileMetrics.contains), percentiles: distinct)
    members.append(("swiftkv_sim", SimulatorFigures.json(run, figures, intervals: intervals)))
    return OrderedJSON.object(members).text + "\n"
  }

  /// vLLM's name for the file: `{label}-{rate}qps[-concurrency{N}]-{model}-{date}.json`, with the scenario and the variant as
  /// label. What cannot stand in a file name becomes `-`.
  public static func fileName(_ run: RunDescription) -> String {
    let rate = run.requestRate.map { $0.value.isFinite ? "\($0.value)" : "inf" } ?? "inf"
    let cap = run.maxConcurrency.map { "-concurrency\($0)" } ?? ""
    let model = run.modelName.split(separator: "/").last.map(String.init) ?? "model"
    let name = "\(label(run))-\(rate)qps\(cap)-\(model)-\(date(run))"
    let kept = name.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "-" }
    return String(kept) + ".json"
  }

  private static func label(_ run: RunDescription) -> String { "\(run.scenarioName)-\(run.variantName)" }

  private static func date(_ run: RunDescription) -> String {
    UTCTimestamp(run.createdAt)?.benchText ?? "00000000-000000"
  }

  typealias Members = [(key: String, value: OrderedJSON)]

  private static func identification(_ run: RunDescription) -> Members {
    [
      ("date", .string(date(run))),
      ("endpoint_type", .string(backend)),
      ("backend", .string(backend)),
      ("label", .string(label(run))),
      ("model_id", .string(run.modelName)),
      ("tokenizer_id", .string(run.modelName)),
      ("num_prompts", .integer(run.numPrompts)),
      ("request_rate", .number(run.requestRate?.value ?? .infinity)),
      ("burstiness", .number(run.burstiness)),
      ("max_concurrency", run.maxConcurrency.map { .integer($0) } ?? .null),
    ]
  }

  private static func totals(_ summary: Summary) -> Members {
    [
      ("duration", .number(summary.duration.value)),
      ("completed", .integer(summary.completed)),
      ("failed", .integer(summary.failed)),
      ("total_input_tokens", .integer(summary.totalInputTokens)),
      ("total_output_tokens", .integer(summary.totalOutputTokens)),
      ("request_throughput", .number(summary.requestThroughput.value)),
      ("request_goodput", .optional(summary.goodput?.value)),
      ("output_throughput", .number(summary.outputThroughput.value)),
      ("total_token_throughput", .number(summary.totalTokenThroughput.value)),
    ]
  }

  private static func requestLists(_ record: RunRecord) -> Members {
    let requests = record.requests
    func list(_ element: (RequestRecord) -> OrderedJSON) -> OrderedJSON { .array(requests.map(element)) }
    return [
      ("input_lens", list { .integer($0.promptTokens) }),
      ("output_lens", list { .integer($0.outcome == .finished ? $0.generatedTokens : 0) }),
      ("start_times", list { .number($0.sent.value) }),
      ("ttfts", list { .number($0.ttft?.value ?? 0) }),
      ("itls", list { .array(record.interTokenGaps(of: $0).map { .number($0.value) }) }),
      ("generated_texts", list { _ in .string("") }),
      ("errors", list { .string($0.outcome == .finished ? "" : $0.outcome.name) }),
      ("latencies", list { .number($0.e2e?.value ?? 0) }),
      ("queue_times", list { .number(($0.sent - $0.released).value) }),
    ]
  }

  /// `mean_ttft_ms`, `median_ttft_ms`, `std_ttft_ms`, `p99_ttft_ms`, …
  private static func latencies(_ samples: Distribution, name: String, percentiles: [Double]) -> Members {
    var members: Members = [
      ("mean_\(name)_ms", .number(samples.mean * 1e3)),
      ("median_\(name)_ms", .number(samples.median * 1e3)),
      ("std_\(name)_ms", .number(samples.std * 1e3)),
    ]
    for percent in percentiles {
      let word = LatencyMetric.percentileWord(percent)
      members.append(("p\(word)_\(name)_ms", .number(samples.percentile(percent) * 1e3)))
    }
    return members
  }
}

extension RequestRecord.Outcome {
  /// How files name it: `finished`, `unfinished`, or the reason of the rejection.
  var name: String {
    switch self {
    case .finished: "finished"
    case .unfinished: "unfinished"
    case .rejected(let reason): reason.rawValue
    }
  }

  init?(name: String) {
    switch name {
    case "finished": self = .finished
    case "unfinished": self = .unfinished
    default:
      guard let reason = RequestRecord.Rejection(rawValue: name) else { return nil }
      self = .rejected(reason)
    }
  }
}
