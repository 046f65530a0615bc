public import CostModel
import EngineSettings
import Models
import Serving

/// A batch that shows what a step of some kind costs.
public struct TypicalBatch: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case single
    case decode
    case prefill
    case mixed
  }

  public let kind: Kind
  /// "256 decodes", "prefill 8,192".
  public let label: String
  public let shape: BatchShape

  /// Context of a decoding sequence in tokens, unless `max_model_len` is shorter.
  static let context = 2048
  /// Decoding sequences of a well-filled engine, unless `max_num_seqs` is lower: on current GPUs several hundred more change
  /// the time of a step far more than its character.
  private static let sequences = 256

  /// One decode, many decodes, a prefill chunk of the whole token budget, and a chunk that shares the budget with decodes.
  static func all(for deployment: Deployment) -> [TypicalBatch] {
    let engine = deployment.engine
    let longest = deployment.memory.maxModelLen
    let context = min(Self.context, longest)
    let decodes = min(sequences, engine.maxNumSeqs, engine.maxNumBatchedTokens)
    func batch(_ kind: Kind, _ label: String, decodes: Int, prefill: Int) -> TypicalBatch {
      var shape = deployment.cost.emptyBatch
      for _ in 0..<decodes { shape.addDecode(context: context) }
      // Prompts longer than the model's limit cannot be: a larger budget holds several.
      var rest = prefill
      while rest > 0 {
        let chunk = min(rest, longest)
        shape.addPrefill(new: chunk, cached: 0)
        rest -= chunk
      }
      return TypicalBatch(kind: kind, label: label, shape: shape)
    }
    let budget = engine.maxNumBatchedTokens
    var batches = [
      batch(.single, "1 decode", decodes: 1, prefill: 0),
      batch(.decode, "\(decodes) decodes", decodes: decodes, prefill: 0),
      batch(.prefill, "prefill \(NumberText.grouped(budget))", decodes: 0, prefill: budget),
    ]
    if budget > decodes {
      let rest = budget - decodes
      batches.append(
        batch(
          .mixed, "\(decodes) decodes + prefill \(NumberText.grouped(rest))", decodes: decodes, prefill: rest)
      )
    }
    return batches
  }
}
