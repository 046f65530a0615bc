import EngineSettings
import Quantities
import Workload

/// The load stages of the public vLLM runs that the serving terms are fitted to, as summary figures: enough to compare without
/// the runs themselves, on generated requests.
extension PublishedRun {
  static let stagesGroup = "vLLM stages"

  static let stagesSource = PublishedComparison.Source(
    group: stagesGroup,
    reference:
      "inference-sim replay data (Apache-2.0), means of its stages: vLLM 0.15.1 and 0.23.0, H100 SXM 80 GB, prefix caching on",
    assumed:
      "Poisson arrivals, lengths from quantiles, each stage by itself with a cold prefix cache; the serving terms were fitted to the runs themselves"
  )

  /// A model under the settings of its runs.
  private struct Server {
    var model: String
    var tensorParallelSize = 1
    var engine: EngineConfig
    /// Distinct prompts sent in a cycle; nil if no two are equal.
    var pool: Int?
    var maxConcurrency: Int?
  }

  /// (prompt quantiles at 0, 10, 25, 50, 75, 90, 100 %, output tokens).
  private typealias Lengths = (prompt: [Double], output: Int)

  static let stages: [PublishedRun] = {
    let llama = Server(
      model: "meta-llama/Llama-2-7b-hf", engine: engine(.v0_15, tokens: 2048, seqs: 128, blocks: 7462),
      pool: 100)
    let codeLlama = Server(
      model: "codellama/CodeLlama-34b-Instruct-hf", tensorParallelSize: 2,
      engine: engine(.v0_15, tokens: 2048, seqs: 128, blocks: 26602), pool: 100)
    let qwen = Server(
      model: "Qwen/Qwen3-14B", engine: engine(.v0_23, tokens: 8192, seqs: 256, blocks: 18038),
      maxConcurrency: 256)
    let codegen: Lengths = ([578, 585, 588, 592, 596, 601, 605], 247)
    let general: Lengths = ([559, 567, 570, 575, 580, 585, 592], 248)
    let roleplay: Lengths = ([770, 778, 780, 784, 792, 798, 806], 251)
    let even: Lengths = ([933, 966, 976, 986, 996, 1006, 1047], 128)
    return [
      stage(llama, "codegen", 5, 3000, codegen, 25.04, 7.257, 1810),
      stage(llama, "codegen", 10, 6000, codegen, 29.45, 8.888, 2216),
      stage(llama, "roleplay", 6, 7200, roleplay, 27.13, 8.176, 2071),
      stage(llama, "general", 8, 4800, general, 27.11, 8.221, 2058),
      stage(llama, "general", 20, 12000, general, 51.85, 16.62, 4158),
      stage(codeLlama, "general", 8, 4800, general, 46.02, 14.77, 3694),
      stage(codeLlama, "general", 20, 12000, general, 53.82, 17.00, 4252),
      stage(codeLlama, "codegen", 5, 3000, codegen, 44.46, 14.50, 3610),
      stage(codeLlama, "codegen", 10, 6000, codegen, 46.14, 15.17, 3779),
      stage(qwen, "even", 2, 1212, even, 66.87, 12.33, 1633),
      stage(qwen, "even", 4, 2363, even, 73.49, 13.57, 1797),
      stage(qwen, "even", 6, 3610, even, 80.22, 15.25, 2016),
      stage(qwen, "even", 8, 4830, even, 90.33, 17.38, 2297),
      stage(qwen, "even", 18, 10829, even, 458.8, 111.5, 14619),
      stage(qwen, "mixed", 6, 3623, nil, 275.2, 31.82, 4316),
      stage(qwen, "mixed", 18, 10820, nil, 15282, 116.7, 30101),
    ]
  }()

  private static func engine(_ release: VLLMRelease, tokens: Int, seqs: Int, blocks: Int) -> EngineConfig {
    var engine = EngineConfig(release: release)
    engine.maxNumBatchedTokens = tokens
    engine.maxNumSeqs = seqs
    engine.numGPUBlocksOverride = blocks
    return engine
  }

  /// Half of the prompts around 250 tokens, half around 3,900, nothing in between.
  private static let mixed = QuantileTable(
    points: [(0, 227), (25, 253), (50, 287), (50.001, 3803), (75, 3918), (100, 4024)].map {
      .init(percent: $0, value: $1)
    })

  /// - Parameters:
  ///   - lengths: nil is ``mixed`` with 128 output tokens.
  ///   - ttft: and the other two, measured means in ms.
  private static func stage(
    _ server: Server, _ name: String, _ rate: Double, _ requests: Int, _ lengths: Lengths?, _ ttft: Double,
    _ tpot: Double, _ e2e: Double
  ) -> PublishedRun {
    let prompts =
      lengths.map { lengths in
        QuantileTable(
          points: zip([0, 10, 25, 50, 75, 90, 100], lengths.prompt).map { .init(percent: $0, value: $1) })
      } ?? mixed
    return PublishedRun(
      group: stagesGroup,
      label:
        "\(server.model.split(separator: "/").last ?? "") TP\(server.tensorParallelSize), \(name), \(Int(rate)) req/s",
      model: server.model, tensorParallelSize: server.tensorParallelSize, engine: server.engine,
      workload: WorkloadSpec(
        numRequests: requests,
        arrivals: .open(rate: PerSecond(rate), burstiness: 1),
        promptTokens: LengthSpec(.quantiles(prompts)),
        outputTokens: LengthSpec(.constant(lengths?.output ?? 128)),
        prefix: server.pool.map { .pool($0) } ?? .none, maxConcurrency: server.maxConcurrency),
      figures: [
        .init(kind: .ttft, measured: ttft, isFitted: true),
        .init(kind: .tpot, measured: tpot, isFitted: true),
        .init(kind: .e2e, measured: e2e, isFitted: true),
      ])
  }
}
