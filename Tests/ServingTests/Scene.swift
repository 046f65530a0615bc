import EngineSettings
import Foundation
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// Small deployments and workloads for the tests of this folder.
struct Scene {
  var engine = EngineConfig()
  var variant = Variant.baseline
  var device: DeviceProfile
  var requests: [Request] = []
  var options = Simulation.Options(checksInvariants: true)

  /// An H100 with few blocks, so that tests meet their limits.
  init(blocks: Int = 1025) throws {
    device = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    // Requests that are sent together reach the scheduler together.
    device.host.perRequest = 0
    engine.numGPUBlocksOverride = blocks
    engine.maxModelLen = 4096
  }

  static let model = ModelConfig(
    name: "small", architecture: .llama, hiddenSize: 1024, intermediateSize: 2816, numHiddenLayers: 8,
    numAttentionHeads: 8, numKeyValueHeads: 2, headDim: 128, vocabSize: 32000, maxPositionEmbeddings: 8192)

  var deployment: Deployment {
    get throws {
      try Deployment(
        model: Self.model, variant: variant, device: device, tensorParallelSize: 1, engine: engine)
    }
  }

  func run() throws -> RunRecord {
    try Simulation.run(deployment, requests: RequestStream(requests), options: options)
  }

  mutating func add(
    at arrival: Double = 0, prompt: Int, output: Int = 1, priority: Int = 0, content: PromptContent = .unique
  ) {
    requests.append(
      Request(
        index: requests.count, arrival: Seconds(arrival), promptTokens: prompt, outputTokens: output,
        priority: priority, content: content))
  }
}

/// A small generator for test inputs (SplitMix64), seeded so that a failure can be repeated.
struct TestRandom {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// In 0 ..< 1.
  mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits() % UInt64(range.count))
  }

  mutating func coin(_ probability: Double = 0.5) -> Bool { unit() < probability }

  mutating func exponential(mean: Double) -> Double {
    -mean * log(1 - unit())
  }
}
