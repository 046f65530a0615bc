extension ModelConfig.Architecture {
  /// The one that an `architectures` entry or a `model_type` names.
  init?(declared name: String) {
    if let known = Self(rawValue: name) {
      self = known
      return
    }
    switch name {
    case "llama": self = .llama
    case "mistral", "ministral": self = .mistral
    case "qwen2": self = .qwen2
    case "qwen3": self = .qwen3
    default: return nil
    }
  }

  static var supportedList: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// What keeps an architecture from being simulated, for the message that refuses it.
  static func missingFeature(of name: String) -> String {
    let key = name.lowercased()
    let reason = reasons.first { reason in reason.families.contains { key.contains($0) } }
    return reason?.missing ?? "its layers are not described here"
  }

  /// The first entry with a matching family applies: narrow ones come first.
  private static let reasons: [(families: [String], missing: String)] = [
    (
      ["deepseekv2", "deepseekv3", "deepseek_v2", "deepseek_v3", "kimi", "minicpm3"],
      "latent attention (MLA) and experts are not modelled"
    ),
    (
      ["moe", "mixtral", "gptoss", "gpt_oss", "llama4", "dbrx", "grok", "arctic", "glm4_5", "minimax"],
      "experts are not modelled"
    ),
    (
      [
        "mamba", "jamba", "bamba", "zamba", "rwkv", "falconh1", "falcon_h1", "recurrentgemma", "qwen3next",
        "qwen3_next",
      ],
      "recurrent (state-space or linear-attention) layers are not modelled"
    ),
    (["gemma"], "local attention layers, soft-capped logits and the norms after each block are not modelled"),
    (["phi"], "partial rotary embedding and the fused or ungated MLP of this family are not modelled"),
    (["cohere", "command"], "parallel attention and MLP are not modelled"),
    (
      ["gpt", "opt", "bloom", "falcon", "mpt", "starcoder", "stablelm", "persimmon"],
      "an MLP without a gate, or layer norms with biases, are not modelled"
    ),
    (["bert", "t5", "bart", "whisper"], "encoders are not modelled"),
  ]
}
