import Models
import Quantities
import Workload

/// What a scenario refers to by name. Stands in for the catalogues of `Models` and `Workload`.
struct ScenarioLookup: Sendable {
  /// A model by its catalogue name, or by the path of a `config.json` relative to a folder.
  var model: @Sendable (_ name: String, _ folder: String) throws -> ModelConfig
  var presetNames: [String]
  var preset: @Sendable (_ name: String) -> WorkloadSpec?
  /// The known name that a misspelt one probably means.
  var nearest: @Sendable (_ name: String, _ known: [String]) -> String?
  /// Why a model cannot be split over so many GPUs, or nil if it can.
  var tensorParallelProblem: @Sendable (_ model: ModelConfig, _ gpus: Int) -> String?

  static let standard = ScenarioLookup(
    model: { name, _ in
      guard let model = models.first(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw UnknownModel(description: "'\(name)' is not in the catalogue")
      }
      return model
    },
    presetNames: ["azure-conv", "azure-code", "mooncake-conv"],
    preset: { name in
      guard ["azure-conv", "azure-code", "mooncake-conv"].contains(name) else { return nil }
      let table = QuantileTable(points: [.init(percent: 0, value: 0.01), .init(percent: 100, value: 1)])
      return WorkloadSpec(
        numRequests: nil, arrivals: .gapQuantiles(table, rate: nil),
        promptTokens: LengthSpec(.constant(1000)),
        outputTokens: LengthSpec(.constant(100)))
    },
    nearest: { name, known in
      let best = known.map { ($0, distance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
      guard let best, best.1 <= max(2, name.count / 3) else { return nil }
      return best.0
    },
    tensorParallelProblem: { model, gpus in
      model.numAttentionHeads % gpus == 0
        ? nil
        : "\(model.name) has \(model.numAttentionHeads) attention heads, which \(gpus) GPUs cannot share evenly"
    })

  struct UnknownModel: Error, CustomStringConvertible { let description: String }

  private static let models = [
    ModelConfig(
      name: "meta-llama/Llama-3.1-8B-Instruct", architecture: .llama, hiddenSize: 4096,
      intermediateSize: 14336,
      numHiddenLayers: 32, numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 128_256,
      maxPositionEmbeddings: 131_072),
    ModelConfig(
      name: "meta-llama/Llama-3.1-70B-Instruct", architecture: .llama, hiddenSize: 8192,
      intermediateSize: 28672,
      numHiddenLayers: 80, numAttentionHeads: 64, numKeyValueHeads: 8, headDim: 128, vocabSize: 128_256,
      maxPositionEmbeddings: 131_072),
    ModelConfig(
      name: "Qwen/Qwen3-14B", architecture: .qwen3, hiddenSize: 5120, intermediateSize: 17408,
      numHiddenLayers: 40,
      numAttentionHeads: 40, numKeyValueHeads: 8, headDim: 128, vocabSize: 151_936,
      maxPositionEmbeddings: 40960,
      qkNorm: true),
  ]

  /// Insertions, deletions and replacements between two words.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let replaced = diagonal + (x == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
