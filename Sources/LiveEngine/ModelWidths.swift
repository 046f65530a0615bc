import Models

/// Widths of a model's activations, in elements.
struct ModelWidths {
  let hidden: Int
  /// Q of all heads; K, and as many of V, of all KV heads.
  let query: Int
  let key: Int
  let intermediate: Int
  let vocabulary: Int

  init(_ model: ModelConfig) {
    hidden = model.hiddenSize
    query = model.numAttentionHeads * model.headDim
    key = model.numKeyValueHeads * model.headDim
    intermediate = model.intermediateSize
    vocabulary = model.vocabSize
  }
}
