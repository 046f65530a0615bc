import Quantities

/// Models known by name: the dense ones whose published `config.json` and parameter count were compared.
extension ModelConfig {
  /// In the order of the families; of one shape, the base checkpoint comes before the instruction-tuned one.
  public static let catalogue: [ModelConfig] = llama + qwen + mistral + reference

  /// The model of a catalogue name. Case, the owner before "/", and the separators `-`, `_` and blank are ignored, and a
  /// suffix that names no other shape may be left out ("llama-3.1-8b", "Meta-Llama-3.1-8B", "codellama-34b").
  ///
  /// A name that fits a checkpoint exactly wins over one that only fits its shape, and base over instruct.
  public static func named(_ name: String) -> ModelConfig? {
    let wanted = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard wanted.count <= 2, let last = wanted.last else { return nil }
    func match(_ key: (String) -> String) -> ModelConfig? {
      catalogue.first { model in
        let parts = model.name.split(separator: "/").map(String.init)
        let sameOwner = wanted.count < 2 || parts[0].lowercased() == wanted[0].lowercased()
        return sameOwner && key(parts[parts.count - 1]) == key(last)
      }
    }
    return match(compact) ?? match(withoutFormat) ?? match(withoutTuning)
  }

  /// Up to three catalogue names that resemble an unknown one, nearest first.
  public static func nearestNames(to name: String) -> [String] {
    let hasOwner = name.contains("/")
    let names = catalogue.map { hasOwner ? $0.name : String($0.name.split(separator: "/").last ?? "") }
    return Quantities.nearestNames(to: name, among: names, limit: 3)
  }
}

private func compact(_ name: String) -> String {
  name.lowercased().filter { !"-_ ".contains($0) }
}

/// Without what says how a checkpoint is stored, not what it is.
private func withoutFormat(_ name: String) -> String {
  var key = compact(name)
  if key.hasPrefix("metallama") { key.removeFirst("meta".count) }
  if key.hasSuffix("hf") { key.removeLast("hf".count) }
  return key
}

/// Without what says how a checkpoint was trained, which changes no shape.
private func withoutTuning(_ name: String) -> String {
  withoutFormat(name).replacing("instruct", with: "").replacing("chat", with: "")
}

/// Shapes from each repository's `config.json`; all have a head size of 128 unless stated.
extension ModelConfig {
  private static let llama: [ModelConfig] =
    llama2("7b", hidden: 4096, intermediate: 11008, layers: 32, heads: 32, keyValueHeads: 32)
    + llama2("13b", hidden: 5120, intermediate: 13824, layers: 40, heads: 40, keyValueHeads: 40)
    + llama2("70b", hidden: 8192, intermediate: 28672, layers: 80, heads: 64, keyValueHeads: 8)
    + codeLlama("7b", hidden: 4096, intermediate: 11008, layers: 32, heads: 32, keyValueHeads: 32)
    + codeLlama("13b", hidden: 5120, intermediate: 13824, layers: 40, heads: 40, keyValueHeads: 40)
    + codeLlama("34b", hidden: 8192, intermediate: 22016, layers: 48, heads: 64, vocabulary: 32000)
    + codeLlama("70b", hidden: 8192, intermediate: 28672, layers: 80, heads: 64)
    + ["01-ai/Yi-34B", "01-ai/Yi-34B-Chat"].map {
      ModelConfig(
        name: $0, architecture: .llama, hiddenSize: 7168, intermediateSize: 20480, numHiddenLayers: 60,
        numAttentionHeads: 56, numKeyValueHeads: 8, headDim: 128, vocabSize: 64000,
        maxPositionEmbeddings: 4096)
    }
    + llama3(["3.1-8B", "3.1-8B-Instruct"], hidden: 4096, intermediate: 14336, layers: 32, heads: 32)
    + llama3(
      ["3.1-70B", "3.1-70B-Instruct", "3.3-70B-Instruct"], hidden: 8192, intermediate: 28672, layers: 80,
      heads: 64)
    + llama3(["3.1-405B", "3.1-405B-Instruct"], hidden: 16384, intermediate: 53248, layers: 126, heads: 128)
    + llama3(
      ["3.2-1B", "3.2-1B-Instruct"], hidden: 2048, intermediate: 8192, layers: 16, heads: 32, headDim: 64,
      tied: true)
    + llama3(
      ["3.2-3B", "3.2-3B-Instruct"], hidden: 3072, intermediate: 8192, layers: 28, heads: 24, tied: true)

  private static let qwen: [ModelConfig] =
    qwen25("7B", hidden: 3584, intermediate: 18944, layers: 28, heads: 28, keyValueHeads: 4)
    + qwen25("14B", hidden: 5120, intermediate: 13824, layers: 48, heads: 40)
    + qwen25("32B", hidden: 5120, intermediate: 27648, layers: 64, heads: 40)
    + qwen25("72B", hidden: 8192, intermediate: 29568, layers: 80, heads: 64)
    + [
      qwen3("8B", hidden: 4096, intermediate: 12288, layers: 36, heads: 32),
      qwen3("14B", hidden: 5120, intermediate: 17408, layers: 40, heads: 40),
      qwen3("32B", hidden: 5120, intermediate: 25600, layers: 64, heads: 64),
    ]

  private static let mistral: [ModelConfig] =
    ["mistralai/Mistral-7B-v0.3", "mistralai/Mistral-7B-Instruct-v0.3"].map {
      ModelConfig(
        name: $0, architecture: .mistral, hiddenSize: 4096, intermediateSize: 14336, numHiddenLayers: 32,
        numAttentionHeads: 32, numKeyValueHeads: 8, headDim: 128, vocabSize: 32768,
        maxPositionEmbeddings: 32768)
    }

  private static func llama2(
    _ size: String, hidden: Int, intermediate: Int, layers: Int, heads: Int, keyValueHeads: Int
  ) -> [ModelConfig] {
    // The checkpoints were made in half precision, before bfloat16 became the rule.
    ["", "-chat"].map {
      ModelConfig(
        name: "meta-llama/Llama-2-\(size)\($0)-hf", architecture: .llama, hiddenSize: hidden,
        intermediateSize: intermediate, numHiddenLayers: layers, numAttentionHeads: heads,
        numKeyValueHeads: keyValueHeads, headDim: 128, vocabSize: 32000, maxPositionEmbeddings: 4096,
        weightPrecision: .float16)
    }
  }

  private static func codeLlama(
    _ size: String, hidden: Int, intermediate: Int, layers: Int, heads: Int, keyValueHeads: Int = 8,
    vocabulary: Int = 32016
  ) -> [ModelConfig] {
    ["", "-Instruct"].map {
      ModelConfig(
        name: "codellama/CodeLlama-\(size)\($0)-hf", architecture: .llama, hiddenSize: hidden,
        intermediateSize: intermediate, numHiddenLayers: layers, numAttentionHeads: heads,
        numKeyValueHeads: keyValueHeads, headDim: 128, vocabSize: vocabulary, maxPositionEmbeddings: 16384)
    }
  }

  private static func llama3(
    _ versions: [String], hidden: Int, intermediate: Int, layers: Int, heads: Int, headDim: Int = 128,
    tied: Bool = false
  ) -> [ModelConfig] {
    versions.map {
      ModelConfig(
        name: "meta-llama/Llama-\($0)", architecture: .llama, hiddenSize: hidden,
        intermediateSize: intermediate,
        numHiddenLayers: layers, numAttentionHeads: heads, numKeyValueHeads: 8, headDim: headDim,
        vocabSize: 128256,
        maxPositionEmbeddings: 131072, tieWordEmbeddings: tied)
    }
  }

  private static func qwen25(
    _ size: String, hidden: Int, intermediate: Int, layers: Int, heads: Int, keyValueHeads: Int = 8
  ) -> [ModelConfig] {
    // Base and instruct files differ in the length they declare.
    [("", 131072), ("-Instruct", 32768)].map { suffix, longest in
      ModelConfig(
        name: "Qwen/Qwen2.5-\(size)\(suffix)", architecture: .qwen2, hiddenSize: hidden,
        intermediateSize: intermediate, numHiddenLayers: layers, numAttentionHeads: heads,
        numKeyValueHeads: keyValueHeads, headDim: 128, vocabSize: 152064, maxPositionEmbeddings: longest,
        qkvBias: true)
    }
  }

  private static func qwen3(
    _ size: String, hidden: Int, intermediate: Int, layers: Int, heads: Int
  ) -> ModelConfig {
    ModelConfig(
      name: "Qwen/Qwen3-\(size)", architecture: .qwen3, hiddenSize: hidden, intermediateSize: intermediate,
      numHiddenLayers: layers, numAttentionHeads: heads, numKeyValueHeads: 8, headDim: 128, vocabSize: 151936,
      maxPositionEmbeddings: 40960, qkNorm: true)
  }
}
