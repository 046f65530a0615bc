import Models

/// One GPU's share of a layer, in heads and columns.
struct Shard: Sendable {
  let heads: Int
  let keyValueHeads: Int
  let headDim: Int
  let intermediate: Int
  let hidden: Int
  let vocabulary: Int

  init(_ model: ModelConfig, _ n: Int) {
    heads = model.numAttentionHeads / n
    // With more GPUs than KV heads, heads are replicated.
    keyValueHeads = max(1, model.numKeyValueHeads / n)
    headDim = model.headDim
    intermediate = model.intermediateSize / n
    hidden = model.hiddenSize
    vocabulary = model.vocabSize / n
  }

  var queryWidth: Int { heads * headDim }
  /// K and V of one layer.
  var keyValueWidth: Int { 2 * keyValueHeads * headDim }
}
