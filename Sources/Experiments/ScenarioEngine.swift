import EngineSettings
import Hardware
import InputFiles
import Models
import Quantities

extension EngineConfig {
  /// The defaults of `vllm serve` for a release on a device.
  ///
  /// The two batch limits depend on the device's memory and, for the A100, on its name (`docs/scenarios.md`).
  static func defaults(_ release: VLLMRelease, on device: DeviceSpec?) -> EngineConfig {
    var config = EngineConfig(release: release)
    if let device, device.visibleMemory.gibibytes < 70 || device.name.lowercased().contains("a100") {
      config.maxNumBatchedTokens = 2048
      config.maxNumSeqs = 256
    }
    return config
  }
}

/// The `engine` section.
extension ScenarioReader {
  private static let longest = 10_000_000

  mutating func engine(_ top: Section, device: DeviceSpec?, model: ModelConfig?) -> EngineConfig? {
    guard let section = section(top, "engine", kind: .engine) else { return nil }
    var engine = EngineConfig.defaults(release(section) ?? .v0_15, on: device)
    memory(section, device: device, into: &engine)
    precisions(section, into: &engine)
    rules(section, into: &engine)
    if section["max_model_len"]?.text.map({ ["auto", "-1"].contains($0) }) == true {
      note(
        "'auto' is not simulated; leave the key out for the model's own limit, or give a number",
        in: section, "max_model_len")
    } else {
      engine.maxModelLen = int(
        section, "max_model_len", 1...Self.longest, why: "no model reads more", suffixes: true)
    }
    if let model, let length = engine.maxModelLen, length > model.maxPositionEmbeddings {
      note(
        "found \(length.grouped); \(model.name) was made for \(model.maxPositionEmbeddings.grouped) tokens at most",
        in: section, "max_model_len")
    }
    batchLimits(section, longest: engine.maxModelLen ?? model?.maxPositionEmbeddings, into: &engine)
    return engine
  }

  private mutating func release(_ section: Section) -> VLLMRelease? {
    guard let entry = section["vllm_version"] else { return nil }
    let known = VLLMRelease.allCases.map(\.rawValue).joined(separator: ", ")
    let text = entry.text ?? ""
    let parts = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false).map {
      Int($0)
    }
    guard (2...3).contains(parts.count), !parts.contains(nil), let major = parts[0], let minor = parts[1]
    else {
      note("found \(entry.value.summary); allowed is \(known)", in: section, entry.key)
      return nil
    }
    if major == 0, let release = VLLMRelease(rawValue: "0.\(minor)") { return release }
    let minors = VLLMRelease.allCases.map { ($0, Int($0.rawValue.dropFirst(2)) ?? 0) }
    let near = major == 0 ? minors.min { abs($0.1 - minor) < abs($1.1 - minor) }?.0 : nil
    note(
      "found \(entry.value.summary); the releases whose rules are known are \(known)"
        + (near.map { "; the closest is \($0.rawValue)" } ?? ""), in: section, entry.key)
    return nil
  }

  private mutating func memory(_ section: Section, device: DeviceSpec?, into engine: inout EngineConfig) {
    if let share = number(section, "gpu_memory_utilization", .share) { engine.gpuMemoryUtilization = share }
    let most = device?.visibleMemory ?? Bytes(1e15)
    let bounds = ScenarioBounds("above 0 B, at most the \(most) of the device") { $0 > 0 && $0 <= most.value }
    engine.kvCacheMemoryBytes = quantity(section, "kv_cache_memory_bytes", bounds, example: "40 GB")
    engine.numGPUBlocksOverride = int(
      section, "num_gpu_blocks_override", 2...100_000_000, why: "block 0 is the engine's own")
    if let size = int(section, "block_size", oneOf: ScenarioChoice.blockSizes) { engine.blockSize = size }
    if engine.kvCacheMemoryBytes != nil, engine.numGPUBlocksOverride != nil {
      note(
        "has no effect beside num_gpu_blocks_override; keep one of the two", in: section,
        "kv_cache_memory_bytes")
    }
  }

  /// A precision by vLLM's name for it; nil for `auto`.
  mutating func precision(_ section: Section, _ key: String, _ allowed: [String]) -> Precision? {
    switch choice(section, key, allowed) {
    case "float32": .float32
    case "bfloat16": .bfloat16
    case "float16", "half": .float16
    case "fp8", "fp8_e4m3", "fp8_e5m2": .fp8
    default: nil
    }
  }

  private mutating func precisions(_ section: Section, into engine: inout EngineConfig) {
    engine.kvCacheDtype = precision(section, "kv_cache_dtype", ScenarioChoice.kvCacheDtypes)
    engine.dtype = precision(section, "dtype", ScenarioChoice.dtypes)
    engine.quantization = precision(section, "quantization", ScenarioChoice.quantizations)
  }

  private mutating func rules(_ section: Section, into engine: inout EngineConfig) {
    if let on = bool(section, "enable_prefix_caching") { engine.enablePrefixCaching = on }
    if let on = bool(section, "enable_chunked_prefill") { engine.enableChunkedPrefill = on }
    if let on = bool(section, "async_scheduling") { engine.asyncScheduling = on }
    if let on = bool(section, "enforce_eager") { engine.enforceEager = on }
    if let name = choice(section, "cudagraph_mode", ScenarioChoice.cudagraphModes),
      let mode = CUDAGraphMode(rawValue: name)
    {
      engine.cudagraphMode = mode
    }
    if let on = bool(section, "scheduler_reserve_full_isl") { engine.schedulerReserveFullISL = on }
    if let name = choice(section, "scheduling_policy", ScenarioChoice.schedulingPolicies),
      let policy = EngineConfig.SchedulingPolicy(rawValue: name)
    {
      engine.schedulingPolicy = policy
    }
    if let tokens = int(section, "long_prefill_token_threshold", 0...Self.longest) {
      engine.longPrefillTokenThreshold = tokens
    }
    if let share = number(section, "watermark", .ratio) { engine.watermark = share }
    for key in ["max_num_partial_prefills", "max_long_partial_prefills"] {
      guard let entry = section[key], entry.value.integer != 1 else { continue }
      note(
        "found \(entry.value.summary); allowed is 1, as in vLLM V1, which knows no other", in: section, key)
    }
  }

  /// The token budget and the number of running requests. A default gives way to the other limits; a given value does not.
  private mutating func batchLimits(_ section: Section, longest: Int?, into engine: inout EngineConfig) {
    let tokens = int(section, "max_num_batched_tokens", 1...Self.longest, suffixes: true)
    let seqs = int(section, "max_num_seqs", 1...1_000_000)
    engine.maxNumSeqs = seqs ?? engine.maxNumSeqs
    engine.maxNumBatchedTokens = tokens ?? engine.maxNumBatchedTokens
    let tokensAreGiven = section.has("max_num_batched_tokens")
    let seqsAreGiven = section.has("max_num_seqs")
    // What a bad value was meant to be is unknown: nothing follows from it.
    guard tokensAreGiven == (tokens != nil), seqsAreGiven == (seqs != nil) else { return }
    if !tokensAreGiven, let longest {
      if !engine.enableChunkedPrefill {
        engine.maxNumBatchedTokens = max(engine.maxNumBatchedTokens, longest)
      }
      // A division, since a config.json may name a length near the largest integer.
      if engine.maxNumBatchedTokens / engine.maxNumSeqs >= longest {
        engine.maxNumBatchedTokens = engine.maxNumSeqs * longest
      }
    }
    if !seqsAreGiven { engine.maxNumSeqs = min(engine.maxNumSeqs, engine.maxNumBatchedTokens) }
    if engine.maxNumBatchedTokens < engine.maxNumSeqs {
      let key = tokensAreGiven ? "max_num_batched_tokens" : "max_num_seqs"
      note(
        "a step's \(engine.maxNumBatchedTokens.grouped) tokens (max_num_batched_tokens) cannot serve "
          + "\(engine.maxNumSeqs.grouped) requests (max_num_seqs), each of which needs one", in: section, key)
    }
    if !engine.enableChunkedPrefill, tokensAreGiven, let longest, engine.maxNumBatchedTokens < longest {
      note(
        "found \(engine.maxNumBatchedTokens.grouped); without chunked prefill a prompt must fit into one step, so at "
          + "least max_model_len (\(longest.grouped)) is allowed", in: section, "max_num_batched_tokens")
    }
  }
}
