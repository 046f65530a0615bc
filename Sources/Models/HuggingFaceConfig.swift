public import Foundation

/// Reading of Hugging Face's `config.json`.
extension ModelConfig {
  /// The model that a `config.json` describes, of the Llama, Mistral, Qwen2 (2.5) and Qwen3 families.
  ///
  /// A multimodal file's `text_config` is read, and only the language model counted. Missing fields take the family's defaults:
  /// as many KV heads as heads, head size hidden / heads, no biases (Qwen2: on Q, K, V), embeddings untied.
  ///
  /// - Parameter name: what the model is called from here on, and in errors.
  /// - Throws: ``ModelConfigError`` with every problem of the file.
  public init(huggingFaceConfig data: Data, name: String) throws(ModelConfigError) {
    func failure(_ problem: String) -> ModelConfigError { ModelConfigError(name: name, problems: [problem]) }
    guard !data.isEmpty else { throw failure("the file is empty; a config.json is expected") }
    let root: JSONValue
    do {
      root = try JSONDecoder().decode(JSONValue.self, from: data)
    } catch {
      throw failure("not valid JSON, or cut off; a config.json is expected")
    }
    guard case .object = root else { throw failure("found \(root.spelling); a JSON object is expected") }

    var outer = JSONFields(root)
    var fields = root["text_config"].map { JSONFields($0, path: "text_config.") } ?? outer
    let architecture = try Self.architecture(fields, outer, name: name)

    let limit = 1_000_000
    let hidden = fields.integer("hidden_size", in: 1...limit)
    let intermediate = fields.integer("intermediate_size", in: 1...(10 * limit))
    let layers = fields.integer("num_hidden_layers", in: 1...10_000)
    let heads = fields.integer("num_attention_heads", in: 1...10_000)
    let keyValueHeads = fields.integer("num_key_value_heads", in: 1...10_000, default: heads ?? 1)
    let statedHeadDim = fields.integer("head_dim", in: 1...4096, default: 0)
    let vocabulary = fields.integer("vocab_size", in: 1...(100 * limit))
    let declaredLength = fields.integer("max_position_embeddings", in: 1...(1000 * limit))
    let tied = fields.flag("tie_word_embeddings") ?? outer.flag("tie_word_embeddings") ?? false
    let attentionBias = fields.flag("attention_bias") ?? false
    let mlpBias = fields.flag("mlp_bias") ?? false

    if let heads, let keyValueHeads, heads % keyValueHeads != 0 {
      fields.report("num_key_value_heads", "\(keyValueHeads) does not divide num_attention_heads \(heads)")
    }
    var headDim = statedHeadDim
    if statedHeadDim == 0, let hidden, let heads {
      if hidden % heads == 0, hidden / heads <= 4096 {
        headDim = hidden / heads
      } else {
        fields.report(
          "head_dim", "is missing, and hidden_size \(hidden) / num_attention_heads \(heads) is no head size")
      }
    }
    let length = declaredLength.flatMap { fields.scaledLength($0) }
    fields.checkAttentionWindow(architecture, layers: layers, length: length)
    fields.checkActivation()
    let weights = JSONFields.weightPrecision(&fields, &outer)

    let problems = fields.problems + outer.problems.filter { !fields.problems.contains($0) }
    guard problems.isEmpty, let hidden, let intermediate, let layers, let heads, let keyValueHeads,
      let headDim,
      let vocabulary, let length
    else { throw ModelConfigError(name: name, problems: problems) }
    self.init(
      name: name, architecture: architecture, hiddenSize: hidden, intermediateSize: intermediate,
      numHiddenLayers: layers, numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim: headDim,
      vocabSize: vocabulary, maxPositionEmbeddings: length, tieWordEmbeddings: tied,
      qkvBias: architecture == .qwen2 || attentionBias, outputBias: architecture != .qwen2 && attentionBias,
      mlpBias: mlpBias, qkNorm: architecture == .qwen3, weightPrecision: weights)
  }

  /// The model of a `config.json`, or of a folder that has one; it is called after the folder, or after the file if that has
  /// another name.
  ///
  /// - Throws: ``ModelConfigError`` if there is no such file, it cannot be read, or it describes no supported model.
  public static func load(path: String) throws(ModelConfigError) -> ModelConfig {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelConfigError(
        name: path, problems: ["no such file or folder; give a config.json or a folder with one"])
    }
    let given = URL(fileURLWithPath: path).standardizedFileURL
    let file = isFolder.boolValue ? given.appendingPathComponent("config.json") : given
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw ModelConfigError(name: path, problems: ["the folder has no config.json"])
    }
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw ModelConfigError(name: path, problems: ["cannot be read: \(error.localizedDescription)"])
    }
    let plain = file.lastPathComponent == "config.json"
    let name =
      plain
      ? file.deletingLastPathComponent().lastPathComponent : file.deletingPathExtension().lastPathComponent
    do {
      return try ModelConfig(huggingFaceConfig: data, name: name)
    } catch {
      throw ModelConfigError(name: file.relativePath, problems: error.problems)
    }
  }

  /// From `architectures`, else from `model_type`; a multimodal file's own entry names the wrapper, so the inner one decides.
  private static func architecture(
    _ fields: JSONFields, _ outer: JSONFields, name: String
  ) throws(ModelConfigError) -> Architecture {
    func declared(_ fields: JSONFields) -> String? {
      if case .array(let list)? = fields["architectures"], let first = list.first?.text { return first }
      return fields["model_type"]?.text
    }
    let inner = declared(fields)
    guard let declaredName = inner ?? declared(outer) else {
      throw ModelConfigError(
        name: name,
        problems: ["architectures: missing, and model_type too; supported are \(Architecture.supportedList)"])
    }
    guard let known = Architecture(declared: declaredName) else {
      throw ModelConfigError(
        name: name,
        problems: [
          "\(declaredName): \(Architecture.missingFeature(of: declaredName)); supported are \(Architecture.supportedList)"
        ])
    }
    return known
  }
}
