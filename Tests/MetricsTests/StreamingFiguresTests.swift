import Metrics
import Quantities
import Synchronization
import Testing

@Suite struct StreamingFiguresTests {
  private static let limits = GoodputLimits(ttft: 0.3, tpot: 0.06, e2e: 4)

  private static func streamed(_ traffic: SyntheticTraffic) -> Summary {
    var figures = StreamingFigures(goodputLimits: limits)
    traffic.drive(&figures)
    return figures.figures(SyntheticTraffic.totals).summary
  }

  @Test("gathered while it runs, the figures are those of the record", arguments: UInt64(1)...60)
  func equalsRecord(seed: UInt64) {
    let traffic = SyntheticTraffic(seed: seed)
    let expected = Summary(record: traffic.record(), goodputLimits: Self.limits)
    let summary = Self.streamed(traffic)
    #expect(expected.completed > 100)
    SummaryDifferences(summary, expected).expectNone()
  }

  @Test("an interrupted run: what concerns completed requests alone is theirs", arguments: UInt64(1)...20)
  func interrupted(seed: UInt64) {
    let traffic = SyntheticTraffic(seed: seed, steps: 100, isDrained: false)
    let expected = Summary(record: traffic.record(), goodputLimits: Self.limits)
    var summary = Self.streamed(traffic)
    #expect(expected.failed > 0)
    #expect(summary.itl.count >= expected.itl.count)
    #expect(summary.peakOutputTokensPerSecond >= expected.peakOutputTokensPerSecond)
    #expect(summary.peakConcurrentRequests >= expected.peakConcurrentRequests)
    summary.itl = expected.itl
    summary.peakOutputTokensPerSecond = expected.peakOutputTokensPerSecond
    summary.peakConcurrentRequests = expected.peakConcurrentRequests
    SummaryDifferences(summary, expected).expectNone()
  }

  @Test("a run worked out by hand, told again from its record")
  func tinyRun() {
    var figures = StreamingFigures()
    TinyRun.record.replay(into: &figures)
    SummaryDifferences(figures.figures(TinyRun.record.totals).summary, Summary(record: TinyRun.record))
      .expectNone()
  }

  @Test("a run without requests is zeros, not a crash")
  func empty() {
    var figures = StreamingFigures(goodputLimits: Self.limits)
    TinyRun.empty.replay(into: &figures)
    #expect(
      figures.figures(TinyRun.empty.totals).summary
        == Summary(record: TinyRun.empty, goodputLimits: Self.limits))
  }

  @Test("a record told again is recorded as it was", arguments: UInt64(1)...20)
  func replay(seed: UInt64) {
    let record = SyntheticTraffic(seed: seed, isDrained: seed % 2 == 0).record()
    var recorder = RunRecorder()
    record.replay(into: &recorder)
    var copy = recorder.record(record.totals)
    // Gaps of one step may come in another order.
    #expect(Distribution(copy.interTokenGaps) == Distribution(record.interTokenGaps))
    copy.interTokenGaps = record.interTokenGaps
    #expect(copy == record)
  }

  @Test(
    "what reports need beside the summary is the same, however the run was watched", arguments: UInt64(1)...10
  )
  func figures(seed: UInt64) {
    let traffic = SyntheticTraffic(seed: seed, isDrained: seed % 2 == 0)
    var streaming = StreamingFigures()
    traffic.drive(&streaming)
    let streamed = streaming.figures(SyntheticTraffic.totals)
    var recorded = RunFigures(record: traffic.record())
    #expect(recorded.percentileError == 0 && streamed.percentileError == LatencyHistogram.relativeError)
    recorded.summary = streamed.summary
    recorded.percentileError = streamed.percentileError
    recorded.batches = nil
    #expect(streamed == recorded)
  }

  @Test("the sink gets every request once, when it is closed")
  func sink() {
    let seen = Mutex<[RequestRecord]>([])
    var figures = StreamingFigures { request in seen.withLock { $0.append(request) } }
    let traffic = SyntheticTraffic(seed: 7)
    traffic.drive(&figures)
    let requests = seen.withLock { $0 }
    #expect(requests.sorted { $0.index < $1.index } == traffic.record().requests)
  }

  @Test("peak concurrency takes no memory for idle centuries, and counts all of them")
  func idleCenturies() {
    func request(_ index: Int, sent: Seconds) -> RequestRecord {
      RequestRecord(
        index: index, stage: 0, promptTokens: 1, outputTokens: 1, generatedTokens: 1, released: sent,
        sent: sent, firstToken: sent + 0.5, finished: sent + 0.5, outcome: .finished)
    }
    var record = TinyRun.empty
    record.requests = [request(0, sent: 0), request(1, sent: 1e12), request(2, sent: 1e12)]
    var figures = StreamingFigures()
    record.replay(into: &figures)
    #expect(figures.figures(record.totals).summary.peakConcurrentRequests == 2)
  }

  @Test("which windows need a record")
  func windows() {
    #expect(!MeasurementWindow().needsRecord)
    #expect(MeasurementWindow(warmupRequests: 1).needsRecord)
    #expect(MeasurementWindow(excludeDrain: true).needsRecord)
  }
}

/// Where two summaries of one run differ by more than streaming may.
private struct SummaryDifferences {
  private var found: [String] = []

  init(_ a: Summary, _ b: Summary) {
    func exact(_ name: String, _ x: Double, _ y: Double) {
      if abs(x - y) > 1e-12 * max(abs(x), abs(y)) { found.append("\(name): \(x), \(y)") }
    }
    func distribution(_ name: String, _ x: Distribution, _ y: Distribution) {
      exact(name + " count", Double(x.count), Double(y.count))
      exact(name + " mean", x.mean, y.mean)
      exact(name + " min", x.min, y.min)
      exact(name + " max", x.max, y.max)
      if abs(x.std - y.std) > 1e-12 * y.std + 1e-10 * y.mean {
        found.append("\(name) std: \(x.std), \(y.std)")
      }
      for percent in stride(from: 0.0, through: 100, by: 2.5) {
        let (p, q) = (x.percentile(percent), y.percentile(percent))
        if abs(p - q) > LatencyHistogram.relativeError * q { found.append("\(name) p\(percent): \(p), \(q)") }
      }
    }
    for (name, path) in [
      ("completed", \Summary.completed), ("failed", \.failed), ("excluded", \.excluded),
      ("input", \.totalInputTokens), ("output", \.totalOutputTokens),
      ("peak tokens", \.peakOutputTokensPerSecond), ("peak requests", \.peakConcurrentRequests),
      ("steps", \.engine.steps), ("preemptions", \.engine.preemptions),
    ] where a[keyPath: path] != b[keyPath: path] {
      found.append("\(name): \(a[keyPath: path]), \(b[keyPath: path])")
    }
    if a.rejections != b.rejections { found.append("rejections: \(a.rejections), \(b.rejections)") }
    exact("duration", a.duration.value, b.duration.value)
    for (name, path) in [
      ("requests/s", \Summary.requestThroughput), ("output/s", \.outputThroughput),
      ("total/s", \.totalTokenThroughput),
    ] { exact(name, a[keyPath: path].value, b[keyPath: path].value) }
    exact("goodput", a.goodput?.value ?? -1, b.goodput?.value ?? -1)
    for (name, path) in [
      ("mean KV", \EngineFigures.meanKVUsage), ("peak KV", \.peakKVUsage), ("running", \.meanRunning),
      ("waiting", \.meanWaiting), ("batch", \.meanBatchTokens), ("in system", \.meanInSystem),
      ("busy", \.gpuBusyShare),
    ] { exact(name, a.engine[keyPath: path], b.engine[keyPath: path]) }
    exact("prefix", a.engine.prefixHitRate ?? -1, b.engine.prefixHitRate ?? -1)
    for (name, path) in [
      ("front end", \TTFTAttribution.frontEnd), ("queue", \.queue), ("prefill", \.ownPrefill),
      ("preemption", \.preemption), ("interference", \.interference),
    ] { exact(name, a.attribution?[keyPath: path].value ?? -1, b.attribution?[keyPath: path].value ?? -1) }
    for metric in LatencyMetric.allCases { distribution(metric.rawValue, a[metric], b[metric]) }
    distribution("client queue", a.clientQueue, b.clientQueue)
  }

  func expectNone(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(found.isEmpty, sourceLocation: sourceLocation)
  }
}
