import EngineSettings
import Metrics
import Quantities
import Serving
import Testing
import Workload

/// Protects what users see by default: figures gathered while the engine runs are those of the record of the same run.
@Suite("figures without a record") struct StreamedFiguresTests {
  @Test("they are those of the record", arguments: 0..<200) func same(seed: Int) throws {
    let scene =
      try seed % 4 == 0 ? PlainEngineTests.scene(seed: seed) : PlainEngineTests.tinyScene(seed: seed)
    let requests = RequestStream(scene.requests)
    let record = try Simulation.run(scene.deployment, requests: requests, options: scene.options)
    let streamed = try Simulation.figures(scene.deployment, requests: requests, options: scene.options)
    let exact = RunFigures(record: record)

    expectSame(streamed, exact)
    #expect(streamed.unfinished == 0)
  }

  @Test("an interrupted run counts what it left, without making it") func interrupted() throws {
    var scene = try Scene()
    for _ in 0..<64 { scene.add(prompt: 10, output: 3000) }
    scene.engine.maxNumSeqs = 1
    let figures = try Simulation.figures(
      scene.deployment, requests: RequestStream(scene.requests), progress: { $0.finished < 2 })
    #expect(figures.summary.completed >= 2 && figures.unfinished == 64 - figures.summary.completed)
    #expect(figures.requests == 64)
  }
}

/// - Parameters: `streamed`: gathered on the way; `exact`: from the record of the same run, all of whose requests ended.
func expectSame(_ streamed: RunFigures, _ exact: RunFigures) {
  #expect(streamed.requests == exact.requests && streamed.steps == exact.steps)
  #expect(streamed.unfinished == exact.unfinished && streamed.totals == exact.totals)
  #expect(streamed.computedPromptTokens == exact.computedPromptTokens)
  let (a, b) = (streamed.summary, exact.summary)
  #expect((a.completed, a.failed) == (b.completed, b.failed))
  #expect(a.rejections == b.rejections && a.totalOutputTokens == b.totalOutputTokens)
  #expect(a.peakOutputTokensPerSecond == b.peakOutputTokensPerSecond)
  #expect(a.peakConcurrentRequests == b.peakConcurrentRequests)
  #expect(a.engine.preemptions == b.engine.preemptions && a.engine.peakKVUsage == b.engine.peakKVUsage)
  for (x, y) in [
    (a.duration.value, b.duration.value), (a.requestThroughput.value, b.requestThroughput.value),
    (a.engine.meanKVUsage, b.engine.meanKVUsage), (a.engine.meanRunning, b.engine.meanRunning),
    (a.engine.meanWaiting, b.engine.meanWaiting), (a.engine.meanInSystem, b.engine.meanInSystem),
    (a.engine.gpuBusyShare, b.engine.gpuBusyShare), (a.ttft.mean, b.ttft.mean), (a.itl.mean, b.itl.mean),
    (a.attribution?.queue.value ?? 0, b.attribution?.queue.value ?? 0),
  ] { #expect(abs(x - y) <= 1e-9 * max(1e-9, abs(y)), "\(x), \(y)") }
  for metric in LatencyMetric.allCases {
    #expect(a[metric].count == b[metric].count)
    for percent in [0.0, 50, 90, 99, 100] {
      let (x, y) = (a[metric].percentile(percent), b[metric].percentile(percent))
      #expect(abs(x - y) <= LatencyHistogram.relativeError * y + 1e-12, "\(metric) p\(percent): \(x), \(y)")
    }
  }
  #expect(streamed.replicas.count == exact.replicas.count)
  for (x, y) in zip(streamed.replicas, exact.replicas) {
    #expect(
      (x.completed, x.generatedTokens, x.steps, x.preemptions)
        == (y.completed, y.generatedTokens, y.steps, y.preemptions))
    #expect(x.peakKVUsage == y.peakKVUsage && x.prefixHitRate == y.prefixHitRate)
    #expect(abs(x.meanKVUsage - y.meanKVUsage) <= 1e-9 && abs(x.gpuBusyShare - y.gpuBusyShare) <= 1e-9)
  }
}
