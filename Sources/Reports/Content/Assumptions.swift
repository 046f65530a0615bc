import CostModel
import EngineSettings
import Experiments
import Foundation
import Hardware
import Models
import Quantities
import Workload

/// What a scenario's answer assumes, defaults included: nobody should have to look them up.
struct Assumptions {
  let scenario: Scenario
  /// What `auto` comes to.
  let inspected: Inspection.Inspected?

  typealias Definition = ReportPage.Definition

  var blocks: [ReportPage.Block] {
    [
      .heading("Model and GPU"), .definitions(deployment), .heading("Traffic"), .definitions(traffic),
      .heading("Engine (vLLM's settings)"), .definitions(engine),
    ]
  }

  private var deployment: [Definition] {
    let (model, device) = (scenario.model, scenario.device.spec)
    return [
      Definition("Model", model.name),
      Definition("Layers", "\(model.numHiddenLayers)"),
      Definition("Parameters", String(format: "%.2f billion", Double(model.totalParameters) / 1e9)),
      Definition("GPU", device.name),
      Definition("GPUs of a replica", "\(scenario.tensorParallelSize)"),
      Definition("Memory a GPU", "\(NumberText.significant(device.visibleMemory.gibibytes)) GiB"),
      Definition("Memory bandwidth", "\(device.memoryBandwidth)"),
    ]
  }

  private var traffic: [Definition] {
    let workload = scenario.workload
    return [
      Definition("Arrivals", TrafficWords.arrivals(workload)),
      Definition("Requests", workload.numRequests?.grouped ?? "all of the trace or the stages"),
      Definition("Prompt tokens", TrafficWords.length(workload.promptTokens)),
      Definition("Output tokens", TrafficWords.length(workload.outputTokens)),
      Definition("Shared prefixes", TrafficWords.prefix(workload.prefix)),
      Definition("Objective", TrafficWords.objective(scenario.objective)),
      Definition("Seed", "\(scenario.seed)"),
    ] + (workload.trace.map { [Definition("Trace", ($0.path as NSString).lastPathComponent)] } ?? [])
  }

  private var engine: [Definition] {
    let engine = scenario.engine
    func precision(_ value: Precision?, auto: Precision?) -> String {
      value?.rawValue ?? "auto" + (auto.map { ": \($0.rawValue)" } ?? "")
    }
    return [
      Definition("vLLM release", engine.release.rawValue),
      Definition("max_num_batched_tokens", engine.maxNumBatchedTokens.grouped),
      Definition("max_num_seqs", engine.maxNumSeqs.grouped),
      Definition("max_model_len", (engine.maxModelLen ?? scenario.model.maxPositionEmbeddings).grouped),
      Definition("gpu_memory_utilization", "\(engine.gpuMemoryUtilization)"),
      Definition("kv_cache_memory_bytes", engine.kvCacheMemoryBytes.map { "\($0)" } ?? "not set"),
      Definition("num_gpu_blocks_override", engine.numGPUBlocksOverride?.grouped ?? "not set"),
      Definition("block_size", "\(engine.blockSize)"),
      Definition("dtype", precision(engine.dtype, auto: nil)),
      Definition("quantization", precision(engine.quantization, auto: inspected?.weightPrecision)),
      Definition("kv_cache_dtype", precision(engine.kvCacheDtype, auto: inspected?.plan.kvPrecision)),
      Definition("enable_prefix_caching", "\(engine.enablePrefixCaching)"),
      Definition("enable_chunked_prefill", "\(engine.enableChunkedPrefill)"),
      Definition("long_prefill_token_threshold", "\(engine.longPrefillTokenThreshold)"),
      Definition("scheduling_policy", engine.schedulingPolicy.rawValue),
      Definition("async_scheduling", "\(engine.asyncScheduling)"),
      Definition(
        "cudagraph_mode", engine.enforceEager ? "none (enforce_eager)" : engine.cudagraphMode.rawValue),
      Definition("watermark", "\(engine.watermark)"),
      Definition("scheduler_reserve_full_isl", "\(engine.schedulerReserveFullISL)"),
    ]
  }
}
