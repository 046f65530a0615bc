import Metrics
import Quantities

/// A run small enough to work out by hand; all its times are sums of halves, so expected figures are exact.
///
/// Tokens reach the clients at the ends of the steps: 1, 1.5, 2, 2.25, 3, 4 s.
/// - Request 0: sent 0.5, tokens at 1, 1.5, 2, 2.25.
/// - Request 1: released 0.5, held back by the client until 0.75, tokens at 2, then preempted, then at 3, 4.
/// - Request 2: sent 2.375, one token at 3.
/// - Request 3: rejected at 1.
enum TinyRun {
  static let steps = [
    step(0.75, 1, prefill: 100, decode: 0, running: 1, waiting: 1, blocks: 10),
    step(1, 1.5, prefill: 0, decode: 1, running: 1, waiting: 1, blocks: 10),
    step(1.5, 2, prefill: 50, decode: 1, running: 2, waiting: 0, blocks: 20),
    step(2, 2.25, prefill: 0, decode: 1, running: 1, waiting: 1, blocks: 12, preemptions: 1),
    step(2.5, 3, prefill: 61, decode: 0, running: 2, waiting: 0, blocks: 15),
    step(3, 4, prefill: 0, decode: 1, running: 1, waiting: 0, blocks: 8),
  ]

  static let requests = [
    RequestRecord(
      index: 0, stage: 0, promptTokens: 100, outputTokens: 4, generatedTokens: 4, released: 0.5, sent: 0.5,
      firstToken: 1, finished: 2.25, outcome: .finished,
      attribution: TTFTAttribution(
        frontEnd: 0.125, queue: 0.125, ownPrefill: 0.25, preemption: 0, interference: 0),
      deliveries: [.init(first: 0, last: 3)]),
    RequestRecord(
      index: 1, stage: 0, promptTokens: 50, outputTokens: 3, generatedTokens: 3, preemptions: 1,
      released: 0.5,
      sent: 0.75, firstToken: 2, finished: 4, outcome: .finished,
      attribution: TTFTAttribution(
        frontEnd: 0.125, queue: 0.625, ownPrefill: 0.25, preemption: 0, interference: 0.25),
      deliveries: [.init(first: 2, last: 2), .init(first: 4, last: 5)]),
    RequestRecord(
      index: 2, stage: 1, promptTokens: 10, outputTokens: 1, generatedTokens: 1, released: 2.375, sent: 2.375,
      firstToken: 3, finished: 3, outcome: .finished,
      attribution: TTFTAttribution(
        frontEnd: 0.125, queue: 0, ownPrefill: 0.25, preemption: 0, interference: 0.25),
      deliveries: [.init(first: 4, last: 4)]),
    RequestRecord(
      index: 3, stage: 0, promptTokens: 9000, outputTokens: 5, released: 1, sent: 1,
      outcome: .rejected(.exceedsMaxModelLen)),
  ]

  static let gaps = [
    WeightedSample(value: 0.5, count: 2), WeightedSample(value: 0.25, count: 1),
    WeightedSample(value: 1, count: 2),
  ]

  static let record = RunRecord(
    requests: requests, steps: steps, interTokenGaps: gaps,
    totals: RunTotals(
      busy: [BusyTime(kind: "GEMM", time: 1.5), BusyTime(kind: "attention", time: 0.5)], totalBlocks: 40,
      blockSize: 16, prefixQueryTokens: 160, prefixHitTokens: 40))

  static let empty = RunRecord(
    requests: [], steps: [], interTokenGaps: [],
    totals: RunTotals(
      busy: [], totalBlocks: 0, blockSize: 16,
      prefixQueryTokens: 0,
      prefixHitTokens: 0))

  static func step(
    _ start: Seconds, _ end: Seconds, prefill: Int, decode: Int, running: Int, waiting: Int, blocks: Int,
    preemptions: Int = 0
  ) -> StepRecord {
    StepRecord(
      composed: start, start: start, end: end, prefillTokens: prefill, decodeTokens: decode, running: running,
      waiting: waiting, usedBlocks: blocks, preemptions: preemptions)
  }
}
