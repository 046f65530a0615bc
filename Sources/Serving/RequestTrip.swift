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

  /// Splits the time to first token.
  private func attributed(firstToken: Seconds) -> TTFTAttribution {
    let begun = firstStart ?? firstToken
    let resumed = restart ?? begun
    return TTFTAttribution(
      frontEnd: visible - sent, queue: begun - visible,
      // Alone can look slower than together where a kernel's tiles fit the larger batch better.
      ownPrefill: min(ownPrefill, firstToken - resumed), preemption: resumed - begun, interference: .zero
    ).completed(to: firstToken - sent)
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
  /// Sets the interference to what is left of `ttft`, so that the rounded sum of the parts is `ttft` to the last bit.
  func completed(to ttft: Seconds) -> TTFTAttribution {
    var parts = self
    parts.interference = .zero
    // The others are differences of rounded times, so their sum can exceed the whole by a few units in the last place.
    while parts.total > ttft {
      let excess = max((parts.total - ttft).value, ttft.value.ulp)
      let largest = [\TTFTAttribution.queue, \.ownPrefill, \.preemption, \.frontEnd].max {
        parts[keyPath: $0] < parts[keyPath: $1]
      }
      parts[keyPath: largest ?? \.queue] -= Seconds(excess)
    }
    var left = (ttft - parts.total).value
    parts.interference = Seconds(left)
    // Where it is the larger part, it was rounded itself: one step in its last place settles the sum.
    while parts.total != ttft {
      left = parts.total < ttft ? left.nextUp : left.nextDown
      parts.interference = Seconds(left)
    }
    return parts
  }
}
