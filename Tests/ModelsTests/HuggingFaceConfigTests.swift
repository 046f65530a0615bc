import Foundation
import Models
import Quantities
import Testing

@Suite("config.json") struct HuggingFaceConfigTests {
  static let llama = """
    {"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
     "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072,
     "rope_scaling": {"factor": 8.0, "rope_type": "llama3", "original_max_position_embeddings": 8192},
     "attention_bias": false, "hidden_act": "silu", "tie_word_embeddings": false, "torch_dtype": "bfloat16",
     "model_type": "llama", "pretraining_tp": 1, "eos_token_id": [1, 2]}
    """

  func read(_ text: String, name: String = "m") throws(ModelConfigError) -> ModelConfig {
    try ModelConfig(huggingFaceConfig: Data(text.utf8), name: name)
  }

  /// The Llama file with members set to other JSON, or left out (nil).
  func read(changing members: [String: String?]) throws -> ModelConfig {
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(Self.llama.utf8)) as? [String: Any])
    for (key, text) in members {
      object[key] = try text.map {
        try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
      }
    }
    return try ModelConfig(huggingFaceConfig: JSONSerialization.data(withJSONObject: object), name: "m")
  }

  func problems(changing members: [String: String?]) -> [String] {
    do {
      _ = try read(changing: members)
      return []
    } catch let error as ModelConfigError {
      return error.problems
    } catch {
      return ["unexpected: \(error)"]
    }
  }

  @Test("Llama 3.1's file gives the catalogue's model") func llama() throws {
    #expect(try read(Self.llama, name: "meta-llama/Llama-3.1-8B") == ModelConfig.named("Llama-3.1-8B"))
  }

  @Test("fields that a family leaves out take its defaults") func defaults() throws {
    let plain = try read(changing: [
      "num_key_value_heads": nil, "tie_word_embeddings": nil, "torch_dtype": nil, "rope_scaling": nil,
      "hidden_act": nil,
      "attention_bias": "null", "head_dim": "null",
    ])
    #expect(plain.numKeyValueHeads == 32)
    #expect(plain.headDim == 128)
    #expect(
      !plain.tieWordEmbeddings && !plain.qkvBias && !plain.outputBias && !plain.mlpBias && !plain.qkNorm)
    #expect(plain.weightPrecision == .bfloat16)
    let byType = try read(changing: ["architectures": nil])
    #expect(byType.architecture == .llama)
  }

  @Test("Qwen2 always has QKV biases, Qwen3 head norms and its own head size, Llama biases by flag")
  func families() throws {
    let qwen2 = try read(changing: [
      "architectures": #"["Qwen2ForCausalLM"]"#, "sliding_window": "4096", "use_sliding_window": "false",
    ])
    #expect(qwen2.qkvBias && !qwen2.outputBias && !qwen2.qkNorm)
    let qwen3 = try read(changing: [
      "architectures": #"["Qwen3ForCausalLM"]"#, "hidden_size": "5120", "num_attention_heads": "64",
      "head_dim": "128",
    ])
    #expect(qwen3.qkNorm && !qwen3.qkvBias && qwen3.headDim == 128)
    let biased = try read(changing: ["attention_bias": "true", "mlp_bias": "true"])
    #expect(biased.qkvBias && biased.outputBias && biased.mlpBias)
  }

  @Test("precision comes from dtype in either spelling and from quantization_config") func precision() throws
  {
    #expect(try read(changing: ["torch_dtype": #""float16""#]).weightPrecision == .float16)
    #expect(try read(changing: ["torch_dtype": nil, "dtype": #""float16""#]).weightPrecision == .float16)
    #expect(try read(changing: ["quantization_config": #"{"quant_method": "fp8"}"#]).weightPrecision == .fp8)
    let compressed = #"""
      {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "float"}}}}
      """#
    #expect(try read(changing: ["quantization_config": compressed]).weightPrecision == .fp8)
  }

  @Test("yarn stretches the original length; llama3 scaling is already in the declared one") func length()
    throws
  {
    let yarn = #"{"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}"#
    #expect(try read(changing: ["rope_scaling": yarn]).maxPositionEmbeddings == 131072)
    #expect(
      try read(changing: ["rope_scaling": #"{"type": "linear", "factor": 2}"#]).maxPositionEmbeddings
        == 262144)
    #expect(try read(Self.llama).maxPositionEmbeddings == 131072)
  }

  @Test("a multimodal file's text_config is read, its dtype from outside") func nested() throws {
    let model = try read(
      """
      {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "torch_dtype": "float16", "text_config":
        {"model_type": "mistral", "hidden_size": 5120, "intermediate_size": 14336, "num_hidden_layers": 40,
         "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 131072,
         "max_position_embeddings": 1024000}}
      """)
    #expect(model.architecture == .mistral)
    #expect(model.hiddenSize == 5120)
    #expect(model.weightPrecision == .float16)
  }

  @Test(
    "an unsupported architecture is refused by name, with what is missing",
    arguments: [
      ("MixtralForCausalLM", "experts are not modelled"), ("Qwen3MoeForCausalLM", "experts are not modelled"),
      ("DeepseekV3ForCausalLM", "latent attention (MLA) and experts"),
      ("Gemma3ForCausalLM", "local attention"),
      ("Phi3ForCausalLM", "partial rotary"), ("MambaForCausalLM", "state-space"),
      ("GPT2LMHeadModel", "without a gate"),
      ("SomethingNewForCausalLM", "not described here"),
    ])
  func unsupported(architecture: String, missing: String) throws {
    let found = problems(changing: ["architectures": "[\"\(architecture)\"]"])
    let problem = try #require(found.first)
    #expect(found.count == 1)
    #expect(problem.hasPrefix("\(architecture): "))
    #expect(problem.contains(missing))
    #expect(problem.contains("supported are LlamaForCausalLM, MistralForCausalLM"))
  }

  @Test("every problem of a file is reported at once") func together() throws {
    let found = problems(changing: [
      "hidden_size": "-4096", "intermediate_size": "\"wide\"", "num_hidden_layers": nil,
      "num_key_value_heads": "5",
      "vocab_size": "1.5", "attention_bias": "1", "torch_dtype": "\"int3\"",
      "max_position_embeddings": "1e30",
    ])
    #expect(
      found == [
        "hidden_size: found -4096; a whole number from 1 to 1000000 is allowed",
        "intermediate_size: found \"wide\"; a whole number from 1 to 10000000 is allowed",
        "num_hidden_layers: missing; a whole number from 1 to 10000 is allowed",
        "vocab_size: found 1.5; a whole number from 1 to 100000000 is allowed",
        "max_position_embeddings: found 1e+30; a whole number from 1 to 1000000000 is allowed",
        "attention_bias: found 1; true or false is allowed",
        "num_key_value_heads: 5 does not divide num_attention_heads 32",
        "torch_dtype: found \"int3\"; bfloat16, float16 or float32 is allowed",
      ])
  }

  @Test(
    "one fault, one message that names its field",
    arguments: [
      (["num_hidden_layers": "0"], "num_hidden_layers: found 0"),
      (["num_attention_heads": "0"], "num_attention_heads: found 0"),
      (["num_key_value_heads": "0"], "num_key_value_heads: found 0"),
      (["num_attention_heads": "24"], "head_dim: is missing, and hidden_size 4096 / num_attention_heads 24"),
      (["head_dim": "100000"], "head_dim: found 100000"), (["vocab_size": "true"], "vocab_size: found true"),
      (["hidden_act": "\"gelu\""], "hidden_act: found \"gelu\""),
      (["sliding_window": "4096"], "sliding_window: found 4096"),
      (["rope_scaling": "{\"type\": \"yarn\"}"], "rope_scaling.factor: found nothing"),
      (["rope_scaling": "{\"type\": \"yarn\", \"factor\": 1e300}"], "rope_scaling.factor: found 1e+300"),
      (["rope_scaling": "[]"], "rope_scaling: found a list"),
      (
        ["quantization_config": "{\"quant_method\": \"awq\"}"],
        "quantization_config.quant_method: found \"awq\""
      ),
      (["quantization_config": "{}"], "quantization_config.quant_method: found nothing"),
    ])
  func single(change: [String: String], message: String) throws {
    let found = problems(changing: change)
    #expect(found.count == 1, "\(found)")
    #expect(try #require(found.first).hasPrefix(message))
  }

  @Test(
    "what is no config.json is said to be none",
    arguments: [
      ("", "empty"), ("{\"hidden_size\": 4096, \"num_hid", "not valid JSON, or cut off"),
      ("[1, 2]", "found a list"),
      ("{\"hidden_size\": NaN}", "not valid JSON"), ("{}", "architectures: missing"),
      ("\u{0}\u{1}", "not valid JSON"),
      ("{\"architectures\": [\"LlamaForCausalLM\"], \"text_config\": 3}", "text_config: found 3"),
    ])
  func noConfig(text: String, message: String) {
    let error = #expect(throws: ModelConfigError.self) { try read(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("a file or its folder is loaded and named after the folder; missing ones are named") func files()
    throws
  {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("config-json-\(ProcessInfo.processInfo.processIdentifier)/My-8B")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    let empty = #expect(throws: ModelConfigError.self) { try ModelConfig.load(path: folder.path) }
    #expect(empty?.description.contains("the folder has no config.json") == true)
    try Data(Self.llama.utf8).write(to: folder.appendingPathComponent("config.json"))
    #expect(try ModelConfig.load(path: folder.path).name == "My-8B")
    #expect(try ModelConfig.load(path: folder.path + "/config.json").name == "My-8B")
    let missing = #expect(throws: ModelConfigError.self) {
      try ModelConfig.load(path: folder.path + "/none.json")
    }
    #expect(missing?.description.contains("none.json: no such file") == true)
  }
}
