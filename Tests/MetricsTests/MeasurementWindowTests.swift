import Metrics
import Quantities
import Testing

@Suite struct MeasurementWindowTests {
  @Test(
    "warm-up: the first requests by sending leave every figure, and time begins when the last of them was sent"
  )
  func warmup() {
    let summary = Summary(record: TinyRun.record, window: .init(warmupRequests: 1))
    #expect((summary.completed, summary.failed) == (2, 1))
    #expect(summary.duration == 3.5)
    #expect(summary.ttft.samples.map(\.value) == [0.625, 1.25])
    #expect(summary.itl.samples == [.init(value: 1, count: 2)])
    #expect(summary.totalInputTokens == 60)
  }

  @Test("warm-up counts sendings, not indices")
  func warmupOrder() {
    var record = TinyRun.record
    record.requests[2].sent = 0
    let summary = Summary(record: record, window: .init(warmupRequests: 1))
    #expect(summary.totalInputTokens == 150)
  }

  @Test("a closed loop releases everything at once and still has a middle")
  func closedLoop() {
    var record = TinyRun.record
    for i in record.requests.indices { record.requests[i].released = 0 }
    let window = MeasurementWindow(warmupRequests: 1, excludeDrain: true)
    #expect(Summary(record: record, window: window) == Summary(record: TinyRun.record, window: window))
  }

  @Test("drain: time ends at the last sending; whoever finished later is excluded and counted")
  func drain() {
    let summary = Summary(record: TinyRun.record, window: .init(excludeDrain: true))
    #expect((summary.completed, summary.failed, summary.excluded) == (1, 1, 2))
    #expect(summary.duration == 2.375)
    #expect(summary.requestThroughput.value == 1 / 2.375)
    #expect(summary.itl.samples == [.init(value: 0.25, count: 1), .init(value: 0.5, count: 2)])
  }

  @Test(
    "a warm-up longer than the run leaves nothing; a negative one takes nothing",
    arguments: [4, 5, 1000, .max])
  func absurdWarmup(requests: Int) {
    let summary = Summary(record: TinyRun.record, window: .init(warmupRequests: requests, excludeDrain: true))
    #expect((summary.completed, summary.failed, summary.excluded) == (0, 0, 0))
    #expect(summary.duration == 0)
    #expect(Summary(record: TinyRun.record, window: .init(warmupRequests: -requests)).completed == 3)
  }

  @Test(
    "whatever the window, every request is completed, failed, excluded or warm-up", arguments: 0...4,
    [true, false])
  func conservation(warmup: Int, excludeDrain: Bool) {
    let summary = Summary(
      record: TinyRun.record, window: .init(warmupRequests: warmup, excludeDrain: excludeDrain))
    #expect(summary.completed + summary.failed + summary.excluded + warmup == 4)
  }
}
