import Metrics
import Quantities
import Workload

/// A request's way through the run, as it happens; becomes its ``RequestRecord``.
struct RequestTrip {
  var request: Request
  var sent: Seconds
  var visible: Seconds
  /// Start of the first step that carried it, and of the first one after its last preemption.
  var firstStart: Seconds?
  var restart: Seconds?
  /// What its own prefill steps since the last (re)start would have taken alone.
  var ownPrefill = Seconds.zero
  var firstToken: Seconds?
  var attribution: TTFTAttribution?
  var deliveries: [RequestRecord.StepRange] = []

  init(_ request: Request, sent: Seconds, visible: Seconds) {
    self.request = request
    self.sent = sent
    self.visible = visible
  }

  mutating func start(at time: Seconds) {
    if firstStart == nil { firstStart = time }
    if restart == nil { restart = time }
  }

  mutating func preempt() {
    guard firstToken == nil else { return }
    restart = nil
    ownPrefill = .zero
  }

  /// Records a token of step `step`.
  ///
  /// - Returns: the step that delivered the token before it, or nil if this is the first.
  mutating func deliver(step: Int, at time: Seconds) -> Int? {
    guard let last = deliveries.last?.last else {
      firstToken = time
      attribution = attributed(firstToken: time)
      deliveries.append(RequestRecord.StepRange(first: step, last: step))
      return nil
    }
    if last == step - 1 {
      deliveries[deliveries.count - 1].last = step
    } else {
      deliveries.append(RequestRecord.StepRange(first: step, last: step))
    }
    return last
  }

  /// Splits the time to first token. What is left for interference makes the sum exact.
  private func attributed(firstToken: Seconds) -> TTFTAttribution {
    let begun = firstStart ?? firstToken
    let resumed = restart ?? begun
    var parts = TTFTAttribution(
      frontEnd: visible - sent, queue: begun - visible,
      // Alone can look slower than together where a kernel's tiles fit the larger batch better.
      ownPrefill: min(ownPrefill, firstToken - resumed), preemption: resumed - begun, interference: .zero)
    let ttft = firstToken - sent
    parts.interference = max(.zero, ttft - parts.total)
    // Differences of rounded times can be off by a bit in the last place.
    var step = 0
    while parts.total != ttft, step < 64 {
      let left = parts.interference.value
      if parts.total < ttft {
        parts.interference = Seconds(left.nextUp)
      } else if left > 0 {
        parts.interference = Seconds(left.nextDown)
      } else {
        parts.ownPrefill = Seconds(parts.ownPrefill.value.nextDown)
      }
      step += 1
    }
    return parts
  }

  func record(of sequence: Sequence?, finished: Seconds?) -> RequestRecord {
    RequestRecord(
      index: request.index, stage: request.stage, promptTokens: request.promptTokens,
      outputTokens: request.outputTokens, generatedTokens: sequence?.delivered ?? 0,
      cachedTokens: sequence?.cachedTokens ?? 0, preemptions: sequence?.preemptions ?? 0,
      released: request.arrival, sent: sent, firstToken: firstToken, finished: finished,
      outcome: finished == nil ? .unfinished : .finished, attribution: attribution, deliveries: deliveries)
  }
}
