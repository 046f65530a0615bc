import CostModel
import EngineSettings

/// A broken invariant: a fault of the simulator, never of its input. Numbers as in `docs/architecture.md`.
public struct InvariantViolation: Error, Hashable, CustomStringConvertible {
  public let invariant: Int
  public let detail: String

  public var description: String { "INV-\(invariant) is broken: \(detail)" }
}

extension Scheduler {
  /// What must hold between any two steps.
  ///
  /// - Parameter isThorough: walks every block as well; O(blocks) instead of O(running).
  func check(_ batch: borrowing Batch, isThorough: Bool) throws(InvariantViolation) {
    func broken(_ invariant: Int, _ detail: String) -> InvariantViolation {
      InvariantViolation(invariant: invariant, detail: detail)
    }
    let tokens = batch.entries.reduce(0) { $0 + $1.tokens }
    if tokens != batch.shape.tokens {
      throw broken(4, "\(tokens) tokens in a batch of \(batch.shape.tokens)")
    }
    if tokens > settings.maxNumBatchedTokens {
      throw broken(4, "\(tokens) tokens scheduled, \(settings.maxNumBatchedTokens) allowed")
    }
    if running.count > settings.maxNumSeqs {
      throw broken(4, "\(running.count) sequences running, \(settings.maxNumSeqs) allowed")
    }
    var held = 0
    for slot in running {
      let sequence = sequences[Int(slot)]
      held += sequence.blocks.count
      if sequence.computed > sequence.blocks.count * blockSize {
        throw broken(
          3, "request \(sequence.request): \(sequence.computed) tokens in \(sequence.blocks.count) blocks")
      }
      if sequence.sampled > sequence.outputTokens || sequence.delivered > sequence.sampled {
        throw broken(
          2,
          "request \(sequence.request): \(sequence.delivered) delivered, \(sequence.sampled) sampled of "
            + "\(sequence.outputTokens) tokens")
      }
      if sequence.tokens > maxModelLen {
        throw broken(4, "request \(sequence.request) is beyond max_model_len")
      }
    }
    for slot in waiting.slots where !sequences[Int(slot)].blocks.isEmpty {
      throw broken(3, "request \(sequences[Int(slot)].request) waits and holds blocks")
    }
    if pool.usedBlocks > held { throw broken(3, "\(pool.usedBlocks) blocks used, \(held) held") }
    if isThorough, let detail = pool.inconsistency(held: held) { throw broken(3, detail) }
  }

  /// What must hold at the end of a run that finished every request.
  func checkEnd() throws(InvariantViolation) {
    if pool.usedBlocks != 0 || !running.isEmpty || !waiting.isEmpty {
      throw InvariantViolation(
        invariant: 3,
        detail: "at the end \(pool.usedBlocks) blocks are held, \(running.count) run, \(waiting.count) wait")
    }
    if let detail = pool.inconsistency(held: 0) { throw InvariantViolation(invariant: 3, detail: detail) }
  }
}
