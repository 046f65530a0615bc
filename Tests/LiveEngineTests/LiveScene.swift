import CostModel
import EngineSettings
import Hardware
import LiveEngine
import Models
import Quantities
import ReferenceKernels
import Serving
import TestProfiles
import Testing
import Workload

/// A tiny model, requests for it, and an engine's settings: served live by the clock of a cost model, so that every run is the same.
struct LiveScene {
  var engine = EngineConfig()
  var variant: String
  var blocks = 257
  var requests: [Request] = []
  var threads = 1

  init(_ variant: String) {
    self.variant = variant
    engine.asyncScheduling = false
    engine.enablePrefixCaching = false
    engine.maxNumBatchedTokens = 512
    engine.maxNumSeqs = 64
    engine.maxModelLen = 256
  }

  static let variants = [
    "baseline", "swiftkv-50", "swiftkv-50-across2", "swiftkv-25", "swiftkv-62.5-across2",
  ]

  /// 8 layers, four heads to two KV heads, 22 thousand parameters a layer... of odd widths.
  static let model = ModelConfig(
    name: "tiny", architecture: .llama, hiddenSize: 36, intermediateSize: 40, numHiddenLayers: 8,
    numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 8, vocabSize: 101, maxPositionEmbeddings: 512,
    weightPrecision: .float32)

  static let weights = RandomWeights(model: model, seed: 7)

  var deployment: Deployment {
    get throws {
      var engine = engine
      engine.numGPUBlocksOverride = blocks
      return try Deployment(
        model: Self.model, variant: Variant(name: variant), device: .testProcessor, tensorParallelSize: 1,
        engine: engine)
    }
  }

  func server() throws -> LiveServer {
    LiveServer(
      plan: try deployment.plan, weights: Self.weights, engine: engine, numGPUBlocks: blocks,
      threads: KernelThreads(count: threads, pinned: false))
  }

  func run() throws -> LiveRun {
    let cost = try deployment.cost
    return try server().run(
      requests: RequestStream(requests.sorted { $0.arrival < $1.arrival }), seed: 3,
      clock: PredictedClock(cost), emptyBatch: cost.emptyBatch,
      options: Simulation.Options(checksInvariants: true))
  }

  mutating func add(
    at arrival: Double = 0, prompt: Int, output: Int, content: PromptContent = .unique,
    outputContent: UInt64? = nil
  ) {
    requests.append(
      Request(
        index: requests.count, arrival: Seconds(arrival), promptTokens: prompt, outputTokens: output,
        content: content, outputContent: outputContent))
  }

  /// Seven requests, some with a common beginning, at times between those of steps.
  mutating func addSome() {
    let common = PromptContent.segments([PromptContent.Segment(text: 5, tokens: 40)])
    add(prompt: 1, output: 6)
    add(prompt: 70, output: 4, content: common)
    add(prompt: 33, output: 9)
    add(at: 1e-3, prompt: 45, output: 12, content: common)
    add(at: 1e-3, prompt: 16, output: 1)
    add(at: 2e-3, prompt: 64, output: 10, content: common)
    add(at: 2e-3, prompt: 17, output: 14, content: .text(9))
  }

  func with(_ change: (inout LiveScene) -> Void) -> LiveScene {
    var other = self
    change(&other)
    return other
  }
}
