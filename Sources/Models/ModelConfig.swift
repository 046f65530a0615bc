public import Quantities

/// The shape of a dense decoder-only transformer with grouped-query attention and a gated MLP: what the Llama, Qwen and
/// Mistral families share. Field names follow Hugging Face's `config.json`.
public struct ModelConfig: Hashable, Sendable, Codable {
  /// Repository-style name, "meta-llama/Llama-3.1-8B-Instruct".
  public var name: String
  public var architecture: Architecture
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var numHiddenLayers: Int
  public var numAttentionHeads: Int
  public var numKeyValueHeads: Int
  public var headDim: Int
  public var vocabSize: Int
  /// Longest sequence the model was made for, in tokens: the default of `max_model_len`.
  public var maxPositionEmbeddings: Int
  public var tieWordEmbeddings: Bool
  /// Biases on the Q, K and V projections.
  public var qkvBias: Bool
  /// A bias on the attention's output projection.
  public var outputBias: Bool
  public var mlpBias: Bool
  /// RMS norm of each head's query and key (Qwen3).
  public var qkNorm: Bool
  /// What the checkpoint's linear layers are stored in.
  public var weightPrecision: Precision

  public enum Architecture: String, Hashable, Sendable, Codable, CaseIterable {
    case llama = "LlamaForCausalLM"
    case mistral = "MistralForCausalLM"
    case qwen2 = "Qwen2ForCausalLM"
    case qwen3 = "Qwen3ForCausalLM"
  }

  public init(
    name: String, architecture: Architecture, hiddenSize: Int, intermediateSize: Int, numHiddenLayers: Int,
    numAttentionHeads: Int, numKeyValueHeads: Int, headDim: Int, vocabSize: Int, maxPositionEmbeddings: Int,
    tieWordEmbeddings: Bool = false, qkvBias: Bool = false, outputBias: Bool = false, mlpBias: Bool = false,
    qkNorm: Bool = false, weightPrecision: Precision = .bfloat16
  ) {
    self.name = name
    self.architecture = architecture
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.numHiddenLayers = numHiddenLayers
    self.numAttentionHeads = numAttentionHeads
    self.numKeyValueHeads = numKeyValueHeads
    self.headDim = headDim
    self.vocabSize = vocabSize
    self.maxPositionEmbeddings = maxPositionEmbeddings
    self.tieWordEmbeddings = tieWordEmbeddings
    self.qkvBias = qkvBias
    self.outputBias = outputBias
    self.mlpBias = mlpBias
    self.qkNorm = qkNorm
    self.weightPrecision = weightPrecision
  }
}

/// Parameter counts. Symbols as in the SwiftKV paper: P_q, P_kv, P_o, P_mlp are one layer's matrices.
extension ModelConfig {
  public var queryProjectionParameters: Int { hiddenSize * numAttentionHeads * headDim }
  /// Keys and values together.
  public var keyValueProjectionParameters: Int { 2 * hiddenSize * numKeyValueHeads * headDim }
  public var outputProjectionParameters: Int { numAttentionHeads * headDim * hiddenSize }
  /// Gate, up and down.
  public var mlpParameters: Int { 3 * hiddenSize * intermediateSize }
  /// The matrices of one layer: P = P_q + P_kv + P_o + P_mlp.
  public var layerMatrixParameters: Int {
    queryProjectionParameters + keyValueProjectionParameters + outputProjectionParameters + mlpParameters
  }
  /// Norms and biases of one layer.
  public var layerVectorParameters: Int {
    var n = 2 * hiddenSize
    if qkvBias { n += headDim * (numAttentionHeads + 2 * numKeyValueHeads) }
    if outputBias { n += hiddenSize }
    if mlpBias { n += 2 * intermediateSize + hiddenSize }
    if qkNorm { n += 2 * headDim }
    return n
  }
  /// One of the two embedding matrices.
  public var embeddingParameters: Int { vocabSize * hiddenSize }
  public var totalParameters: Int {
    numHiddenLayers * (layerMatrixParameters + layerVectorParameters)
      + embeddingParameters * (tieWordEmbeddings ? 1 : 2) + hiddenSize
  }
  /// KV elements that one layer stores for one token: K and V of all heads.
  public var keyValueElementsPerLayer: Int { 2 * numKeyValueHeads * headDim }
  /// KV cache of one token over all layers, unsharded.
  public func keyValueBytesPerToken(_ precision: Precision) -> Bytes {
    precision.bytes * Double(numHiddenLayers * keyValueElementsPerLayer)
  }
}
