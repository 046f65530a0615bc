/// A way to serve a model: turns its `ModelConfig` into a `LayerPlan`.
public struct Variant: Hashable, Sendable, Codable {
  public var technique: Technique
  /// Overrides the engine's `kv_cache_dtype`; nil leaves it.
  public var kvPrecision: Precision?

  public enum Technique: Hashable, Sendable, Codable {
    case baseline
    case swiftKV(layers: SwiftKVLayers, keyValueGroupSize: Int)
  }

  /// How much of the model prompt tokens skip.
  public enum SwiftKVLayers: Hashable, Sendable, Codable {
    /// `num_key_value_layers`: the layers that every token runs.
    case running(Int)
    /// The share of layers skipped, in 0 ..< 1; the number that run is L(1 − ratio), rounded to nearest.
    case skipping(Double)
  }

  public init(technique: Technique, kvPrecision: Precision? = nil) {
    self.technique = technique
    self.kvPrecision = kvPrecision
  }

  public static let baseline = Variant(technique: .baseline)
}

/// Why a variant does not apply to a model, or a name is no variant.
public struct VariantError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

extension Variant {
  /// The plan for a model, with the engine's KV precision where the variant does not set one.
  ///
  /// Layers 0 ..< l run every token. Each later layer runs survivors; the first of every `keyValueGroupSize` later layers
  /// projects K and V from the shared hidden state and the others read its cache. A short last group is allowed (its leader
  /// still projects), as in the training code.
  ///
  /// - Throws: ``VariantError`` if the layer count or group size does not fit the model.
  public func plan(for model: ModelConfig, kvPrecision engine: Precision) throws(VariantError) -> LayerPlan {
    let total = model.numHiddenLayers
    let running: Int
    let group: Int
    switch technique {
    case .baseline:
      (running, group) = (total, 1)
    case .swiftKV(let layers, let size):
      switch layers {
      case .running(let n): running = n
      case .skipping(let ratio):
        guard ratio >= 0, ratio < 1 else {
          throw VariantError(
            description:
              "skip_ratio: found \(ratio); allowed is 0 up to, but not including, 1 (0.5 skips half the layers)"
          )
        }
        running = Int((Double(total) * (1 - ratio)).rounded())
      }
      group = size
    }
    guard running >= 1, running <= total else {
      throw VariantError(
        description:
          "num_key_value_layers: found \(running); \(model.name) has \(total) layers, so 1 to \(total) is allowed"
      )
    }
    guard group >= 1, group <= max(1, total - running) else {
      throw VariantError(
        description:
          "key_value_group_size: found \(group); with \(total - running) later layers, 1 to \(max(1, total - running)) is allowed"
      )
    }
    let layers = (0..<total).map { index -> LayerPlan.Layer in
      guard index >= running else {
        return LayerPlan.Layer(tokens: .all, keyValues: .ownInput, cacheLayer: index)
      }
      let leader = index - (index - running) % group
      return LayerPlan.Layer(
        tokens: .survivors, keyValues: leader == index ? .sharedHidden : .leader, cacheLayer: leader)
    }
    let later = total - running
    let unused = later * (model.queryProjectionParameters + model.keyValueProjectionParameters)
    return LayerPlan(
      model: model, layers: layers, kvPrecision: self.kvPrecision ?? engine, unusedParameters: unused)
  }

  /// Whether no public serving code runs this: AcrossKV groups larger than one layer.
  public var isProjection: Bool {
    if case .swiftKV(_, let group) = technique { return group > 1 }
    return false
  }
}

/// Short names: `baseline`, `swiftkv-50`, `swiftkv-62.5`, `swiftkv-l16`, `swiftkv-50-across2`, `swiftkv-50-fp8kv`,
/// `swiftkv-50-across2-fp8kv`, `baseline-fp8kv`.
extension Variant {
  public static let nameGrammar =
    "baseline or swiftkv-PERCENT_SKIPPED or swiftkv-lLAYERS_RUN, then optionally -acrossN and one of -fp8kv, -bf16kv, -fp16kv (swiftkv-50, swiftkv-62.5-across2-fp8kv)"

  private static let precisionSuffixes: [(suffix: String, precision: Precision)] = [
    ("fp8kv", .fp8), ("bf16kv", .bfloat16), ("fp16kv", .float16),
  ]

  /// - Throws: ``VariantError`` with the grammar, if the name does not follow it. Case is ignored.
  public init(name: String) throws(VariantError) {
    func fail(_ why: String) -> VariantError {
      VariantError(description: "'\(name)': \(why); a variant is \(Variant.nameGrammar)")
    }
    var parts = name.lowercased().split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    var precision: Precision?
    if let known = Self.precisionSuffixes.first(where: { $0.suffix == parts.last }) {
      precision = known.precision
      parts.removeLast()
    }
    var group = 1
    if let last = parts.last, last.hasPrefix("across") {
      guard let n = Int(last.dropFirst("across".count)), n >= 1 else {
        throw fail("'\(last)' needs a group size, as in across2")
      }
      group = n
      parts.removeLast()
    }
    switch (parts.first, parts.count) {
    case ("baseline", 1) where group == 1:
      self.init(technique: .baseline, kvPrecision: precision)
    case ("swiftkv", 2):
      let layers: SwiftKVLayers
      if parts[1].hasPrefix("l"), let running = Int(parts[1].dropFirst()), running >= 1 {
        layers = .running(running)
      } else if let percent = Double(parts[1]), percent >= 0, percent < 100 {
        layers = .skipping(percent / 100)
      } else {
        throw fail(
          "'\(parts[1])' is not a share of layers from 0 to below 100 %, nor a layer count such as l16")
      }
      self.init(technique: .swiftKV(layers: layers, keyValueGroupSize: group), kvPrecision: precision)
    default:
      throw fail("unknown variant")
    }
  }

  /// The short name that ``init(name:)`` reads back; variants given by layer count print as `swiftkv-l16`.
  public var name: String {
    var text: String
    switch technique {
    case .baseline:
      text = "baseline"
    case .swiftKV(let layers, let group):
      switch layers {
      case .running(let n): text = "swiftkv-l\(n)"
      case .skipping(let ratio): text = "swiftkv-\(Self.percent(ratio))"
      }
      if group > 1 { text += "-across\(group)" }
    }
    if let known = Self.precisionSuffixes.first(where: { $0.precision == kvPrecision }) {
      text += "-\(known.suffix)"
    }
    return text
  }

  /// The fewest decimals that are read back as the same ratio.
  private static func percent(_ ratio: Double) -> String {
    let percent = ratio * 100
    var scale = 1.0
    for _ in 0...12 {
      let rounded = (percent * scale).rounded() / scale
      if rounded / 100 == ratio {
        return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
      }
      scale *= 10
    }
    return "\(percent)"
  }
}
