import Metrics
import Quantities
import Testing

@Suite struct EngineFiguresTests {
  @Test("time averages count idle time as 0; peaks and counts are over steps")
  func tinyRun() {
    let engine = Summary(record: TinyRun.record).engine
    #expect(engine.steps == 6)
    #expect(engine.meanKVUsage == 0.225)  // 36 block-seconds ÷ 4 s ÷ 40 blocks
    #expect(engine.peakKVUsage == 0.5)
    #expect(engine.meanRunning == 1)
    #expect(engine.meanWaiting == 0.25)
    #expect(engine.meanBatchTokens == 215.0 / 6)
    #expect(engine.preemptions == 1)
    #expect(engine.prefixHitRate == 0.25)
    #expect(engine.gpuBusyShare == 0.5)
  }

  @Test("Little's law: requests in system = arrival rate × time in system")
  func little() {
    let summary = Summary(record: TinyRun.record)
    #expect(summary.engine.meanInSystem == 1.40625)
    #expect(summary.engine.meanInSystem == summary.requestThroughput.value * summary.e2e.mean)
  }

  @Test("a step whose results arrive after the next one began counts only up to that")
  func overlappingSteps() {
    var record = TinyRun.empty
    record.totals.totalBlocks = 10
    record.steps = [
      TinyRun.step(0, 3, prefill: 1, decode: 0, running: 1, waiting: 0, blocks: 10),
      TinyRun.step(1, 4, prefill: 1, decode: 0, running: 3, waiting: 0, blocks: 0),
    ]
    let engine = Summary(record: record).engine
    #expect(engine.meanRunning == 2.5)  // (1 · 1 + 3 · 3) ÷ 4
    #expect(engine.meanKVUsage == 0.25)
  }

  @Test("after a warm-up only what lies in the window counts, a step that straddles its start in part")
  func window() {
    var record = TinyRun.record
    record.requests[0].released = 1.25
    record.requests[0].sent = 1.25
    // By release: 1 (0.5), 3 (1), 0 (1.25), 2 (2.375); so the window begins at 1.25; the engine is watched to its last step.
    let engine = Summary(record: record, window: .init(warmupRequests: 3)).engine
    #expect(engine.steps == 4)
    // 0.25 · 10 + 0.5 · 20 + 0.25 · 12 + 0.5 · 15 + 1 · 8 = 31 block-seconds in 2.75 s, of 40 blocks.
    #expect(abs(engine.meanKVUsage - 31.0 / 2.75 / 40) < 1e-15)
  }

  @Test("without prefix look-ups there is no hit rate")
  func noLookups() {
    #expect(Summary(record: TinyRun.empty).engine.prefixHitRate == nil)
  }
}
