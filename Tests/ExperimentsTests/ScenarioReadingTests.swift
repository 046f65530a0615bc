import EngineSettings
import Hardware
import Metrics
import Models
import Quantities
import Testing
import Workload

@testable import Experiments

@Suite("Scenario: what a file means")
struct ScenarioReadingTests {
  @Test("every section of a full scenario arrives in the value")
  func full() throws {
    let text = """
      name: rag-8b
      model: llama
      hardware: {gpu: h100-sxm-80gb, tensor_parallel_size: 2}
      engine: {max_num_batched_tokens: 8192, max_num_seqs: 256, gpu_memory_utilization: 0.92, dtype: bfloat16, kv_cache_dtype: auto}
      variant: {swiftkv: {num_key_value_layers: 16, key_value_group_size: 2, kv_cache_dtype: fp8}}
      workload:
        num_requests: 2000
        arrivals: {process: poisson, request_rate: 6, max_concurrency: 512}
        prompt_tokens: {lognormal: {median: 6000, p90: 16000}, max: 32000}
        output_tokens: {constant: 256}
      objective: {ttft_p99: 2 s, tpot_p99: 50 ms}
      measurement: {warmup_requests: 100, exclude_drain: true}
      seed: 1
      """
    let scenario = try ScenarioSample.read(text)
    #expect(scenario.name == "rag-8b")
    #expect(scenario.model == ScenarioSample.llama)
    #expect(scenario.device.spec.name == "H100-SXM-80GB")
    #expect(scenario.tensorParallelSize == 2)
    #expect(scenario.engine.maxNumBatchedTokens == 8192)
    #expect(scenario.engine.maxNumSeqs == 256)
    #expect(scenario.engine.gpuMemoryUtilization == 0.92)
    #expect(scenario.engine.dtype == .bfloat16)
    #expect(scenario.engine.kvCacheDtype == nil)
    #expect(
      scenario.variant
        == Variant(technique: .swiftKV(layers: .running(16), keyValueGroupSize: 2), kvPrecision: .fp8))
    #expect(
      scenario.workload
        == WorkloadSpec(
          numRequests: 2000, arrivals: .open(rate: 6, burstiness: 1),
          promptTokens: LengthSpec(.lognormal(median: 6000, p90: 16000), max: 32000),
          outputTokens: LengthSpec(.constant(256)), maxConcurrency: 512))
    #expect(scenario.objective.limits.map(\.key) == ["ttft_p99", "tpot_p99"])
    #expect(scenario.objective.limits.map(\.limit) == [2, 0.05])
    #expect(scenario.measurement == MeasurementWindow(warmupRequests: 100, excludeDrain: true))
    #expect(scenario.seed == 1)
    #expect(scenario.source == text)
  }

  @Test("what is left out has vLLM's defaults, the baseline, seed 0 and the file's name")
  func defaults() throws {
    let scenario = try ScenarioSample.read(ScenarioSample.top + ScenarioSample.workload)
    #expect(scenario.engine == EngineConfig(release: .v0_15))
    #expect(scenario.variant == .baseline)
    #expect(scenario.seed == 0)
    #expect(scenario.name == "rag")
    #expect(scenario.measurement == MeasurementWindow())
    #expect(scenario.objective.limits.isEmpty)
  }

  @Test("an empty section and a null value count as absent")
  func nullIsAbsent() throws {
    let text = ScenarioSample.top + "engine:\nobjective: {}\nseed: null\n" + ScenarioSample.workload
    #expect(try ScenarioSample.read(text).engine == EngineConfig(release: .v0_15))
  }

  @Test("JSON is read by the same rules, indented with tabs or not")
  func json() throws {
    let text = """
      {
      \t"model": "llama", "hardware": {"gpu": "H100-SXM-80GB"},
      \t"workload": {"num_requests": 10, "arrivals": {"process": "poisson", "request_rate": 6},
      \t\t"prompt_tokens": 100, "output_tokens": 10},
      \t"objective": {"ttft_p99": "2 s"}
      }
      """
    let yaml = try ScenarioSample.read(ScenarioSample.top + ScenarioSample.workload)
    #expect(try ScenarioSample.read(text).workload == yaml.workload)
    #expect(try ScenarioSample.read(text).objective.limits.first?.limit == 2)
  }

  @Test("a byte-order mark and Windows line ends are no hindrance")
  func marks() throws {
    let text = "\u{FEFF}" + (ScenarioSample.top + ScenarioSample.workload).replacing("\n", with: "\r\n")
    #expect(try ScenarioSample.read(text).workload.numRequests == 10)
    #expect(
      ScenarioSample.problems(text + "seed: 1\r\nseed: 2\r\n") == [
        "rag.yaml:5: seed: appears twice, first on line 4"
      ])
  }

  @Test(
    "vllm_version selects the release, with or without a patch number",
    arguments: [("0.11", VLLMRelease.v0_11), ("\"0.15.1\"", .v0_15), ("v0.23.0", .v0_23), ("0.23", .v0_23)])
  func version(text: String, release: VLLMRelease) throws {
    let engine = try engine("vllm_version: \(text)")
    #expect(engine == EngineConfig(release: release))
  }

  @Test("engine keys set the fields of the same name")
  func engineKeys() throws {
    let engine = try engine(
      """
      max_model_len: 32K, max_num_batched_tokens: 25.6k, kv_cache_memory_bytes: 40 GB, block_size: 32,
        kv_cache_dtype: fp8_e4m3, dtype: half, quantization: fp8, enable_prefix_caching: false,
        enable_chunked_prefill: true, scheduling_policy: priority, long_prefill_token_threshold: 512,
        async_scheduling: false, enforce_eager: true, cudagraph_mode: PIECEWISE, watermark: 0.01, scheduler_reserve_full_isl: true, max_num_partial_prefills: 1
      """)
    var expected = EngineConfig(release: .v0_15)
    expected.maxModelLen = 32768
    expected.maxNumBatchedTokens = 25600
    expected.kvCacheMemoryBytes = 40e9
    expected.blockSize = 32
    expected.kvCacheDtype = .fp8
    expected.dtype = .float16
    expected.quantization = .fp8
    expected.enablePrefixCaching = false
    expected.schedulingPolicy = .priority
    expected.longPrefillTokenThreshold = 512
    expected.asyncScheduling = false
    expected.enforceEager = true
    expected.cudagraphMode = .piecewise
    expected.watermark = 0.01
    expected.schedulerReserveFullISL = true
    #expect(engine == expected)
  }

  @Test(
    "vLLM's suffixes: decimal below, binary in capitals",
    arguments: [
      ("1k", 1000), ("1K", 1024), ("25.6k", 25600), ("2M", 2 << 20), ("8_192", 8192), ("1e4", 10000),
    ])
  func suffixes(text: String, tokens: Int) throws {
    #expect(try engine("max_num_batched_tokens: \(text)").maxNumBatchedTokens == tokens)
  }

  @Test("a default gives way to the limits that are given, as in vLLM")
  func defaultsGiveWay() throws {
    #expect(try engine("max_num_batched_tokens: 512").maxNumSeqs == 512)
    #expect(try engine("enable_chunked_prefill: false").maxNumBatchedTokens == 131_072)
    #expect(try engine("max_model_len: 100, max_num_seqs: 4").maxNumBatchedTokens == 400)
  }

  @Test("batch limits are smaller on less than 70 GiB, and on any A100")
  func deviceDefaults() throws {
    let limits = try ["H100-SXM-80GB", "A100-SXM-80GB", "A100-SXM-40GB"].map { name in
      let device = try #require(DeviceSpec.catalogue.first { $0.name == name })
      let engine = EngineConfig.defaults(.v0_15, on: device)
      return [engine.maxNumBatchedTokens, engine.maxNumSeqs]
    }
    #expect(limits == [[8192, 1024], [2048, 256], [2048, 256]])
  }

  @Test(
    "variants by short name and spelt out",
    arguments: [
      ("baseline", Variant.baseline),
      ("swiftkv-50", Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))),
      (
        "{swiftkv: {skip_ratio: 0.5}}",
        Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))
      ),
      (
        "swiftkv-50-across2-fp8kv",
        Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 2), kvPrecision: .fp8)
      ),
    ])
  func variants(text: String, variant: Variant) throws {
    let scenario = try ScenarioSample.read(
      ScenarioSample.top + ScenarioSample.workload + "variant: \(text)\n")
    #expect(scenario.variant == variant)
  }

  private func engine(_ keys: String) throws -> EngineConfig {
    try ScenarioSample.read(ScenarioSample.top + ScenarioSample.workload + "engine: {\(keys)}\n").engine
  }
}
