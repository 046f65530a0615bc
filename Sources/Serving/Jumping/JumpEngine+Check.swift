import EngineSettings
import Metrics

/// What must hold between any two steps: the sums against what they are sums of.
extension JumpEngine {
  /// - Parameter isThorough: walks the pool as well.
  mutating func check(isThorough: Bool) throws(InvariantViolation) {
    func broken(_ invariant: Int, _ detail: String) -> InvariantViolation {
      InvariantViolation(invariant: invariant, detail: detail)
    }
    let step = flights[composedSteps + 1].step
    if step.prefillTokens + step.decodeTokens > settings.maxNumBatchedTokens {
      throw broken(
        4,
        "\(step.prefillTokens + step.decodeTokens) tokens scheduled, \(settings.maxNumBatchedTokens) allowed")
    }
    if running.count > settings.maxNumSeqs {
      throw broken(4, "\(running.count) sequences running, \(settings.maxNumSeqs) allowed")
    }
    var (members, context, demand, unnamed, held) = (0, 0, 0, 0, 0)
    var previous: UInt32?
    for i in running.indices {
      let member = running[i]
      let s = Int(member.slot)
      let job = jobs[s]
      if let previous, member.admission <= previous { throw broken(4, "running sequences are out of order") }
      if member.admission != job.admission {
        throw broken(4, "a running sequence has another admission")
      }
      previous = member.admission
      var (computed, sampled) = (Int(job.computed), Int(job.sampled))
      if job.state == .crowd {
        computed += composedSteps - job.joined
        sampled += composedSteps - job.joined
        members += 1
        context += computed + 1
        if computed % blockSize == 0 { demand += 1 }
      }
      let named = heldNamed(s)
      unnamed += blocksFor(computed) - named
      held += named
      if sampled > job.outputTokens {
        throw broken(2, "request \(job.index): \(sampled) of \(job.outputTokens) tokens sampled")
      }
      if Int(job.promptTokens) + sampled > limits.maxModelLen {
        throw broken(4, "request \(job.index) is beyond max_model_len")
      }
    }
    if (members, context, demand) != (crowd.count, crowd.context, crowd.blocks(step: composedSteps)) {
      throw broken(
        4,
        "the crowd's sums are \(crowd.count), \(crowd.context), \(crowd.blocks(step: composedSteps)) and should be "
          + "\(members), \(context), \(demand)")
    }
    if isThorough, let detail = pool.inconsistency(unnamed: unnamed, held: held) { throw broken(3, detail) }
  }

  /// What must hold at the end of a run that finished every request.
  mutating func checkEnd() throws(InvariantViolation) {
    if pool.usedBlocks != 0 || !running.isEmpty || !waiting.isEmpty {
      throw InvariantViolation(
        invariant: 3,
        detail: "at the end \(pool.usedBlocks) blocks are held, \(running.count) run, \(waiting.count) wait")
    }
    if let detail = pool.inconsistency(unnamed: 0, held: 0) {
      throw InvariantViolation(invariant: 3, detail: detail)
    }
  }
}
