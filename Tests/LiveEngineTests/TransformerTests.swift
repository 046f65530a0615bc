import LiveEngine
import Models
import ReferenceKernels
import Testing

/// The transformer by itself, a step at a time.
@Suite("the transformer of the live engine") struct TransformerTests {
  private static let model = ModelConfig(
    name: "minute", architecture: .llama, hiddenSize: 20, intermediateSize: 24, numHiddenLayers: 6,
    numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 4, vocabSize: 37, maxPositionEmbeddings: 128,
    weightPrecision: .float32)
  private static let weights = RandomWeights(model: model, seed: 5)
  private static let prompt: [Int32] = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 32, 3, 8, 4, 6, 26, 4, 33, 8]

  private static func plan(_ variant: String) throws -> LayerPlan {
    try Variant(name: variant).plan(for: model, kvPrecision: .float32)
  }

  private static func transformer(_ variant: String, threads: Int = 1) throws -> Transformer {
    Transformer(
      plan: try plan(variant), weights: weights,
      capacity: StepCapacity(tokens: 64, sequences: 8, sequenceTokens: 128, blocks: 30),
      threads: KernelThreads(count: threads, pinned: false))
  }

  /// Logits after `tokens`, run in chunks of these lengths, beside another sequence if asked.
  private static func logits(
    _ transformer: Transformer, _ tokens: [Int32], chunks: [Int], besideAnother: Bool = false
  ) -> [Float] {
    let input = StepInput(transformer.capacity)
    var cached = 0
    for count in chunks {
      input.removeAll()
      if besideAnother {
        input.add(Array(tokens.reversed()), cached: 0, count: 11, blocks: [9], isDecode: false)
      }
      let isDecode = count == 1 && cached >= prompt.count
      input.add(tokens, cached: cached, count: count, blocks: [7, 2, 4], isDecode: isDecode)
      transformer.run(input)
      cached += count
    }
    return transformer.logits(of: besideAnother ? 1 : 0)
  }

  @Test(
    "a plain transformer without cache, batch or pages gives the same logits and tokens",
    arguments: ["baseline", "swiftkv-50", "swiftkv-50-across2", "swiftkv-l5", "swiftkv-l1-across2"])
  func plain(variant: String) throws {
    let plain = PlainTransformer(plan: try Self.plan(variant), weights: Self.weights)
    let transformer = try Self.transformer(variant)
    var tokens = Self.prompt
    var logits = Self.logits(transformer, tokens, chunks: [7, 13])
    for _ in 0..<4 {
      let expected = plain.logits(after: tokens)
      for (a, b) in zip(logits, expected) { #expect(abs(a - b) < 1e-4) }
      tokens.append(PlainKernels.argmax(expected))
      #expect(transformer.sampledTokens == [tokens[tokens.count - 1]])
      logits = Self.logits(
        transformer, tokens, chunks: [7, 13] + Array(repeating: 1, count: tokens.count - 20))
    }
  }

  @Test("logits are the same to the last bit, however the tokens are cut and whoever is beside them")
  func bits() throws {
    for variant in ["baseline", "swiftkv-50", "swiftkv-50-across3", "swiftkv-l4-across2"] {
      let expected = Self.logits(try Self.transformer(variant), Self.prompt, chunks: [20])
      #expect(Set(expected.map(\.bitPattern)).count > 30)
      for chunks in [[1, 19], [19, 1], [5, 5, 5, 5], [16, 4], Array(repeating: 1, count: 20)] {
        for threads in [1, 2] {
          let transformer = try Self.transformer(variant, threads: threads)
          let other = Self.logits(transformer, Self.prompt, chunks: chunks, besideAnother: threads == 2)
          #expect(other.map(\.bitPattern) == expected.map(\.bitPattern), "\(variant) \(chunks)")
        }
      }
    }
  }

  @Test("SwiftKV with no layer skipped is the baseline to the last bit; with one skipped it is not")
  func nothingSkipped() throws {
    func logits(_ variant: String) throws -> [UInt32] {
      Self.logits(try Self.transformer(variant), Self.prompt, chunks: [12, 8]).map(\.bitPattern)
    }
    let baseline = try logits("baseline")
    #expect(try logits("swiftkv-0") == baseline)
    #expect(try logits("swiftkv-l6") == baseline)
    #expect(try logits("swiftkv-l5") != baseline)
    #expect(try logits("swiftkv-50-across3") != logits("swiftkv-50"))
  }
}
