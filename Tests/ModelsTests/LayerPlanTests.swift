import Models
import Quantities
import Testing

@Suite("layer plans") struct LayerPlanTests {
  func plan(_ model: String, _ variant: String, kv: Precision = .bfloat16) throws -> LayerPlan {
    let model = try #require(ModelConfig.named(model))
    return try Variant(name: variant).plan(for: model, kvPrecision: kv)
  }

  @Test(
    "matrix FLOPs and KV bytes of a prompt token, all models, ratios and group sizes",
    arguments: LayerPlanTables.rows)
  func tables(row: LayerPlanTables.Row) throws {
    for (i, group) in LayerPlanTables.groups.enumerated() where group == 1 || row.skip > 0 {
      let name = "swiftkv-l\(row.running)-across\(group)"
      let later = try plan(row.model, "baseline").fullLayers - row.running
      guard group <= max(1, later) else {
        #expect(throws: VariantError.self, "no group is larger than the later layers") {
          try plan(row.model, name)
        }
        continue
      }
      let wanted = try plan(row.model, name)
      // The table divides by g; a short last group projects all the same, so the plan rounds up.
      let leaders = (Double(later) / Double(group)).rounded(.up)
      let short =
        2 * Double(wanted.model.keyValueProjectionParameters) * (leaders - Double(later) / Double(group))
        / 1e9
      let giga = wanted.linearFLOPsPerPromptToken.value / 1e9
      #expect(abs(giga - short - row.gigaFLOPs[i]) <= 0.00501, "g \(group): \(giga)")
      if let bytes = row.keyValueBytes {
        #expect(wanted.keyValueBytesPerToken.value == bytes[i], "g \(group)")
      }
    }
    let byRatio = try plan(row.model, "swiftkv-\(row.skip)")
    #expect(byRatio.fullLayers == row.running, "the ratio rounds to the nearest number of layers")
  }

  @Test("Llama-3.1-8B at 50 %: 13.96 to 7.25 GFLOP; 131,072 to 49,152 bytes with 2-way groups and FP8 KV")
  func headline() throws {
    func giga(_ variant: String) throws -> Double {
      (try plan("Llama-3.1-8B", variant).linearFLOPsPerPromptToken.value / 1e7).rounded() / 100
    }
    #expect(try giga("baseline") == 13.96)
    #expect(try giga("swiftkv-50") == 7.25)
    #expect(try plan("Llama-3.1-8B", "baseline").keyValueBytesPerToken == 131_072)
    #expect(
      try plan("Llama-3.1-8B", "swiftkv-50").keyValueBytesPerToken == 131_072,
      "layer skipping alone saves no capacity")
    #expect(try plan("Llama-3.1-8B", "swiftkv-50-across2-fp8kv").keyValueBytesPerToken == 49_152)
  }

  @Test(
    "extra weights at the released depths: never-read QKV, projections, first part, later part, in billions",
    arguments: [
      ("Llama-3.1-8B", 16, 0.403, 0.134, 3.490, 3.355), ("Llama-3.1-70B", 40, 3.355, 0.671, 34.226, 33.554),
      ("Llama-3.1-405B", 63, 19.025, 2.114, 200.823, 198.709), ("Qwen2.5-7B", 21, 0.116, 0.026, 4.894, 1.606),
      ("Qwen2.5-14B", 36, 0.440, 0.126, 9.909, 3.177), ("Qwen2.5-32B", 48, 0.587, 0.168, 23.404, 7.634),
    ])
  func weights(name: String, running: Int, unused: Double, projections: Double, first: Double, later: Double)
    throws
  {
    let plan = try plan(name, "swiftkv-l\(running)")
    let model = plan.model
    func billions(_ n: Int) -> Double { (Double(n) / 1e6).rounded() / 1e3 }
    #expect(billions(plan.unusedParameters) == unused)
    #expect(billions(plan.projectedLayers * model.keyValueProjectionParameters) == projections)
    #expect(billions(plan.fullLayers * model.layerMatrixParameters) == first)
    let rest = model.layerMatrixParameters - model.keyValueProjectionParameters
    #expect(billions(plan.survivorLayers * rest) == later)
  }

  @Test(
    "KV that remains at 50 %: 1 - s(1 - 1/g), halved by FP8",
    arguments: [(1, 1.0), (2, 0.75), (4, 0.625), (8, 0.5625), (16, 0.53125)])
  func remaining(group: Int, share: Double) throws {
    let baseline = try plan("Llama-3.1-8B", "baseline").keyValueBytesPerToken
    let wide = try plan("Llama-3.1-8B", "swiftkv-50-across\(group)").keyValueBytesPerToken
    let narrow = try plan("Llama-3.1-8B", "swiftkv-50-across\(group)-fp8kv").keyValueBytesPerToken
    #expect(wide / baseline == share)
    #expect(narrow / baseline == share / 2)
  }

  @Test("INV-10: nothing skipped is the baseline's plan, for every model", arguments: ModelConfig.catalogue)
  func noSkip(model: ModelConfig) throws {
    let baseline = try Variant.baseline.plan(for: model, kvPrecision: .bfloat16)
    #expect(try Variant(name: "swiftkv-0").plan(for: model, kvPrecision: .bfloat16) == baseline)
    #expect(
      try Variant(name: "swiftkv-l\(model.numHiddenLayers)").plan(for: model, kvPrecision: .bfloat16)
        == baseline)
    #expect(baseline.unusedParameters == 0)
    #expect(baseline.survivorLayers == 0 && baseline.projectedLayers == 0 && baseline.rewrittenLayers == 0)
    #expect(
      baseline.linearFLOPsPerPromptToken.value == 2
        * Double(model.layerMatrixParameters * model.numHiddenLayers))
  }

  @Test("a short last group has a leader of its own, and followers read their leader's cache") func groups()
    throws
  {
    let plan = try plan("Llama-3.1-8B", "swiftkv-l19-across4")
    let later = plan.layers[19...]
    #expect(later.map(\.cacheLayer) == [19, 19, 19, 19, 23, 23, 23, 23, 27, 27, 27, 27, 31])
    for (index, layer) in later.enumerated() {
      #expect(layer.tokens == .survivors)
      #expect((layer.keyValues == .sharedHidden) == (layer.cacheLayer == 19 + index))
    }
    #expect(plan.projectedLayers == 4)
    #expect(plan.cachedLayers == 23)
    #expect(plan.rewrittenLayers == 0, "groups write a token's KV once")
    #expect(plan.layers[..<19].allSatisfy { $0.tokens == .all && $0.keyValues == .ownInput })
  }

  @Test("degrees of tensor parallelism: what divides, what is replicated, what is refused")
  func tensorParallel() throws {
    let llama = try #require(ModelConfig.named("Llama-3.1-8B"))
    for n in [1, 2, 4, 8] { #expect(llama.tensorParallelProblem(n) == nil) }
    let qwen = try #require(ModelConfig.named("Qwen2.5-7B"))
    #expect(qwen.tensorParallelProblem(4) == nil)
    #expect(
      qwen.tensorParallelProblem(8)
        == "found 8, but num_attention_heads 28 of Qwen/Qwen2.5-7B does not divide by it; 1, 2, 4 is allowed"
    )
    for n in [0, -1, 3, 16, .max] {
      #expect(
        llama.tensorParallelProblem(n)?.hasPrefix("found \(n); 1, 2, 4, 8 is allowed")
          == true)
    }
  }
}
