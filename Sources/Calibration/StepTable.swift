import CostModel
import Foundation
public import InputFiles
public import Models
public import Quantities

/// Measured times of whole engine steps, CSV: what a sum of kernels leaves out.
///
/// Columns: `model` and `variant` by their names, `decode_sequences` with `decode_context` tokens of KV in all, `prefill_chunks`
/// with `prefill_tokens` new tokens, `prefill_context` tokens of KV and `prefill_pairs` of query and key, and `latency_us`.
public struct StepTable: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var model: ModelConfig
    public var variant: Variant
    /// Sequences that decode, and Σ of their contexts.
    public var decodeSequences: Int
    public var decodeContext: Int
    /// Prompt chunks, and Σ of their new tokens, their contexts, and their pairs under the causal mask.
    public var prefillChunks: Int
    public var prefillTokens: Int
    public var prefillContext: Int
    public var prefillPairs: Int
    public var time: Seconds

    public init(
      model: ModelConfig, variant: Variant, decodeSequences: Int, decodeContext: Int, prefillChunks: Int,
      prefillTokens: Int, prefillContext: Int, prefillPairs: Int, time: Seconds
    ) {
      self.model = model
      self.variant = variant
      self.decodeSequences = decodeSequences
      self.decodeContext = decodeContext
      self.prefillChunks = prefillChunks
      self.prefillTokens = prefillTokens
      self.prefillContext = prefillContext
      self.prefillPairs = prefillPairs
      self.time = time
    }
  }

  public static let fileName = "steps.csv"
  public static let columns = [
    "model", "variant", "decode_sequences", "decode_context", "prefill_chunks", "prefill_tokens",
    "prefill_context", "prefill_pairs", "latency_us",
  ]

  /// What messages and profiles call the file: its name without folders.
  public var source: String
  public var rows: [Row]

  public init(source: String, rows: [Row]) {
    self.source = source
    self.rows = rows
  }

  /// Rows to fit to, and rows kept out; engines take their steps in no order that this could fall in with.
  var split: (fitted: [Row], heldOut: [Row]) { rows.holdingOut(every: KernelTable.heldOutEvery) }

  /// - Throws: ``InputError`` with file and line of the first ten problems, and the number of the others.
  public init(path: String) throws(InputError) {
    let file = try TextFile(path: path)
    var csv = CSVCursor(file)
    let columns = try csv.required(Self.columns)
    var rows: [Row] = []
    var models: [String: ModelConfig] = [:]
    var variants: [String: Variant] = [:]
    while csv.advance() {
      let names = columns.prefix(2).map { String(decoding: csv.bytes($0), as: UTF8.self) }
      let model = models[names[0]] ?? ModelConfig.named(names[0])
      if model == nil {
        csv.note("model is \(csv.excerpt(columns[0])); 'swiftkv-sim models' lists what is known")
      }
      models[names[0]] = model
      var variant = variants[names[1]]
      if variant == nil {
        do throws(VariantError) { variant = try Variant(name: names[1]) } catch {
          csv.note(error.description)
        }
        variants[names[1]] = variant
      }
      let counts = columns[2..<8].compactMap { csv.integer($0, in: 0...1 << 40) }
      guard counts.count == 6, let time = csv.number(columns[8], in: 1e-3...6e7), let model, let variant
      else { continue }
      rows.append(
        Row(
          model: model, variant: variant, decodeSequences: counts[0], decodeContext: counts[1],
          prefillChunks: counts[2], prefillTokens: counts[3], prefillContext: counts[4],
          prefillPairs: counts[5], time: Seconds(time * 1e-6)))
    }
    guard csv.problems.isEmpty else { throw csv.problems }
    guard !rows.isEmpty else { throw InputError(path, "no rows; the file ends after its header") }
    self.init(source: SplitPath(path).name, rows: rows)
  }
}

extension StepTable {
  /// The file's content.
  public var csv: String {
    let lines = rows.map { row in
      let counts = [
        row.decodeSequences, row.decodeContext, row.prefillChunks, row.prefillTokens, row.prefillContext,
        row.prefillPairs,
      ]
      return
        ([row.model.name, row.variant.name] + counts.map(String.init)
        + [String(format: "%.3f", row.time.value * 1e6)]).joined(separator: ",")
    }
    return ([Self.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }
}

extension StepTable.Row {
  func shape(_ cost: StepCost) -> BatchShape {
    var shape = cost.emptyBatch
    shape.decodeSequences = decodeSequences
    shape.decodeContext = decodeContext
    shape.prefillChunks = prefillChunks
    shape.prefillTokens = prefillTokens
    shape.prefillContext = prefillContext
    shape.prefillPairs = Double(prefillPairs)
    return shape
  }
}
