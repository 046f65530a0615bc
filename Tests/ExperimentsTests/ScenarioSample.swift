import Models
import Quantities
import Workload

@testable import Experiments

/// A small scenario for tests to change, and short ways to read one.
enum ScenarioSample {
  static let workload =
    "workload: {num_requests: 10, arrivals: {process: poisson, request_rate: 6}, prompt_tokens: 100, output_tokens: 10}\n"

  /// Lines 1 and 2; what a test adds begins on line 3.
  static let top = "model: llama\nhardware: {gpu: H100-SXM-80GB}\n"

  /// Catalogues of their own, so that tests do not move with the real ones.
  static let lookup = ScenarioLookup(
    model: { name, _ in
      guard let model = [llama, seven].first(where: { $0.name == name }) else {
        throw Unknown(description: "'\(name)' is not in the catalogue")
      }
      return model
    },
    presetNames: ["bursty", "steady", "replay"],
    preset: { name in
      switch name {
      case "bursty": workload(.gapQuantiles(gaps, rate: nil))
      case "steady": workload(.open(rate: 3, burstiness: 1))
      default: nil
      }
    })

  struct Unknown: Error, CustomStringConvertible { let description: String }

  static let llama = ModelConfig(
    name: "llama", architecture: .llama, hiddenSize: 4096, intermediateSize: 14336, numHiddenLayers: 32,
    numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 128_256,
    maxPositionEmbeddings: 131_072)

  /// Heads that eight GPUs cannot share.
  static let seven = ModelConfig(
    name: "seven", architecture: .llama, hiddenSize: 3584, intermediateSize: 18944, numHiddenLayers: 28,
    numAttentionHeads: 28, numKeyValueHeads: 4, headDim: 128, vocabSize: 152_064, maxPositionEmbeddings: 32768
  )

  static let gaps = QuantileTable(points: [.init(percent: 0, value: 0), .init(percent: 100, value: 2)])

  private static func workload(_ arrivals: ArrivalSpec) -> WorkloadSpec {
    WorkloadSpec(
      numRequests: nil, arrivals: arrivals, promptTokens: LengthSpec(.constant(1000)),
      outputTokens: LengthSpec(.constant(50)))
  }

  static func read(_ text: String, set overrides: [String] = [], seed: UInt64? = nil) throws(ScenarioError)
    -> Scenario
  {
    try Scenario.parse(
      text: text, directory: ".", file: "rag.yaml", overrides: overrides, seed: seed, lookup: lookup)
  }

  /// With `workload` lines of its own.
  static func traffic(_ lines: String) throws(ScenarioError) -> WorkloadSpec {
    try read(top + "workload:\n  num_requests: 10\n" + lines).workload
  }

  /// What is wrong, a line each; nothing if the text is a scenario.
  static func problems(_ text: String, set overrides: [String] = []) -> [String] {
    do {
      _ = try read(text, set: overrides)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }
}
