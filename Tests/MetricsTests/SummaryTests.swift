import Metrics
import Quantities
import Testing

@Suite struct SummaryTests {
  private let summary = Summary(record: TinyRun.record)

  @Test("duration runs from 0 to the last response; rejected requests count only as failed")
  func totals() {
    #expect(summary.duration == 4)
    #expect((summary.completed, summary.failed, summary.excluded) == (3, 1, 0))
    #expect(summary.rejections.map(\.reason) == [.exceedsMaxModelLen])
    #expect(summary.rejections.map(\.count) == [1])
    #expect((summary.totalInputTokens, summary.totalOutputTokens) == (160, 8))
  }

  @Test("throughputs are totals ÷ duration")
  func throughputs() {
    #expect(summary.requestThroughput == 0.75)
    #expect(summary.outputThroughput == 2)
    #expect(summary.totalTokenThroughput == 42)
    #expect(summary.goodput == nil)
  }

  /// TTFT: 0.5, 1.25 (from the sending, not the release), 0.625.
  @Test("TTFT is first token − sent")
  func ttft() {
    #expect(summary.ttft.count == 3)
    #expect(summary.ttft.mean == 0.7916666666666666)
    #expect(summary.ttft.median == 0.625)
    #expect(abs(summary.ttft.std - 0.3280836614171588) < 1e-15)
    #expect(summary.ttft.percentile(99) == 1.2375)
    #expect(summary.clientQueue.max == 0.25)
  }

  /// TPOT: 1.25 / 3 and 2 / 2; the one-token answer has none.
  @Test("TPOT is (last − first token) ÷ (tokens − 1), without one-token answers")
  func tpot() {
    #expect(summary.tpot.samples.map(\.value) == [1.25 / 3, 1])
  }

  @Test("ITL pools all gaps of all requests, the gap across a preemption included")
  func itl() {
    #expect(
      summary.itl.samples
        == [.init(value: 0.25, count: 1), .init(value: 0.5, count: 2), .init(value: 1, count: 2)])
    #expect(summary.itl.mean == 0.65)
  }

  @Test("E2E is last token − sent, without the wait for the client cap")
  func e2e() {
    #expect(summary.e2e.samples.map(\.value) == [0.625, 1.75, 3.25])
    #expect(summary.e2e.mean == 1.875)
    #expect(summary[.e2e] == summary.e2e)
  }

  /// Counted from the earliest sending at 0.5 the tokens come at 0.5 | 1, 1.5, 1.5, 1.75 | 2.5, 2.5 | 3.5.
  @Test("peak output throughput is the fullest one-second bucket from the earliest sending")
  func peakTokens() {
    #expect(summary.peakOutputTokensPerSecond == 4)
  }

  /// The second bucket, 1.5 ..< 2.5, sees request 0 (ends at 2.25), 1, and 2 (sent at 2.375): never all at one moment.
  @Test("peak concurrency counts whoever touches a bucket")
  func peakConcurrency() {
    #expect(summary.peakConcurrentRequests == 3)
  }

  /// A bucket a second would take 8 TB.
  @Test("peak concurrency takes no memory for idle centuries") func peakConcurrencyOfLongRun() {
    func request(_ index: Int, sent: Seconds) -> RequestRecord {
      RequestRecord(
        index: index, stage: 0, promptTokens: 1, outputTokens: 1, generatedTokens: 1, released: sent,
        sent: sent, firstToken: sent + 0.5, finished: sent + 0.5, outcome: .finished, deliveries: [])
    }
    var record = TinyRun.empty
    record.requests = [request(0, sent: 0), request(1, sent: 1e12), request(2, sent: 1e12)]
    #expect(Summary(record: record).peakConcurrentRequests == 2)
  }

  @Test("the parts of TTFT are averaged over completed requests and add up to its mean")
  func attribution() throws {
    let parts = try #require(summary.attribution)
    #expect(parts.frontEnd == 0.125)
    #expect(parts.queue == 0.25)
    #expect(parts.ownPrefill == 0.25)
    #expect(abs(parts.total.value - summary.ttft.mean) < 1e-15)
    for request in TinyRun.requests { #expect(request.attribution?.total == request.ttft) }
  }

  @Test(
    "goodput: all limits of a request at once, the limit itself allowed, one-token answers have a TPOT of 0",
    arguments: [
      (GoodputLimits(ttft: 0.625), 0.5), (GoodputLimits(tpot: 0.5), 0.5), (GoodputLimits(e2e: 1.75), 0.5),
      (GoodputLimits(ttft: 0.5, tpot: 0.5), 0.25), (GoodputLimits(ttft: 0.1), 0.0),
      (GoodputLimits(e2e: 10), 0.75),
    ])
  func goodput(limits: GoodputLimits, expected: Double) {
    #expect(Summary(record: TinyRun.record, goodputLimits: limits).goodput == PerSecond(expected))
  }

  @Test("an unfinished request counts as failed; its tokens so far are in no figure")
  func unfinished() {
    var record = TinyRun.record
    record.requests[1].outcome = .unfinished
    record.requests[1].finished = nil
    record.requests[1].generatedTokens = 2
    let summary = Summary(record: record)
    #expect((summary.completed, summary.failed) == (2, 2))
    #expect(summary.totalOutputTokens == 5)
    #expect(summary.duration == 3)
    #expect(summary.itl.samples == [.init(value: 0.25, count: 1), .init(value: 0.5, count: 2)])
  }

  @Test("a run without requests is zeros, not a crash")
  func empty() {
    let summary = Summary(record: TinyRun.empty, goodputLimits: GoodputLimits(ttft: 1))
    #expect((summary.completed, summary.failed) == (0, 0))
    #expect([summary.requestThroughput, summary.outputThroughput, summary.goodput] == [0, 0, 0])
    #expect(LatencyMetric.allCases.allSatisfy { summary[$0].isEmpty })
    #expect((summary.peakConcurrentRequests, summary.peakOutputTokensPerSecond) == (0, 0))
    #expect(summary.attribution == nil)
    #expect(summary.engine.meanKVUsage == 0 && summary.engine.gpuBusyShare == 0)
    #expect(TinyRun.empty.stages.isEmpty)
  }

  @Test("a run whose requests were all rejected: reasons are counted, everything else is 0")
  func allRejected() {
    var record = TinyRun.empty
    record.requests = RequestRecord.Rejection.allCases.enumerated().map { index, reason in
      RequestRecord(
        index: index, stage: 0, promptTokens: 1, outputTokens: 1, released: 1, sent: 1,
        outcome: .rejected(reason))
    }
    for window in [MeasurementWindow(), .init(warmupRequests: 9), .init(excludeDrain: true)] {
      let summary = Summary(record: record, window: window)
      #expect(summary.completed == 0)
      #expect(summary.failed == (window.warmupRequests > 0 ? 0 : 3))
      #expect(summary.rejections.map(\.count) == (window.warmupRequests > 0 ? [] : [1, 1, 1]))
      #expect(summary.totalTokenThroughput == 0)
    }
  }

  @Test("a stage speaks of its own requests, from its first release to its last response")
  func stages() {
    #expect(TinyRun.record.stages == [0, 1])
    let first = Summary(record: TinyRun.record, stage: 0)
    #expect(first.duration == 3.5)
    #expect((first.completed, first.failed) == (2, 1))
    let second = Summary(record: TinyRun.record, stage: 1)
    #expect(second.duration == 0.625)
    #expect(second.requestThroughput == 1.6)
    #expect(second.itl.isEmpty)
    #expect(Summary(record: TinyRun.record, stage: 7).completed == 0)
  }
}
