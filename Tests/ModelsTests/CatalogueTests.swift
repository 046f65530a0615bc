import Models
import Quantities
import Testing

@Suite("model catalogue") struct CatalogueTests {
  /// Element counts of the published safetensors files, and KV bytes of one token in 16 bit.
  static let published: [(name: String, parameters: Int, keyValueBytes: Double)] = [
    ("meta-llama/Llama-2-7b-hf", 6_738_415_616, 524_288),
    ("meta-llama/Llama-2-13b-hf", 13_015_864_320, 819_200),
    ("meta-llama/Llama-2-70b-hf", 68_976_648_192, 327_680),
    ("codellama/CodeLlama-7b-hf", 6_738_546_688, 524_288),
    ("codellama/CodeLlama-13b-hf", 13_016_028_160, 819_200),
    ("codellama/CodeLlama-70b-hf", 68_976_910_336, 327_680),
    ("01-ai/Yi-34B", 34_388_917_248, 245_760),
    ("codellama/CodeLlama-34b-Instruct-hf", 33_743_970_304, 196_608),
    ("meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248, 131_072),
    ("meta-llama/Llama-3.1-70B-Instruct", 70_553_706_496, 327_680),
    ("meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496, 327_680),
    ("meta-llama/Llama-3.1-405B-Instruct", 405_853_388_800, 516_096),
    ("meta-llama/Llama-3.2-1B", 1_235_814_400, 32_768),
    ("meta-llama/Llama-3.2-3B", 3_212_749_824, 114_688),
    ("Qwen/Qwen2.5-7B-Instruct", 7_615_616_512, 57_344),
    ("Qwen/Qwen2.5-14B-Instruct", 14_770_033_664, 196_608),
    ("Qwen/Qwen2.5-32B-Instruct", 32_763_876_352, 262_144),
    ("Qwen/Qwen2.5-72B-Instruct", 72_706_203_648, 327_680),
    ("Qwen/Qwen3-8B", 8_190_735_360, 147_456),
    ("Qwen/Qwen3-14B", 14_768_307_200, 163_840),
    ("Qwen/Qwen3-32B", 32_762_123_264, 262_144),
    ("mistralai/Mistral-7B-v0.3", 7_248_023_552, 131_072),
  ]

  @Test("parameters and KV bytes equal the published ones exactly", arguments: published)
  func counts(name: String, parameters: Int, keyValueBytes: Double) throws {
    let model = try #require(ModelConfig.named(name))
    #expect(model.name == name)
    #expect(model.totalParameters == parameters)
    #expect(model.keyValueBytesPerToken(.bfloat16).value == keyValueBytes)
    #expect(model.keyValueBytesPerToken(.fp8).value == keyValueBytes / 2)
  }

  @Test("every shape is consistent, every name unique and found again") func wellFormed() {
    for model in ModelConfig.catalogue {
      #expect(model.numAttentionHeads % model.numKeyValueHeads == 0, "\(model.name)")
      #expect(ModelConfig.named(model.name.uppercased()) == model)
    }
    #expect(Set(ModelConfig.catalogue.map(\.name)).count == ModelConfig.catalogue.count)
  }

  @Test(
    "short and old spellings find their checkpoint",
    arguments: [
      ("llama-3.1-8b", "meta-llama/Llama-3.1-8B"),
      ("Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
      ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
      ("llama 3.1 8b instruct", "meta-llama/Llama-3.1-8B-Instruct"),
      ("llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct"), ("llama-2-7b", "meta-llama/Llama-2-7b-hf"),
      ("Llama-2-7b-chat", "meta-llama/Llama-2-7b-chat-hf"), ("codellama-34b", "codellama/CodeLlama-34b-hf"),
      ("qwen3_14b", "Qwen/Qwen3-14B"), ("Qwen3-14B-Instruct", "Qwen/Qwen3-14B"),
      ("mistral-7b-v0.3", "mistralai/Mistral-7B-v0.3"),
    ])
  func aliases(typed: String, name: String) {
    #expect(ModelConfig.named(typed)?.name == name)
  }

  @Test(
    "no name is guessed",
    arguments: ["", "/", "llama", "someone/Llama-3.1-8B", "a/b/c", "llama-3.1-9b", "Qwen2.5-7B/", "🙂"])
  func unknown(typed: String) {
    #expect(ModelConfig.named(typed) == nil)
  }

  @Test("a mistyped name gets the nearest ones") func suggestions() {
    #expect(ModelConfig.nearestNames(to: "lama-3.1-8b").first == "Llama-3.1-8B")
    #expect(ModelConfig.nearestNames(to: "meta-llama/Llama-3.1-9B").first == "meta-llama/Llama-3.1-8B")
    #expect(ModelConfig.nearestNames(to: "completely different").isEmpty)
  }
}
