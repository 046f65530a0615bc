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
  /// Preempted and not started again.
  var isPreempted = false
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
    guard restart == nil || isPreempted else { return }
    restart = time
    ownPrefill = .zero
    isPreempted = false
  }

  /// The first token may be in flight already: what it took counts until the sequence starts again.
  mutating func preempt() { isPreempted = true }

  /// Records a token of step `step`, which ended at `end`; the client has it at `arrival`.
  ///
  /// - Returns: the step that delivered the token before it, or nil if this is the first.
  mutating func deliver(step: Int, end: Seconds, arrival: Seconds) -> Int? {
    guard let last = deliveries.last?.last else {
      firstToken = arrival
      attribution = attributed(end: end, arrival: arrival)
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

  /// Splits the time to first token; the front end has a share at either end.
  private func attributed(end: Seconds, arrival: Seconds) -> TTFTAttribution {
    let begun = firstStart ?? end
    let resumed = restart ?? begun
    return TTFTAttribution(
      frontEnd: visible - sent + (arrival - end), queue: begun - visible,
      // Alone can look slower than together where a kernel's tiles fit the larger batch better.
      ownPrefill: min(ownPrefill, end - resumed), preemption: resumed - begun, interference: .zero
    ).completed(to: arrival - sent)
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

extension TTFTAttribution {
  /// Sets the interference to what is left of `ttft`, so that the floating-point sum of the parts is `ttft` to the last bit:
  /// with every part a multiple of the last place of `ttft`, no sum on the way is rounded.
  func completed(to ttft: Seconds) -> TTFTAttribution {
    let unit = ttft.value.ulp
    func cut(_ part: Seconds) -> Seconds { Seconds((part.value / unit).rounded(.down) * unit) }
    var parts = TTFTAttribution(
      frontEnd: cut(frontEnd), queue: cut(queue), ownPrefill: cut(ownPrefill), preemption: cut(preemption),
      interference: .zero)
    // Differences of rounded times can add up to a few units more than the whole.
    let excess = parts.total - ttft
    if excess > 0 {
      let largest = [\TTFTAttribution.queue, \.ownPrefill, \.preemption, \.frontEnd]
        .max { parts[keyPath: $0] < parts[keyPath: $1] }
      if let largest { parts[keyPath: largest] -= excess }
    }
    parts.interference = ttft - parts.total
    return parts
  }
}
