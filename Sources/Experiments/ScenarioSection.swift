import EngineSettings
import Metrics
import Quantities
import Workload

/// A part of a scenario with a fixed set of keys: the one list that the reader, the JSON Schema and the reference agree on.
package enum ScenarioSection: String, CaseIterable {
  case scenario
  case hardware
  case replica
  case engine
  case variant
  case swiftkv
  case workload
  case arrivals
  case stage
  case length
  case lognormal
  case prefix
  case conversations
  case trace
  case priority
  case measurement

  /// In the order in which messages and the reference list them.
  package var keys: [String] {
    switch self {
    case .scenario:
      [
        "name", "model", "hardware", "replicas", "router", "engine", "variant", "workload", "objective",
        "measurement", "seed",
      ]
    case .hardware: ["gpu", "tensor_parallel_size"]
    case .replica: ["count", "variant"]
    case .engine:
      [
        "vllm_version", "max_num_batched_tokens", "max_num_seqs", "max_model_len", "gpu_memory_utilization",
        "kv_cache_memory_bytes", "num_gpu_blocks_override", "block_size", "kv_cache_dtype", "dtype",
        "quantization",
        "enable_prefix_caching", "enable_chunked_prefill", "scheduling_policy",
        "long_prefill_token_threshold",
        "async_scheduling", "enforce_eager", "cudagraph_mode", "watermark", "scheduler_reserve_full_isl",
        "max_num_partial_prefills",
        "max_long_partial_prefills",
      ]
    case .variant: ["swiftkv"]
    case .swiftkv: ["num_key_value_layers", "skip_ratio", "key_value_group_size", "kv_cache_dtype"]
    case .workload:
      [
        "preset", "num_requests", "arrivals", "prompt_tokens", "output_tokens", "prefix", "trace",
        "priorities",
      ]
    case .arrivals:
      ["process", "request_rate", "burstiness", "max_concurrency", "stages", "gaps", "speedup"]
    case .stage: ["request_rate", "duration", "num_requests", "burstiness"]
    case .length:
      [
        "constant", "uniform", "mean", "range_ratio", "lognormal", "quantiles", "trace", "min", "max",
      ]
    case .lognormal: ["median", "p90"]
    case .prefix: ["pool", "groups", "tokens", "conversations"]
    case .conversations: ["turns", "think_time"]
    case .trace: ["file", "format"]
    case .priority: ["priority", "share"]
    case .measurement: ["warmup", "warmup_requests", "exclude_drain", "replications"]
    }
  }

  /// Where the section stands in a scenario.
  var path: String {
    switch self {
    case .scenario: ""
    case .hardware, .engine, .variant, .workload, .measurement: rawValue
    case .replica: "replicas"
    case .swiftkv: "variant.swiftkv"
    case .arrivals, .prefix, .trace: "workload.\(rawValue)"
    case .stage: "workload.arrivals.stages"
    case .length: "workload.prompt_tokens"
    case .lognormal: "workload.prompt_tokens.lognormal"
    case .conversations: "workload.prefix.conversations"
    case .priority: "workload.priorities"
    }
  }
}

/// The values that keys with a fixed choice take.
enum ScenarioChoice {
  static let tensorParallelSizes = [1, 2, 4, 8]
  static let blockSizes = [1, 8, 16, 32, 64, 128, 256]
  static let kvCacheDtypes = ["auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2"]
  static let dtypes = ["auto", "bfloat16", "float16", "half", "float32"]
  static let quantizations = ["fp8"]
  static let schedulingPolicies = ["fcfs", "priority"]
  static let cudagraphModes = CUDAGraphMode.allCases.map(\.rawValue)
  static let processes = [
    "poisson", "gamma", "constant", "at_once", "closed", "stages", "quantiles", "trace",
  ]
  static let warmups = ["auto"]
  static let traceFormats = TraceFormat.allCases.map(\.rawValue)
  static let objectiveExamples = LatencyMetric.allCases.flatMap { metric in
    ["mean", "p50", "p90", "p95", "p99"].map { "\(metric.rawValue)_\($0)" }
  }
}

extension ScenarioSection {
  /// Settings of vLLM that exist but change nothing that is simulated, or whose effect is not.
  static let unsimulatedEngineKeys: Set<String> = [
    "pipeline_parallel_size", "data_parallel_size", "enable_expert_parallel", "max_num_active_seqs",
    "prefill_schedule_interval", "max_num_queued_reqs", "max_num_queued_tokens", "performance_mode",
    "stream_interval",
    "cudagraph_capture_sizes", "max_cudagraph_capture_size", "optimization_level",
    "swap_space",
    "cpu_offload_gb", "speculative_config", "prefix_caching_hash_algo",
    "long_prefill_token_threshold_adaptive",
  ]

  /// What to say about a key that this section does not have.
  func advice(on key: String) -> String {
    if key.contains(".") {
      return
        "unknown key; dots join keys on the command line only, in a file sections stand inside one another"
    }
    let stem = String(key.drop { $0 == "-" })
    let underscored = stem.replacing("-", with: "_")
    if underscored != key, keys.contains(underscored) {
      return "unknown key; write \(underscored), with underscores"
    }
    if underscored.hasPrefix("no_"), keys.contains(String(underscored.dropFirst(3))) {
      return "unknown key; write \(underscored.dropFirst(3)): false"
    }
    if self == .engine, Self.unsimulatedEngineKeys.contains(underscored) {
      return "a vLLM setting that is not simulated; take it out"
    }
    // A name that exists elsewhere was put in the wrong section more often than it is a misspelt key of this one.
    let homes = Self.allCases.filter { $0 != self && $0.keys.contains(underscored) }
      .map { $0.path.isEmpty ? "at top level" : "in \($0.path)" }
    if (1...2).contains(homes.count) {
      return "unknown key here; \(underscored) belongs \(homes.joined(separator: " or "))"
    }
    if let near = nearestName(to: underscored, among: keys) { return "unknown key; did you mean \(near)?" }
    return "unknown key; allowed here: \(keys.joined(separator: ", "))"
  }
}
