import Quantities
import Testing

@testable import Metrics

@Suite struct TokenTimelineTests {
  @Test("a request's gaps come in order, across its preemption too")
  func gapsOfRequest() {
    #expect(TinyRun.record.interTokenGaps(of: TinyRun.requests[0]) == [0.5, 0.5, 0.25])
    #expect(TinyRun.record.interTokenGaps(of: TinyRun.requests[1]) == [1, 1])
    #expect(TinyRun.record.interTokenGaps(of: TinyRun.requests[2]) == [])
    #expect(TinyRun.record.interTokenGaps(of: TinyRun.requests[3]) == [])
  }

  @Test("without steps there are neither gaps nor tokens")
  func empty() {
    let timeline = TokenTimeline(steps: [], requests: [])
    #expect(timeline.gaps.isEmpty)
    #expect(timeline.peakTokensPerSecond(from: 0) == 0)
  }

  /// Whichever way the gaps are found (the record's pool, the steps' counts, token by token), they are the same samples.
  @Test("three ways to the inter-token gaps agree on random runs", arguments: 1...30)
  func gapsAgree(seed: UInt64) {
    let record = Self.randomRecord(seed: seed)
    let tokenByToken = Distribution(
      record.requests.flatMap { record.interTokenGaps(of: $0) }.map(\.value))
    let timeline = TokenTimeline(steps: record.steps, requests: record.requests)
    #expect(Distribution(record.interTokenGaps) == tokenByToken)
    #expect(Distribution(timeline.gaps) == tokenByToken)
    #expect(Summary(record: record).itl == tokenByToken)
  }

  @Test("the fullest bucket is the one found by counting tokens one by one", arguments: 1...30)
  func peakAgrees(seed: UInt64) throws {
    let record = Self.randomRecord(seed: seed)
    let origin = try #require(record.requests.map(\.sent).min())
    var buckets: [Int: Int] = [:]
    for request in record.requests {
      for step in request.deliveries.flatMap({ Array($0.first...$0.last) }) {
        buckets[Int((record.steps[step].end - origin).value), default: 0] += 1
      }
    }
    #expect(Summary(record: record).peakOutputTokensPerSecond == buckets.values.max())
  }

  /// Steps of random length, some of them equal; requests with up to two preemptions. The pool is filled as an engine
  /// would: for each step, grouped by the step of the previous delivery.
  static func randomRecord(seed: UInt64) -> RunRecord {
    var random = SplitMix(state: seed)
    var record = TinyRun.empty
    var now = 0.0
    for _ in 0..<(10 + random.below(60)) {
      let start = now
      now += 0.01 * Double(1 + random.below(30))
      record.steps.append(
        TinyRun.step(Seconds(start), Seconds(now), prefill: 0, decode: 1, running: 1, waiting: 0, blocks: 0))
    }
    for index in 0..<(1 + random.below(12)) {
      var deliveries: [RequestRecord.StepRange] = []
      var next = random.below(record.steps.count)
      let begin = next
      for _ in 0...random.below(3) where next < record.steps.count {
        let last = min(record.steps.count - 1, next + random.below(15))
        deliveries.append(.init(first: next, last: last))
        next = last + 2 + random.below(4)
      }
      let last = deliveries.last?.last ?? begin
      record.requests.append(
        RequestRecord(
          index: index, stage: 0, promptTokens: 10, outputTokens: 5,
          generatedTokens: deliveries.reduce(0) { $0 + $1.last - $1.first + 1 },
          preemptions: deliveries.count - 1, released: record.steps[begin].start,
          sent: record.steps[begin].start,
          firstToken: record.steps[begin].end, finished: record.steps[last].end, outcome: .finished,
          deliveries: deliveries))
    }
    for step in record.steps.indices {
      var previous: [Int: Int] = [:]
      for request in record.requests {
        let tokens = request.deliveries.flatMap { Array($0.first...$0.last) }
        if let position = tokens.firstIndex(of: step), position > 0 {
          previous[tokens[position - 1], default: 0] += 1
        }
      }
      for (from, count) in previous.sorted(by: { $0.key < $1.key }) {
        let gap = record.steps[step].end - record.steps[from].end
        record.interTokenGaps.append(WeightedSample(value: gap.value, count: count))
      }
    }
    return record
  }
}
