/// Models small enough to be served for real by the reference kernels on a processor.
///
/// They have the Llama architecture and no checkpoint: weights are random. Hidden sizes, heads and vocabularies are chosen so that
/// together they hold 2, 5, 8, 25 and 50 million parameters.
extension ModelConfig {
  static let reference: [ModelConfig] = [
    reference("2m", hidden: 128, intermediate: 384, layers: 8, heads: 4, headDim: 32, vocabulary: 2048),
    reference("5m", hidden: 192, intermediate: 512, layers: 8, heads: 6, headDim: 32, vocabulary: 4096),
    reference("8m", hidden: 256, intermediate: 768, layers: 8, heads: 8, headDim: 32, vocabulary: 4096),
    reference("25m", hidden: 512, intermediate: 1280, layers: 8, heads: 8, headDim: 64, vocabulary: 4096),
    reference("50m", hidden: 640, intermediate: 1408, layers: 12, heads: 10, headDim: 64, vocabulary: 4096),
  ]

  private static func reference(
    _ size: String, hidden: Int, intermediate: Int, layers: Int, heads: Int, headDim: Int, vocabulary: Int
  ) -> ModelConfig {
    ModelConfig(
      name: "swiftkv-sim/live-\(size)", architecture: .llama, hiddenSize: hidden,
      intermediateSize: intermediate, numHiddenLayers: layers, numAttentionHeads: heads,
      numKeyValueHeads: 2, headDim: headDim, vocabSize: vocabulary, maxPositionEmbeddings: 4096,
      weightPrecision: .float32)
  }
}
