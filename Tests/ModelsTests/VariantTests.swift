import Models
import Quantities
import Testing

@Suite("variants") struct VariantTests {
  let model: ModelConfig

  init() throws { model = try #require(ModelConfig.named("Llama-3.1-8B")) }

  @Test(
    "short names are read and printed back",
    arguments: [
      "baseline", "baseline-fp8kv", "baseline-bf16kv", "swiftkv-0", "swiftkv-50", "swiftkv-62.5",
      "swiftkv-l16",
      "swiftkv-50-across2", "swiftkv-50-fp8kv", "swiftkv-62.3-across4-fp8kv", "swiftkv-l19-across3-fp16kv",
    ])
  func roundTrip(name: String) throws {
    #expect(try Variant(name: name).name == name)
    #expect(try Variant(name: name.uppercased()) == Variant(name: name))
  }

  @Test("a ratio's name gives the same ratio", arguments: [0.0, 1.0 / 3, 0.406, 0.625, 0.3, 0.07, 0.999])
  func ratio(value: Double) throws {
    let variant = Variant(technique: .swiftKV(layers: .skipping(value), keyValueGroupSize: 1))
    guard case .swiftKV(.skipping(let back), _) = try Variant(name: variant.name).technique else {
      Issue.record("\(variant.name) is no ratio")
      return
    }
    #expect(abs(back - value) < 1e-15)
  }

  @Test(
    "what is no variant is quoted and the grammar given",
    arguments: [
      "", "swiftkv", "swiftkv-", "swiftkv-100", "swiftkv--5", "swiftkv-nan", "swiftkv-half", "swiftkv-l0",
      "swiftkv-50-across",
      "swiftkv-50-across0", "swiftkv-50-across-2", "baseline-across2", "swiftkv-50-fp8",
      "swiftkv-50-fp8kv-across2", "base line",
      "swiftkv-l99999999999999999999",
    ])
  func bad(name: String) {
    let error = #expect(throws: VariantError.self) { try Variant(name: name) }
    #expect(error?.description.hasPrefix("'\(name)': ") == true)
    #expect(error?.description.contains("a variant is baseline or swiftkv-PERCENT_SKIPPED") == true)
  }

  @Test(
    "what does not fit the model says what would",
    arguments: [
      (SwiftKVCase(.skipping(.nan), 1), "skip_ratio: found nan; allowed is 0 up to"),
      (SwiftKVCase(.skipping(1), 1), "skip_ratio: found 1.0"),
      (SwiftKVCase(.skipping(-0.1), 1), "skip_ratio: found -0.1"),
      (
        SwiftKVCase(.skipping(0.999), 1),
        "num_key_value_layers: found 0; meta-llama/Llama-3.1-8B has 32 layers, so 1 to 32"
      ),
      (SwiftKVCase(.running(33), 1), "num_key_value_layers: found 33"),
      (SwiftKVCase(.running(-1), 1), "num_key_value_layers: found -1"),
      (SwiftKVCase(.running(16), 0), "key_value_group_size: found 0; with 16 later layers, 1 to 16"),
      (SwiftKVCase(.running(16), 17), "key_value_group_size: found 17"),
      (SwiftKVCase(.running(32), 2), "key_value_group_size: found 2"),
    ])
  func misfit(variant: SwiftKVCase, message: String) {
    let error = #expect(throws: VariantError.self) {
      try variant.variant.plan(for: model, kvPrecision: .bfloat16)
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    #expect(!variant.variant.name.isEmpty, "can be named all the same")
  }

  @Test("only groups larger than one layer are projections") func projections() throws {
    #expect(try Variant(name: "swiftkv-50-across2").isProjection)
    #expect(try !Variant(name: "swiftkv-50-fp8kv").isProjection)
    #expect(!Variant.baseline.isProjection)
  }

  @Test("the variant's KV precision wins over the engine's") func precision() throws {
    #expect(try Variant(name: "baseline-bf16kv").plan(for: model, kvPrecision: .fp8).kvPrecision == .bfloat16)
    #expect(try Variant(name: "baseline").plan(for: model, kvPrecision: .fp8).kvPrecision == .fp8)
  }
}

/// A SwiftKV variant as a test argument.
struct SwiftKVCase: Sendable {
  let variant: Variant

  init(_ layers: Variant.SwiftKVLayers, _ group: Int) {
    variant = Variant(technique: .swiftKV(layers: layers, keyValueGroupSize: group))
  }
}
