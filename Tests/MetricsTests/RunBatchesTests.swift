import Quantities
import Testing

@testable import Metrics

@Suite struct RunBatchesTests {
  private static let limits = GoodputLimits(ttft: 0.3, tpot: 0.06, e2e: 4)
  private static let statistics: [Objective.Statistic] = [
    .mean, .percentile(50), .percentile(90), .percentile(95),
  ]

  /// A run of which every request takes `latency` to its first token and as long again to its last, of `outputs` tokens.
  private static func run(
    _ latencies: [Double], released: (Int) -> Double, outputs: Int = 3, batches: Bool = true
  ) -> RunFigures {
    var figures = StreamingFigures(requests: batches ? latencies.count : nil, goodputLimits: limits)
    var order: [(finished: Double, request: RequestRecord)] = []
    for (i, latency) in latencies.enumerated() {
      let sent = Seconds(released(i))
      order.append(
        (
          sent.value + 2 * latency,
          RequestRecord(
            index: i, stage: 0, promptTokens: 10, outputTokens: outputs, generatedTokens: outputs,
            released: sent, sent: sent, firstToken: sent + Seconds(latency),
            finished: sent + Seconds(2 * latency), outcome: .finished)
        ))
    }
    var end = Seconds.zero
    for (finished, request) in order.sorted(by: { $0.finished < $1.finished }) {
      figures.ended(
        StepRecord(
          composed: end, start: end, end: Seconds(finished), prefillTokens: 0, decodeTokens: 1, running: 1,
          waiting: 0, usedBlocks: 1, preemptions: 0), tokens: 1, consecutive: 1)
      figures.closed(request)
      end = Seconds(finished)
    }
    return figures.figures(SyntheticTraffic.totals)
  }

  @Test("gathered on the way, intervals are those of the record", arguments: UInt64(1)...15)
  func streamedEqualsRecorded(seed: UInt64) throws {
    let traffic = SyntheticTraffic(seed: seed, steps: 1200)
    let record = traffic.record()
    var streaming = StreamingFigures(requests: record.requests.count, goodputLimits: Self.limits)
    traffic.drive(&streaming)
    let streamed = streaming.figures(SyntheticTraffic.totals)
    let recorded = RunFigures(record: record, goodputLimits: Self.limits)
    for metric in LatencyMetric.allCases {
      for statistic in Self.statistics {
        let a = streamed.estimate(statistic, of: metric)?.interval()
        let b = recorded.estimate(statistic, of: metric)?.interval()
        #expect((a == nil) == (b == nil), "\(statistic.name) of \(metric.rawValue)")
        guard let a, let b else { continue }
        #expect(a.batchSize == record.requests.count / 20 && a.parts == b.parts)
        // The slope at a percentile is that of a histogram in one and of the samples in the other.
        let tolerance = 0.05 * b.halfWidth + 2 * LatencyHistogram.relativeError * b.mean
        #expect(
          abs(a.halfWidth - b.halfWidth) <= tolerance, "\(statistic.name) of \(metric.rawValue): \(a), \(b)")
      }
    }
    for rate in RunFigures.Rate.allCases {
      let (a, b) = (try #require(streamed.estimate(rate)), try #require(recorded.estimate(rate)))
      #expect(abs(a.interval().halfWidth - b.interval().halfWidth) < 1e-9 * a.value)
    }
    let (a, b) = (try #require(streamed.goodShare), try #require(recorded.goodShare))
    #expect(abs(a.interval().halfWidth - b.interval().halfWidth) < 1e-9 && (0...1).contains(a.value))
  }

  @Test(
    "parts are the means of successive requests, whatever order they finish in; the first few are left out")
  func order() throws {
    // 210 requests: batches of 10, the first ten in none. Latency falls, so later requests overtake earlier ones.
    let latencies = (0..<210).map { 3 - Double($0) / 100 }
    let run = Self.run(latencies) { Double($0) / 1000 }
    let estimate = try #require(run.estimate(.mean, of: .ttft))
    let measured = latencies.dropFirst(10).reduce(0, +) / 200.0
    for (i, part) in estimate.parts.enumerated() {
      let batch: Double = latencies[(10 + 10 * i)..<(20 + 10 * i)].reduce(0, +) / 10.0
      #expect(abs(part - (batch + run.summary.ttft.mean - measured)) < 1e-9)
    }
    #expect(estimate.value == run.summary.ttft.mean && estimate.parts.count == 20)
  }

  @Test("a run too short for batches of five, or whose number of requests nobody told, has no intervals")
  func tooShort() {
    #expect(Self.run(Array(repeating: 1, count: 99)) { Double($0) }.batches == nil)
    #expect(Self.run(Array(repeating: 1, count: 100)) { Double($0) }.batches != nil)
    #expect(
      Self.run(Array(repeating: 1, count: 200), released: { Double($0) }, batches: false).batches == nil)
  }

  @Test("long batches count by bucket what short ones list, and say the same")
  func longBatches() throws {
    var random = SplitMix(state: 6)
    let latencies = (0..<180_000).map { _ in 0.01 + random.exponential() }
    let run = Self.run(latencies) { Double($0) }
    let estimate = try #require(run.estimate(.percentile(90), of: .ttft))
    let plain = try #require(EstimateTests.percentile(90, of: latencies))
    #expect(abs(estimate.interval().halfWidth / plain.interval().halfWidth - 1) < 0.05)
    #expect(abs(estimate.interval().halfWidth / (1.96 * (0.09 / 180_000).squareRoot() / 0.1) - 1) < 0.6)
  }

  @Test("overload: the answers take longer than the arrivals and latency grows; neither alone is one")
  func overload() {
    let growing = (0..<400).map { 0.1 + Double($0) / 100 }
    #expect(Self.run(growing) { Double($0) / 100 }.isOverloaded)
    // A burst at the end of a short run: the drain takes long, but nothing grew.
    #expect(!Self.run(Array(repeating: 2, count: 400)) { Double($0) / 100 }.isOverloaded)
    // Latency grows, but the answers keep pace.
    #expect(!Self.run(growing) { Double($0) * 10 }.isOverloaded)
    // Everything at once has no rate to keep.
    #expect(!Self.run(growing) { _ in 0 }.isOverloaded)
  }

  @Test("a warm-up that is found is left out; one that is not leaves everything in")
  func warmup() throws {
    func record(_ latency: (Int) -> Double) -> RunRecord {
      var record = TinyRun.empty
      record.requests = (0..<400).map { i in
        let (sent, wait) = (Seconds(Double(i)), Seconds(latency(i)))
        return RequestRecord(
          index: i, stage: 0, promptTokens: 1, outputTokens: 1, generatedTokens: 1, released: sent,
          sent: sent,
          firstToken: sent + wait, finished: sent + wait, outcome: .finished)
      }
      return record
    }
    let window = MeasurementWindow(findsWarmup: true)
    var random = SplitMix(state: 8)
    let settled = RunFigures(record: record { ($0 < 60 ? 9 : 0) + random.unit() }, window: window)
    guard case .requests(let count)? = settled.warmup else {
      Issue.record("no warm-up was found")
      return
    }
    #expect((60...90).contains(count) && settled.summary.completed == 400 - count)
    let growing = RunFigures(record: record { Double($0) }, window: window)
    #expect(growing.warmup == RunFigures.Warmup.none && growing.summary.completed == 400)
    #expect(RunFigures(record: record { _ in 1 }).warmup == nil)
  }

  @Test("replications: means of statistics, intervals over replications; rates too")
  func replicated() throws {
    let runs = [1.0, 2, 6].map { x in Self.run(Array(repeating: x, count: 120)) { Double($0) } }
    let figures = ReplicatedFigures(runs)
    #expect(figures.value(.mean, of: .ttft) == 3 && figures.value(.percentile(99), of: .ttft) == 3)
    let interval = try #require(figures.estimate(.percentile(50), of: .ttft)).interval()
    #expect(abs(interval.halfWidth - 4.302652729749462 * (7.0 / 3).squareRoot()) < 1e-9)
    #expect(figures.estimate(.requests)?.origin == .replications)
    let one = ReplicatedFigures([runs[0]])
    #expect(one.estimate(.mean, of: .ttft) == runs[0].estimate(.mean, of: .ttft))
    // Without a sample in one of them there is no mean over all.
    let none = Self.run([], released: { Double($0) })
    #expect(ReplicatedFigures([runs[0], none]).value(.mean, of: .ttft) == nil)
  }

  @Test("behind figures stands their interval, and nothing where there is none")
  func console() {
    var random = SplitMix(state: 9)
    let run = Self.run((0..<200).map { _ in 0.5 + random.unit() }) { Double($0) }
    let text = BenchConsole.text(ReplicatedFigures([run]), percentileMetrics: [.ttft], percentiles: [99.9])
    #expect(text.contains(#/Mean TTFT \(ms\): +\d+\.\d\d +± \d+\.\d\d\n/#))
    #expect(text.contains(#/P99.9 TTFT \(ms\): +\d+\.\d\d *\n/#))
    #expect(text.contains(#/Request throughput \(req/s\): +\d+\.\d\d *\n/#))
    let replicated = BenchConsole.text(ReplicatedFigures([run, run]), percentileMetrics: [.ttft])
    #expect(replicated.contains(#/Request throughput \(req/s\): +\d+\.\d\d +± 0\.00\n/#))
  }
}
