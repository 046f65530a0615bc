import EngineSettings
import Models
import Quantities
import Workload

/// A published measurement of a server: its set-up as far as the source states it, and the figures it gives. What a source
/// leaves open is assumed here, and ``PublishedComparison/Source`` says so.
struct PublishedRun: Sendable {
  var group: String
  /// "1024 in, 1024 out, 16 at a time".
  var label: String
  var model: String
  var variant = Variant.baseline
  var tensorParallelSize = 1
  var engine: EngineConfig
  var workload: WorkloadSpec
  var figures: [Figure]

  struct Figure: Sendable {
    var kind: Kind
    /// In ms, or per second.
    var measured: Double
    /// Whether a term of the model was fitted to it, so that its error is not a prediction's: of ``all`` these are what
    /// ``ServingFit`` fits the CPU's terms to, of ``stages`` summaries of the runs that it fits the serving terms to.
    var isFitted = false
  }

  enum Kind: String, Sendable, CaseIterable {
    case ttft = "mean TTFT (ms)"
    case tpot = "mean TPOT (ms)"
    case e2e = "mean E2E (ms)"
    case requests = "requests/s"
    case tokens = "tokens/s"
  }
}

extension PublishedRun {
  static let sources: [PublishedComparison.Source] = [
    .init(
      group: "70B FP8 TP4",
      reference:
        "NVIDIA AIConfigurator, silicon_sample.csv (Apache-2.0): vLLM, Llama-3.1-70B FP8, 4 × H100 SXM, October 2025",
      assumed:
        "vLLM 0.11 (not stated), lengths uniform from 80 to 100 % of the nominal ones (the benchmark it matches), "
        + "prefix caching off, 10 requests a client"),
    .init(
      group: "8B BF16",
      reference:
        "kubernetes-sigs inference-perf demo: vLLM 0.11.0, Llama-3.1-8B-Instruct, one H100 80 GB, constant rates",
      assumed: "constant lengths (means are stated), 120 s a rate"),
    .init(
      group: "8B FP8 TP4",
      reference: "ArcticInference pull request 216: vLLM 0.11.0, Llama-3.1-8B FP8, baseline and SwiftKV 50 %",
      assumed: "H100 SXM (not stated), one checkpoint format for both systems"),
    .init(
      group: "8B SwiftKV V0",
      reference:
        "Snowflake's vLLM fork, examples/swiftkv: Llama-3.1-8B SwiftKV 50 %, vLLM about 0.6 with the V0 engine",
      assumed: "one H100 SXM (not stated), V1 scheduling rules without asynchronous scheduling"),
  ]

  /// What others published, the stages of the runs that the model was fitted to apart (``stages``).
  static let all = closedLoop70B + rates8B + swiftKVPair + swiftKVFork

  /// (prompt, output, clients, mean TTFT in ms, mean TPOT in ms).
  private static let closedLoop70B: [PublishedRun] = [
    (1024, 1024, 4, 80.5, 11.776), (1024, 1024, 8, 96.339, 12.11), (1024, 1024, 16, 121.413, 13.192),
    (1024, 1024, 32, 174.8, 16.492), (1024, 1024, 64, 256.359, 19.515), (1024, 8192, 4, 85.907, 11.995),
    (1024, 8192, 8, 99.319, 12.656), (1024, 8192, 16, 127.914, 14.095), (1024, 8192, 32, 171.733, 18.386),
    (1024, 8192, 64, 261.436, 23.407), (8192, 1024, 4, 453.285, 13.274), (8192, 1024, 8, 582.928, 15.766),
    (8192, 1024, 16, 731.504, 21.064), (8192, 1024, 32, 1068.7, 32.824), (8192, 1024, 64, 1744.922, 53.495),
  ].map { (prompt: Int, output: Int, clients: Int, ttft: Double, tpot: Double) in
    PublishedRun(
      group: "70B FP8 TP4", label: "\(prompt) in, \(output) out, \(clients) at a time",
      model: "meta-llama/Llama-3.1-70B-Instruct", tensorParallelSize: 4, engine: fp8Engine,
      workload: closed(
        requests: 10 * clients, clients: clients, prompt: .uniform(prompt * 4 / 5, prompt),
        output: .uniform(output * 4 / 5, output)),
      figures: [.init(kind: .ttft, measured: ttft), .init(kind: .tpot, measured: tpot)])
  }

  /// (rate, output, mean TTFT in ms, mean E2E in ms, requests/s).
  private static let rates8B: [PublishedRun] = [
    (1.0, 63, 31.127, 480.482, 1.017), (61.79, 62, 34.943, 679.552, 61.242),
    (122.59, 62, 2616.535, 3844.011, 101.232),
  ].map { (rate: Double, output: Int, ttft: Double, e2e: Double, done: Double) in
    var engine = EngineConfig(release: .v0_11)
    engine.maxNumSeqs = 128
    engine.gpuMemoryUtilization = 0.9
    engine.maxModelLen = 512
    engine.enablePrefixCaching = false
    engine.enableChunkedPrefill = false
    return PublishedRun(
      group: "8B BF16", label: "204 in, \(output) out, \(rate) req/s",
      model: "meta-llama/Llama-3.1-8B-Instruct",
      engine: engine,
      workload: WorkloadSpec(
        numRequests: Int(rate * 120), arrivals: .open(rate: PerSecond(rate), burstiness: .infinity),
        promptTokens: LengthSpec(.constant(204)), outputTokens: LengthSpec(.constant(output))),
      // The client was in another network, so its TTFT is not the server's, but the time from the first token to the last is;
      // beyond saturation, latencies are queues.
      figures: [
        .init(kind: .ttft, measured: ttft), .init(kind: .e2e, measured: e2e),
        .init(kind: .tpot, measured: (e2e - ttft) / Double(output - 1), isFitted: rate < 100),
        .init(kind: .requests, measured: done, isFitted: rate > 100),
      ])
  }

  private static let swiftKVPair: [PublishedRun] = [
    (Variant.baseline, 87_719.88, 28.708, 2.941), (half, 120_503.19, 23.448, 4.084),
  ].flatMap { (variant: Variant, tokens: Double, ttft: Double, tpot: Double) in
    let alone = [Figure(kind: .ttft, measured: ttft), Figure(kind: .tpot, measured: tpot, isFitted: true)]
    let cases: [(clients: Int?, figures: [Figure])] = [
      (nil, [Figure(kind: .tokens, measured: tokens, isFitted: true)]), (1, alone),
    ]
    return cases.map { clients, figures in
      PublishedRun(
        group: "8B FP8 TP4",
        label: "\(variant.name), 2000 in, 250 out, \(clients == nil ? "2000 at once" : "1 at a time")",
        model: "meta-llama/Llama-3.1-8B-Instruct", variant: variant, tensorParallelSize: 4, engine: fp8Engine,
        workload: closed(
          requests: clients == nil ? 2000 : 20, clients: clients, prompt: .constant(2000),
          output: .constant(250)),
        figures: figures)
    }
  }

  private static var swiftKVFork: [PublishedRun] {
    var engine = EngineConfig(release: .v0_11)
    engine.maxNumBatchedTokens = 2048
    engine.maxNumSeqs = 512
    engine.gpuMemoryUtilization = 0.95
    engine.enablePrefixCaching = false
    return [
      PublishedRun(
        group: "8B SwiftKV V0", label: "swiftkv-50, 2000 in, 256 out, offline",
        model: "meta-llama/Llama-3.1-8B-Instruct",
        variant: half, engine: engine,
        workload: closed(requests: 2000, clients: nil, prompt: .constant(2000), output: .constant(256)),
        figures: [.init(kind: .requests, measured: 11.36)])
    ]
  }

  private static let half = Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))

  private static var fp8Engine: EngineConfig {
    var engine = EngineConfig(release: .v0_11)
    engine.quantization = .fp8
    engine.enablePrefixCaching = false
    return engine
  }

  /// - Parameter clients: nil sends everything at once.
  private static func closed(
    requests: Int, clients: Int?, prompt: LengthSpec.Distribution, output: LengthSpec.Distribution
  ) -> WorkloadSpec {
    WorkloadSpec(
      numRequests: requests, arrivals: .open(rate: PerSecond(.infinity), burstiness: 1),
      promptTokens: LengthSpec(prompt), outputTokens: LengthSpec(output), maxConcurrency: clients)
  }
}
