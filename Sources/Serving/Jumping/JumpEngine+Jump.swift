import CostModel
import EngineSettings
import Metrics
import Quantities

/// Steps of which each is like the one before.
extension JumpEngine {
  /// Whether steps will be alike until something happens: only the crowd runs, nobody can be admitted, and nobody gets anything special
  /// from the batch in flight.
  var canJump: Bool {
    mutating get {
      singles.isEmpty && crowd.count > 0 && isAdmissionSettled && cost.isTabulated
        && crowd.count <= settings.maxNumBatchedTokens && earlierPreemptions == 0
        && (composedSteps == endedSteps || flights[endedSteps].deliveries.isEmpty)
    }
  }

  /// Composes and ends steps of the crowd until a member ends, the blocks do not suffice, or something else happens. One step costs a sum
  /// or two and a look into the cost model's tables.
  mutating func jump(horizon: Double) {
    let members = crowd.count
    let event = min(nextEvent, client.bound)
    var steps = cost.decodeSteps(sequences: members)
    var context = crowd.context
    let first = composedSteps
    let lastStep = min(crowd.nextEnd, nextReport)
    /// Whether a batch is in flight whenever one is composed. Otherwise blocks are published a step earlier.
    let isPipelined = depth > 1 && composedSteps > endedSteps
    var taken = 0
    var usedBlocks = pool.usedBlocks
    var (attention, total) = (0.0, 0.0)
    composing: while composedSteps < lastStep {
      let names =
        crowd.hasNamed(step: composedSteps) || !isPipelined && crowd.hasNamed(step: composedSteps + 1)
      // What is published may be what the first in the queue waits for.
      if names, !waiting.isEmpty { break }
      let demand = crowd.blocks(step: composedSteps)
      guard usedBlocks + demand <= limits.usableBlocks else { break }
      taken += demand
      usedBlocks += demand
      if names {
        pool.take(taken)
        taken = 0
        nameBlocksOfCrowd()
      }
      let start = max(now, gpuFree)
      let seconds = steps.total(context: context)
      gpuFree = start + seconds
      attention += steps.attention
      total += seconds
      flights[composedSteps].step = StepRecord(
        composed: Seconds(now), start: Seconds(start), end: Seconds(gpuFree), prefillTokens: 0,
        decodeTokens: members, running: running.count, waiting: waiting.count, usedBlocks: usedBlocks,
        preemptions: 0)
      flights[composedSteps].tokens = members
      flights[composedSteps].consecutive = members
      context += members
      composedSteps += 1

      guard composedSteps - endedSteps == depth else { continue }
      let end = flights[endedSteps].step.end.value
      guard event >= end, end <= horizon, flights[endedSteps].deliveries.isEmpty else { break }
      now = end
      _ = frontEnd.sendTokens(flights[endedSteps].tokens, at: Seconds(end))
      observer.ended(
        flights[endedSteps].step, tokens: flights[endedSteps].tokens,
        consecutive: flights[endedSteps].consecutive)
      endedSteps += 1
      if event <= end { break composing }
    }
    guard composedSteps > first else { return }
    busy += steps.busy(steps: composedSteps - first, attention: attention, total: total)
    for step in max(first, endedSteps)..<composedSteps {
      var shape = emptyBatch
      shape.decodeSequences = members
      shape.decodeContext = context - (composedSteps - step) * members
      flights[step].time = cost.time(of: shape)
    }
    crowd.advance(composedSteps - first)
    pool.take(taken)
  }
}
