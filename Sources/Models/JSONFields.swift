/// The fields of a `config.json`, read one by one while their problems are collected.
struct JSONFields {
  private let object: JSONValue
  /// Prefix of field names in messages, "text_config." in a multimodal file.
  private let path: String
  private(set) var problems: [String] = []

  init(_ object: JSONValue, path: String = "") {
    self.object = object
    self.path = path
    if case .object = object { return }
    report("", "found \(object.spelling); an object is expected")
  }

  /// nil for `null` as for a missing field.
  subscript(key: String) -> JSONValue? { object[key] }

  mutating func report(_ field: String, _ problem: String) {
    problems.append("\(field.isEmpty ? String(path.dropLast()) : path + field): \(problem)")
  }

  /// A whole number in a range; without a default the field must be there. nil after a problem was reported.
  mutating func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) -> Int? {
    let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound) is allowed"
    guard let value = self[key] else {
      if fallback == nil { report(key, "missing; \(allowed)") }
      return fallback
    }
    guard let number = value.number, let whole = Int(exactly: number), range.contains(whole) else {
      report(key, "found \(value.spelling); \(allowed)")
      return nil
    }
    return whole
  }

  mutating func flag(_ key: String) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .bool(let flag) = value else {
      report(key, "found \(value.spelling); true or false is allowed")
      return nil
    }
    return flag
  }

  /// The length that `max_model_len` defaults to. Yarn stretches the original length by its factor, linear and dynamic scaling
  /// the declared one; with llama3 and longrope scaling the declared length already includes it.
  mutating func scaledLength(_ declared: Int) -> Int? {
    // Newer files call it rope_parameters.
    let key = self["rope_scaling"] != nil ? "rope_scaling" : "rope_parameters"
    guard let scaling = self[key] else { return declared }
    guard case .object = scaling else {
      report(key, "found \(scaling.spelling); an object is expected")
      return nil
    }
    let kind = (scaling["rope_type"] ?? scaling["type"])?.text ?? "default"
    let stretched = ["yarn", "linear", "dynamic"]
    guard stretched.contains(kind) else { return declared }
    guard let factor = scaling["factor"]?.number, factor >= 1, factor <= 100_000 else {
      report(
        "\(key).factor",
        "found \(scaling["factor"]?.spelling ?? "nothing"); 1 to 100000 is allowed with \(kind)")
      return nil
    }
    var base = Double(declared)
    if kind == "yarn", let original = scaling["original_max_position_embeddings"] {
      guard let length = original.number, length >= 1, length <= 1e9 else {
        report(
          "\(key).original_max_position_embeddings", "found \(original.spelling); 1 to 1000000000 is allowed")
        return nil
      }
      base = length
    }
    return Int((base * factor).rounded())
  }

  /// A window that shortens attention would make the model cheaper than computed here.
  mutating func checkAttentionWindow(_ architecture: ModelConfig.Architecture, layers: Int?, length: Int?) {
    guard let value = self["sliding_window"] else { return }
    if architecture == .qwen2 || architecture == .qwen3 {
      guard flag("use_sliding_window") ?? false else { return }
      // The window applies to layers from max_window_layers on.
      if let first = self["max_window_layers"]?.number, let layers, first >= Double(layers) { return }
    }
    guard let window = value.number, window >= 1 else {
      report("sliding_window", "found \(value.spelling); a number of tokens or null is allowed")
      return
    }
    if let length, window < Double(length) {
      report(
        "sliding_window",
        "found \(value.spelling), less than the \(length) tokens the model takes: windowed attention is not modelled"
      )
    }
  }

  mutating func checkActivation() {
    guard let value = self["hidden_act"] else { return }
    // The gated MLP costs the same whatever the gate's function, but other names mean another family's MLP.
    guard let name = value.text, ["silu", "swish"].contains(name) else {
      report("hidden_act", "found \(value.spelling); silu is allowed")
      return
    }
  }

  /// From `quantization_config`, else from `dtype` or its older name `torch_dtype`; of a multimodal file also the outer ones.
  static func weightPrecision(_ fields: inout JSONFields, _ outer: inout JSONFields) -> Precision {
    if fields["quantization_config"] != nil { return fields.quantizedPrecision() }
    if outer["quantization_config"] != nil { return outer.quantizedPrecision() }
    for key in ["dtype", "torch_dtype"] where fields[key] != nil { return fields.storedPrecision(key) }
    for key in ["dtype", "torch_dtype"] where outer[key] != nil { return outer.storedPrecision(key) }
    return .bfloat16
  }

  private mutating func storedPrecision(_ key: String) -> Precision {
    let name = self[key]?.text.map { $0.hasPrefix("torch.") ? String($0.dropFirst("torch.".count)) : $0 }
    switch name {
    case "bfloat16", "auto": return .bfloat16
    // A 32-bit checkpoint is served in 16 bit.
    case "float16", "half", "float32", "float": return .float16
    case "float8_e4m3fn": return .fp8
    default:
      report(key, "found \(self[key]?.spelling ?? "nothing"); bfloat16, float16 or float32 is allowed")
      return .bfloat16
    }
  }

  private mutating func quantizedPrecision() -> Precision {
    let settings = self["quantization_config"]
    let method = settings?["quant_method"]
    switch method?.text {
    case "fp8", "fbgemm_fp8": return .fp8
    case "modelopt" where settings?["quant_algo"]?.text == "FP8": return .fp8
    case "compressed-tensors":
      if case .object(let groups)? = settings?["config_groups"],
        !groups.isEmpty,
        groups.values.allSatisfy({
          $0["weights"]?["num_bits"]?.number == 8 && $0["weights"]?["type"]?.text == "float"
        })
      {
        return .fp8
      }
      report("quantization_config.config_groups", "only 8-bit float weights are modelled")
    default:
      report(
        "quantization_config.quant_method",
        "found \(method?.spelling ?? "nothing"); fp8, fbgemm_fp8, compressed-tensors (8-bit float) or modelopt (FP8) is allowed"
      )
    }
    return .bfloat16
  }
}
