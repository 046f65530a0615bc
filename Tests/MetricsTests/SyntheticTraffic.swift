import Metrics
import Quantities

/// Random events that a small engine could have caused: sendings, refusals, steps with overlaps and pauses, requests left out of steps,
/// answers of one token, front-end delays of milliseconds and of seconds.
struct SyntheticTraffic {
  var seed: UInt64
  var steps = 300
  /// Whether all requests are served to their end; otherwise the run stops after `steps`.
  var isDrained = true

  static let totals = RunTotals(
    busy: [BusyTime(kind: "GEMM", time: 2.5), BusyTime(kind: "attention", time: 0.75)], totalBlocks: 500,
    blockSize: 16, prefixQueryTokens: 900, prefixHitTokens: 300)

  private struct Active {
    var record: RequestRecord
    var lastStep: Int?
    var lastEnd = Seconds.zero
  }

  func drive(_ observer: inout some RunObserver) {
    var random = SplitMix(state: seed)
    var active: [Active] = []
    var (index, step, end, start) = (0, 0, Seconds.zero, Seconds.zero)
    let stepLength = 0.002 + 0.05 * random.unit()
    while step < steps || (isDrained && !active.isEmpty) {
      let pause = random.below(40) == 0 ? Seconds(3 * random.unit()) : 0
      // Now and then a step begins before the results of the last one are there.
      start = max(start, end + pause - (random.below(10) == 0 ? Seconds(0.3 * stepLength) : 0))
      let nextEnd = max(end, start) + Seconds(stepLength * (1 + Double(random.below(8)) / 1024))
      var sending = end
      for _ in 0..<(step < steps ? random.below(4) : 0) {
        sending += (nextEnd - sending) * random.unit()
        let isRefused = random.below(15) == 0
        let request = RequestRecord(
          index: index, stage: 0, promptTokens: 1 + random.below(2000), outputTokens: 1 + random.below(40),
          released: sending - Seconds(random.below(3) == 0 ? 0.1 * random.unit() : 0), sent: sending,
          outcome: isRefused
            ? .rejected(RequestRecord.Rejection.allCases[random.below(3)]) : .unfinished)
        index += 1
        if isRefused {
          observer.closed(request)
        } else {
          observer.sent(at: sending)
          active.append(Active(record: request))
        }
      }

      var (tokens, consecutive) = (0, 0)
      var done: [RequestRecord] = []
      let fronted = nextEnd + Seconds(random.below(50) == 0 ? 2.5 : 0.003)
      for i in active.indices where active[i].record.sent < start && random.below(20) > 0 {
        tokens += 1
        active[i].record.generatedTokens += 1
        if let last = active[i].lastStep {
          if last == step - 1 {
            consecutive += 1
            active[i].record.deliveries[active[i].record.deliveries.count - 1].last = step
          } else {
            observer.resumed(after: nextEnd - active[i].lastEnd)
            active[i].record.deliveries.append(.init(first: step, last: step))
          }
        } else {
          active[i].record.firstToken = fronted
          active[i].record.deliveries = [.init(first: step, last: step)]
          let wait = fronted - active[i].record.sent
          active[i].record.attribution = TTFTAttribution(
            frontEnd: 0.25 * wait, queue: 0.5 * wait, ownPrefill: 0.125 * wait, preemption: 0,
            interference: 0.125 * wait)
        }
        (active[i].lastStep, active[i].lastEnd) = (step, nextEnd)
        if active[i].record.generatedTokens == active[i].record.outputTokens {
          active[i].record.finished = max(fronted, active[i].record.firstToken ?? 0)
          active[i].record.outcome = .finished
          done.append(active[i].record)
        }
      }
      active.removeAll { $0.record.outcome == .finished }
      observer.ended(
        StepRecord(
          composed: start, start: start, end: nextEnd, prefillTokens: random.below(500), decodeTokens: tokens,
          running: active.count + done.count, waiting: random.below(5), usedBlocks: random.below(500),
          preemptions: random.below(30) == 0 ? 1 : 0), tokens: tokens, consecutive: consecutive)
      for request in done { observer.closed(request) }
      (step, end) = (step + 1, nextEnd)
    }
    for request in active { observer.closed(request.record) }
  }

  func record() -> RunRecord {
    var recorder = RunRecorder()
    drive(&recorder)
    return recorder.record(Self.totals)
  }
}
