import Testing

@testable import Experiments

/// Bad input: each message is asserted as the user reads it.
@Suite("Scenario: what is wrong with a file")
struct ScenarioProblemTests {
  @Test("every problem is reported at once, in order of lines")
  func allAtOnce() {
    let text = """
      model: lama
      hardware: {gpu: H100, tensor_parallel_size: 3}
      engine:
        max_num_seq: 512
        gpu_memory_utilization: 92
      workload:
        arrivals: {process: poisson}
        prompt_tokens: {constant: 5, uniform: [1, 2]}
      seed: -1
      """
    #expect(
      ScenarioSample.problems(text) == [
        "rag.yaml:1: model: 'lama' is not in the catalogue",
        "rag.yaml:2: hardware.gpu: found 'H100', not a known device; did you mean H100-SXM-80GB?",
        "rag.yaml:2: hardware.tensor_parallel_size: found '3'; allowed is 1, 2, 4, 8",
        "rag.yaml:4: engine.max_num_seq: unknown key; did you mean max_num_seqs?",
        "rag.yaml:5: engine.gpu_memory_utilization: found '92'; allowed is a number above 0, at most 1",
        "rag.yaml:7: workload.arrivals.request_rate: missing; requests a second, for example 6",
        "rag.yaml:7: workload.output_tokens: missing; \(lengths)",
        "rag.yaml:7: workload.num_requests: missing; only a trace or stages say by themselves how many requests there are",
        "rag.yaml:8: workload.prompt_tokens: found constant and uniform; allowed is \(lengths)",
        "rag.yaml:9: seed: found '-1'; allowed is a whole number from 0 to 2^64 − 1",
      ])
  }

  private let lengths =
    "a number of tokens, trace, or one of {constant: 256}, {uniform: [100, 200]}, {mean: 1024, range_ratio: 0.5}, "
    + "{lognormal: {median: 6000, p90: 16000}}, {quantiles: {p0: 2, p50: 1020, p100: 14050}}"

  @Test("a scenario without anything in it says what it lacks")
  func missing() {
    #expect(
      ScenarioSample.problems("name: x\n") == [
        "rag.yaml: model: missing; give a catalogue name or the path of a config.json",
        "rag.yaml: hardware: missing; for example {gpu: H100-SXM-80GB}",
        "rag.yaml: workload: missing; it says how many requests come, when, and how long they are",
      ])
    #expect(
      ScenarioSample.problems("model: llama\nhardware: {}\n" + ScenarioSample.workload) == [
        "rag.yaml:2: hardware.gpu: missing; calibrated devices: H100-SXM-80GB, H200-SXM-141GB, A100-SXM-80GB"
      ])
  }

  @Test(
    "an unknown key gets the key that was meant",
    arguments: [
      ("engine: {max_num_seq: 5}", "engine.max_num_seq: unknown key; did you mean max_num_seqs?"),
      ("engine: {max-num-seqs: 5}", "engine.max-num-seqs: unknown key; write max_num_seqs, with underscores"),
      (
        "engine: {--max-num-seqs: 5}",
        "engine.--max-num-seqs: unknown key; write max_num_seqs, with underscores"
      ),
      (
        "engine: {no-enable-prefix-caching: true}",
        "engine.no-enable-prefix-caching: unknown key; write enable_prefix_caching: false"
      ),
      (
        "engine: {tensor_parallel_size: 2}",
        "engine.tensor_parallel_size: unknown key here; tensor_parallel_size belongs in hardware"
      ),
      (
        "max_concurrency: 5",
        "max_concurrency: unknown key here; max_concurrency belongs in workload.arrivals"
      ),
      (
        "engine: {stream_interval: 2}",
        "engine.stream_interval: a vLLM setting that is not simulated; take it out"
      ),
      (
        "engine.max_num_seqs: 5",
        "engine.max_num_seqs: unknown key; dots join keys on the command line only, in a file sections stand inside one another"
      ),
      (
        "measurement: {zzzzzzzzzz: 5}",
        "measurement.zzzzzzzzzz: unknown key; allowed here: warmup, warmup_requests, exclude_drain, replications"
      ),
      ("measurement: {[a]: 5}", "measurement: found a list as a key; a key is a word"),
    ])
  func unknownKeys(line: String, message: String) {
    #expect(problems(line) == ["rag.yaml:4: " + message])
  }

  @Test("a key given twice is reported with both lines, beside everything else")
  func duplicates() {
    #expect(
      problems("seed: 1\nengine: {max_num_seqs: 1, max_num_seqs: 2}\nseed: x\n") == [
        "rag.yaml:5: engine.max_num_seqs: appears twice, first on line 5",
        "rag.yaml:6: seed: appears twice, first on line 4",
        "rag.yaml:6: seed: found 'x'; allowed is a whole number from 0 to 2^64 − 1",
      ])
  }

  @Test(
    "a wrong type or an absurd number says what was found and what is allowed",
    arguments: [
      ("engine: 3", nil),
      (
        "engine: {max_num_seqs: abc}",
        "max_num_seqs: found 'abc'; allowed is a whole number from 1 to 1,000,000"
      ),
      ("engine: {max_num_seqs: 0}", "max_num_seqs: found '0'; allowed is a whole number from 1 to 1,000,000"),
      (
        "engine: {max_num_seqs: 2.5}",
        "max_num_seqs: found '2.5'; allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_num_seqs: .nan}",
        "max_num_seqs: found '.nan'; allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_num_seqs: 1e30}",
        "max_num_seqs: found '1e30'; allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_num_seqs: \"6\"}",
        "max_num_seqs: found \"6\" in quotes; allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_num_seqs: [6]}",
        "max_num_seqs: found a list; allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_num_seqs: {a: 6}}",
        "max_num_seqs: found a section (a); allowed is a whole number from 1 to 1,000,000"
      ),
      (
        "engine: {max_model_len: 99999999999999999999}",
        "max_model_len: found '99999999999999999999'; allowed is a whole number from 1 to 10,000,000, also as 8k (8000) or "
          + "8K (8192) (no model reads more)"
      ),
      (
        "engine: {max_model_len: 200000}",
        "max_model_len: found 200,000; llama was made for 131,072 tokens at most"
      ),
      (
        "engine: {max_model_len: auto}",
        "max_model_len: 'auto' is not simulated; leave the key out for the model's own limit, or give a number"
      ),
      (
        "engine: {gpu_memory_utilization: .inf}",
        "gpu_memory_utilization: found '.inf'; allowed is a number above 0, at most 1"
      ),
      (
        "engine: {kv_cache_memory_bytes: 40 GX}",
        "kv_cache_memory_bytes: found '40 GX': unknown unit 'GX'; use one of TB, GB, MB, kB, B, TiB, GiB, MiB, KiB, KB; "
          + "for example 40 GB"
      ),
      (
        "engine: {kv_cache_memory_bytes: 1 TB}",
        "kv_cache_memory_bytes: found '1 TB'; allowed is above 0 B, at most the 85.03 GB of the device, for example 40 GB"
      ),
      (
        "engine: {kv_cache_memory_bytes: 40 GB, num_gpu_blocks_override: 900}",
        "kv_cache_memory_bytes: has no effect beside num_gpu_blocks_override; keep one of the two"
      ),
      ("engine: {block_size: 7}", "block_size: found '7'; allowed is 1, 8, 16, 32, 64, 128, 256"),
      (
        "engine: {kv_cache_dtype: fp9}",
        "kv_cache_dtype: found 'fp9'; allowed is auto, bfloat16, float16, fp8, fp8_e4m3, fp8_e5m2; did you mean fp8?"
      ),
      (
        "engine: {enable_prefix_caching: yes}", "enable_prefix_caching: found 'yes'; allowed is true or false"
      ),
      ("engine: {watermark: 1}", "watermark: found '1'; allowed is a number 0 up to, but not including, 1"),
      (
        "engine: {max_num_partial_prefills: 2}",
        "max_num_partial_prefills: found '2'; allowed is 1, as in vLLM V1, which knows no other"
      ),
      (
        "engine: {vllm_version: 0.19}",
        "vllm_version: found '0.19'; the releases whose rules are known are 0.11, 0.15, 0.23; the closest is 0.15"
      ),
      ("engine: {vllm_version: latest}", "vllm_version: found 'latest'; allowed is 0.11, 0.15, 0.23"),
      (
        "engine: {max_num_batched_tokens: 256, max_num_seqs: 512}",
        "max_num_batched_tokens: a step's 256 tokens (max_num_batched_tokens) cannot serve 512 requests (max_num_seqs), each "
          + "of which needs one"
      ),
      (
        "engine: {enable_chunked_prefill: false, max_num_batched_tokens: 8k}",
        "max_num_batched_tokens: found 8,000; without chunked prefill a prompt must fit into one step, so at least "
          + "max_model_len (131,072) is allowed"
      ),
    ] as [(String, String?)])
  func engine(line: String, message: String?) {
    let whole =
      "found '3'; allowed is a section with keys of \(ScenarioSection.engine.keys.joined(separator: ", "))"
    #expect(problems(line) == ["rag.yaml:4: engine" + (message.map { "." + $0 } ?? ": " + whole)])
  }

  @Test(
    "names, variants, objectives and the measurement",
    arguments: [
      ("name: a/b", "name: found 'a/b'; allowed is a line of up to 100 characters without '/'"),
      ("name: [a]", "name: found a list; allowed is a line of up to 100 characters without '/'"),
      (
        "variant: {swiftkv: {num_key_value_layers: 16, skip_ratio: 0.5}}",
        "variant.swiftkv.skip_ratio: num_key_value_layers and skip_ratio say the same thing; keep one"
      ),
      (
        "variant: {swiftkv: {key_value_group_size: 2}}",
        "variant.swiftkv: missing; give num_key_value_layers (layers that run) or skip_ratio"
      ),
      (
        "variant: {swiftkv: {num_key_value_layers: 40}}",
        "variant: num_key_value_layers: found 40; llama has 32 layers, so 1 to 32 is allowed"
      ),
      (
        "variant: {swiftkv: {skip_ratio: 50}}",
        "variant.swiftkv.skip_ratio: found '50'; allowed is a number 0 up to, but not including, 1"
      ),
      (
        "variant: {}",
        "variant: found an empty section; allowed is a short name such as swiftkv-50, or {swiftkv: {num_key_value_layers: 16}}"
      ),
      (
        "objective: {tpot_p99: 50}",
        "objective.tpot_p99: found '50'; allowed is above 0 s, at most 10 s (a bare number is seconds), for example 50 ms"
      ),
      (
        "objective: {ttft_p99: -1 ms}",
        "objective.ttft_p99: found '-1 ms'; allowed is above 0 s, at most a day (a bare number is seconds), for example 2 s"
      ),
      (
        "measurement: {warmup_requests: 10}",
        "measurement.warmup_requests: found 10 of 10 requests; none would be left to measure"
      ),
    ])
  func rest(line: String, message: String) {
    #expect(problems(line) == ["rag.yaml:4: " + message])
  }

  @Test("an unknown objective names the metrics, and the nearest one")
  func objectiveName() throws {
    let found = try #require(problems("objective: {e2el_p99: 3}").first)
    #expect(
      found.hasPrefix("rag.yaml:4: objective.e2el_p99: 'e2el_p99' is not an objective; write METRIC_mean"))
    #expect(found.hasSuffix("did you mean e2e_p99?"))
  }

  @Test("a device known by its datasheet only says which are calibrated")
  func uncalibrated() {
    #expect(
      ScenarioSample.problems("model: llama\nhardware: {gpu: A100-SXM-40GB}\n" + ScenarioSample.workload) == [
        "rag.yaml:2: hardware.gpu: A100-SXM-40GB is known by its datasheet only, its kernel times are not calibrated; "
          + "calibrated: H100-SXM-80GB, H200-SXM-141GB, A100-SXM-80GB"
      ])
  }

  @Test("a model that the GPUs cannot share")
  func tensorParallel() {
    #expect(
      ScenarioSample.problems(
        "model: seven\nhardware: {gpu: H100-SXM-80GB, tensor_parallel_size: 8}\n" + ScenarioSample.workload)
        == [
          "rag.yaml:2: hardware.tensor_parallel_size: found 8, but num_attention_heads 28 of seven does not divide by it; "
            + "1, 2, 4 is allowed"
        ])
  }

  @Test("a prompt may be longer than max_model_len: such requests are rejected when they come")
  func longPrompt() {
    #expect(problems("engine: {max_model_len: 50}") == [])
  }

  /// Line 4 of an otherwise good scenario.
  private func problems(_ lines: String) -> [String] {
    ScenarioSample.problems(ScenarioSample.top + ScenarioSample.workload + lines)
  }
}
