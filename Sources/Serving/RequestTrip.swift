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
  var interruptions: [RequestRecord.Interruption] = []

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
  mutating func preempt(at time: Seconds) {
    isPreempted = true
    interruptions.append(RequestRecord.Interruption(preempted: time))
  }

  /// A step that carries it starts.
  mutating func carry(from time: Seconds) {
    guard let last = interruptions.indices.last, interruptions[last].resumed == nil else { return }
    interruptions[last].resumed = time
  }

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

  private func attributed(end: Seconds, arrival: Seconds) -> TTFTAttribution {
    let begun = firstStart ?? end
    return TTFTAttribution(
      sent: sent.value, visible: visible.value, begun: begun.value, resumed: (restart ?? begun).value,
      ownPrefill: ownPrefill.value, end: end.value, arrival: arrival.value)
  }

  func record(of sequence: Sequence?, finished: Seconds?) -> RequestRecord {
    RequestRecord(
      index: request.index, stage: request.stage, promptTokens: request.promptTokens,
      outputTokens: request.outputTokens, generatedTokens: sequence?.delivered ?? 0,
      cachedTokens: sequence?.cachedTokens ?? 0, preemptions: sequence?.preemptions ?? 0,
      released: request.arrival, sent: sent, started: firstStart, firstToken: firstToken, finished: finished,
      outcome: finished == nil ? .unfinished : .finished, attribution: attribution, deliveries: deliveries,
      interruptions: interruptions)
  }
}

extension TTFTAttribution {
  /// Splits the time to first token; the front end has a share at either end.
  ///
  /// The floating-point sum of the parts is the whole to the last bit: with every part a multiple of the last place of the whole, no
  /// sum on the way is rounded, and the interference is what is left.
  ///
  /// - Parameters: `begun`, `resumed`: starts of the first step that carried the request, and of the first one after its last
  ///   preemption; `end`: of the step with its first token, which the client has at `arrival`. In seconds.
  init(
    sent: Double, visible: Double, begun: Double, resumed: Double, ownPrefill: Double, end: Double,
    arrival: Double
  ) {
    let whole = arrival - sent
    let unit = whole.ulp
    func cut(_ part: Double) -> Double { (part / unit).rounded(.down) * unit }
    var frontEnd = cut(visible - sent + (arrival - end))
    var queue = cut(begun - visible)
    // Alone can look slower than together where a kernel's tiles fit the larger batch better.
    var own = cut(min(ownPrefill, end - resumed))
    var preemption = cut(resumed - begun)
    // Differences of rounded times can add up to a few units more than the whole.
    let excess = frontEnd + queue + own + preemption - whole
    if excess > 0 {
      let largest = max(queue, own, preemption, frontEnd)
      if frontEnd == largest {
        frontEnd -= excess
      } else if preemption == largest {
        preemption -= excess
      } else if own == largest {
        own -= excess
      } else {
        queue -= excess
      }
    }
    self.init(
      frontEnd: Seconds(frontEnd), queue: Seconds(queue), ownPrefill: Seconds(own),
      preemption: Seconds(preemption), interference: .zero)
    interference = Seconds(whole - total.value)
  }
}
