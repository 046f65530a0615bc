public import Quantities

/// What each layer of a model does in a step: which tokens run it, where its keys and values come from, which cache they live
/// in. The cost model, the memory plan and the reference kernels read this and nothing else; no technique has a code path of
/// its own.
public struct LayerPlan: Hashable, Sendable, Codable {
  public var model: ModelConfig
  public var layers: [Layer]
  /// Element type of the KV cache.
  public var kvPrecision: Precision
  /// Weights that the engine loads and never reads (the original Q, K, V of later layers), in parameters.
  public var unusedParameters: Int

  public struct Layer: Hashable, Sendable, Codable {
    /// Which of a step's tokens run attention, output projection and MLP.
    public var tokens: Tokens
    public var keyValues: KeyValueSource
    /// The layer whose cache this one attends to: its own position, or its group's leader.
    public var cacheLayer: Int

    public init(tokens: Tokens, keyValues: KeyValueSource, cacheLayer: Int) {
      self.tokens = tokens
      self.keyValues = keyValues
      self.cacheLayer = cacheLayer
    }
  }

  public enum Tokens: String, Hashable, Sendable, Codable {
    /// Every scheduled token.
    case all
    /// The last scheduled token of each scheduled request, partial prefill chunks included (vLLM V1's logits indices).
    case survivors
  }

  public enum KeyValueSource: String, Hashable, Sendable, Codable {
    /// From the layer's own input, in the fused QKV projection, for the tokens that run the layer.
    case ownInput
    /// From the hidden state that entered the first skipped layer, for every scheduled token (SingleInputKV).
    case sharedHidden
    /// Another layer's cache is read (AcrossKV).
    case leader
  }

  public init(model: ModelConfig, layers: [Layer], kvPrecision: Precision, unusedParameters: Int = 0) {
    self.model = model
    self.layers = layers
    self.kvPrecision = kvPrecision
    self.unusedParameters = unusedParameters
  }
}

extension LayerPlan {
  public func count(_ matches: (Layer) -> Bool) -> Int { layers.count(where: matches) }

  /// Layers that every token runs (l).
  public var fullLayers: Int { count { $0.tokens == .all } }
  /// Layers that only survivors run (L − l).
  public var survivorLayers: Int { count { $0.tokens == .survivors } }
  /// Later layers with their own K/V projection of the shared hidden state, ⌈(L − l)/g⌉.
  public var projectedLayers: Int { count { $0.keyValues == .sharedHidden } }
  /// Layers that keep a KV cache.
  public var cachedLayers: Int { count { $0.keyValues != .leader } }
  /// Layers in which survivors' K/V are written a second time, because the attention operation writes what it is given.
  /// Only where each later layer has its own cache (vLLM V1 with one-layer groups).
  public var rewrittenLayers: Int {
    projectedLayers == survivorLayers ? survivorLayers : 0
  }
  /// KV cache of one token, unsharded.
  public var keyValueBytesPerToken: Bytes {
    kvPrecision.bytes * Double(cachedLayers * model.keyValueElementsPerLayer)
  }
  /// Matrix work of one prompt token that does not survive, attention excluded: 2 (P l + P_kv ⌈(L−l)/g⌉).
  public var linearFLOPsPerPromptToken: FLOPs {
    let full = model.layerMatrixParameters * count { $0.tokens == .all }
    return FLOPs(2 * Double(full + model.keyValueProjectionParameters * projectedLayers))
  }
  /// Share of layers that prompt tokens skip.
  public var skipRatio: Double { Double(survivorLayers) / Double(layers.count) }
}
