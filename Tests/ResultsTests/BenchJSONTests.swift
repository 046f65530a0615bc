import Foundation
import Metrics
import Quantities
import Testing

@testable import Results

@Suite struct BenchJSONTests {
  private let figures = RunFigures(record: SampleRuns.tiny)
  private var summary: Summary { figures.summary }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The top-level keys in the order of the text.
  private func keys(_ text: String) throws -> [String] {
    let parsed = try object(text)
    let positions = try parsed.keys.map { key in
      (try #require(text.range(of: "\"\(key)\": ")).lowerBound, key)
    }
    return positions.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private static let head = [
    "date", "endpoint_type", "backend", "label", "model_id", "tokenizer_id", "num_prompts", "request_rate",
    "burstiness", "max_concurrency", "duration", "completed", "failed", "total_input_tokens",
    "total_output_tokens",
    "request_throughput", "request_goodput", "output_throughput", "total_token_throughput",
  ]
  private static let lists = [
    "input_lens", "output_lens", "start_times", "ttfts", "itls", "generated_texts", "errors", "latencies",
    "queue_times",
  ]
  private static let peaks = ["max_output_tokens_per_s", "max_concurrent_requests"]

  @Test("by default the keys are those of vllm bench serve, in its order, then one of our own")
  func defaultKeys() throws {
    let text = BenchJSON.text(SampleRuns.description(), figures)
    let latencies = ["ttft", "tpot", "itl"].flatMap {
      ["mean_\($0)_ms", "median_\($0)_ms", "std_\($0)_ms", "p99_\($0)_ms"]
    }
    #expect(try keys(text) == Self.head + Self.peaks + latencies + ["swiftkv_sim"])
  }

  @Test("metrics and percentiles are chosen; 99.0 is p99, repetitions are written once")
  func chosenKeys() throws {
    let text = BenchJSON.text(
      SampleRuns.description(), figures, percentileMetrics: [.e2e],
      percentiles: [50, 99.0, 99.9, 50])
    let latencies = [
      "mean_e2el_ms", "median_e2el_ms", "std_e2el_ms", "p50_e2el_ms", "p99_e2el_ms", "p99.9_e2el_ms",
    ]
    #expect(try keys(text) == Self.head + Self.peaks + latencies + ["swiftkv_sim"])
  }

  @Test("detailed: one element per request in order of index, failed ones included")
  func detailed() throws {
    let text = BenchJSON.text(
      SampleRuns.description(), figures, listing: SampleRuns.tiny, percentileMetrics: [])
    #expect(try keys(text) == Self.head + Self.lists + Self.peaks + ["swiftkv_sim"])
    for list in [
      #""input_lens": [100, 50, 9000]"#, #""output_lens": [3, 2, 0]"#, #""start_times": [0.5, 0.75, 1.0]"#,
      #""ttfts": [0.5, 0.75, 0.0]"#, #""itls": [[0.5, 0.5], [2.5], []]"#, #""generated_texts": ["", "", ""]"#,
      #""errors": ["", "", "exceeds_max_model_len"]"#, #""latencies": [1.5, 3.25, 0.0]"#,
      #""queue_times": [0.25, 0.0, 0.0]"#,
    ] { #expect(text.contains(list + ", ")) }
  }

  @Test("numbers have vLLM's forms: floats with a point, counts without, inf as text, null")
  func numberForms() {
    let finite = BenchJSON.text(SampleRuns.description(), figures)
    let start =
      #"{"date": "20260301-090507", "endpoint_type": "swiftkv-sim", "backend": "swiftkv-sim", "#
      + #""label": "rag-8b-swiftkv-50", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "#
      + #""tokenizer_id": "meta-llama/Llama-3.1-8B-Instruct", "num_prompts": 3, "request_rate": 6.0, "#
      + #""burstiness": 1.0, "max_concurrency": null, "duration": 4.0, "completed": 2, "failed": 1, "#
      + #""total_input_tokens": 150, "total_output_tokens": 5, "request_throughput": 0.5, "#
      + #""request_goodput": null, "output_throughput": 1.25, "total_token_throughput": 38.75, "#
      + #""max_output_tokens_per_s": 3.0, "max_concurrent_requests": 2, "mean_ttft_ms": 625.0, "#
    #expect(finite.hasPrefix(start))
    #expect(finite.hasSuffix("}}\n"))
    #expect(finite.count { $0 == "\n" } == 1)
    let closed = BenchJSON.text(
      SampleRuns.description(rate: nil, maxConcurrency: 64),
      RunFigures(record: SampleRuns.tiny, goodputLimits: .init(ttft: 0.5)))
    #expect(closed.contains(#""request_rate": "inf", "burstiness": 1.0, "max_concurrency": 64,"#))
    #expect(closed.contains(#""request_goodput": 0.25,"#))
  }

  @Test("figures in ms read back to the summary's doubles")
  func exactFigures() throws {
    let parsed = try object(
      BenchJSON.text(SampleRuns.description(), figures))
    #expect(parsed["std_ttft_ms"] as? Double == summary.ttft.std * 1e3)
    #expect(parsed["p99_itl_ms"] as? Double == summary.itl.percentile(99) * 1e3)
  }

  @Test("a run without requests is written with zeros and no nan")
  func emptyRun() throws {
    let text = BenchJSON.text(
      SampleRuns.description(), RunFigures(record: SampleRuns.empty), listing: SampleRuns.empty)
    #expect(text.contains(#""p99_ttft_ms": 0.0"#))
    #expect(text.contains(#""itls": []"#))
    #expect(!text.contains("nan") && !text.contains("inf"))
    #expect(try object(text)["completed"] as? Int == 0)
  }

  @Test("what only a simulator knows is in one object of its own")
  func simulatorFigures() throws {
    let text = BenchJSON.text(SampleRuns.description(), figures)
    let ours = try #require(try object(text)["swiftkv_sim"] as? [String: Any])
    #expect(
      Set(ours.keys) == [
        "scenario", "variant", "is_projection", "layer_skip_percent", "device", "tensor_parallel_size",
        "seed",
        "code_version", "excluded", "rejections", "mean_client_queue_ms", "mean_ttft_parts_ms", "engine",
        "busy_s", "replication", "intervals", "overloaded",
      ])
    #expect(ours["intervals"] is NSNull && ours["overloaded"] as? Bool == false)
    #expect(ours["seed"] as? String == "18446744073709551615")
    #expect(ours["rejections"] as? [String: Int] == ["exceeds_max_model_len": 1])
    #expect(ours["busy_s"] as? [String: Double] == ["GEMM": 1, "prefill attention": 0.5])
    let parts = try #require(ours["mean_ttft_parts_ms"] as? [String: Double])
    #expect(
      parts == ["front_end": 125, "queue": 62.5, "own_prefill": 250, "preemption": 0, "interference": 62.5])
    let engine = try #require(ours["engine"] as? [String: Any])
    #expect(engine["kv_blocks"] as? Int == 40)
    #expect(engine["prefix_hit_rate"] as? Double == 0.1)
  }

  @Test("where percentiles are not exact their bound is said")
  func percentileError() throws {
    let text = BenchJSON.text(SampleRuns.description(), SampleRuns.streamed())
    let ours = try #require(try object(text)["swiftkv_sim"] as? [String: Any])
    #expect(ours["percentile_error"] as? Double == LatencyHistogram.relativeError)
  }

  @Test("file names are vLLM's, with what no file name may hold replaced")
  func fileNames() {
    #expect(
      BenchJSON.fileName(SampleRuns.description())
        == "rag-8b-swiftkv-50-6.0qps-Llama-3.1-8B-Instruct-20260301-090507.json")
    #expect(
      BenchJSON.fileName(SampleRuns.description(scenario: "../a b", rate: nil, maxConcurrency: 8))
        == "..-a-b-swiftkv-50-infqps-concurrency8-Llama-3.1-8B-Instruct-20260301-090507.json")
  }

  @Test("any text survives the JSON writer")
  func strings() throws {
    let odd = "quote \" slash / back \\ tab \t line \r\n null \u{0} bell \u{7} é 漢 🙂 \u{2028}"
    let text = OrderedJSON.object([(odd, .array([.string(odd), .bool(true), .null]))]).text
    let array = try #require(try object(text)[odd] as? [Any])
    #expect(array.first as? String == odd)
    #expect(array[1] as? Bool == true)
    #expect(array[2] is NSNull)
  }

  @Test(
    "numbers are the shortest text that reads back",
    arguments: [
      (0.1, "0.1"), (1e-7, "1e-07"), (1e22, "1e+22"), (.leastNonzeroMagnitude, "5e-324"),
      (123456789.125, "123456789.125"),
      (-0.0, "-0.0"), (.infinity, "\"inf\""), (.nan, "\"nan\""),
    ])
  func numbers(number: Double, text: String) {
    #expect(OrderedJSON.number(number).text == text)
  }
}
