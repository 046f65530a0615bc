public import Quantities

/// The figures of a run, gathered while it runs in O(1) memory: ``Summary`` without requests and steps being kept.
///
/// They are those of ``Summary/init(record:window:goodputLimits:stage:)`` for the default window and the whole run. Percentiles are
/// within ``LatencyHistogram/relativeError``; everything else differs by rounding only (10⁻¹²). That holds for a run that ended by
/// itself. If requests were left unfinished, three figures speak of all requests where a record's speak of the completed ones, for whether
/// a request will complete is not known when its tokens come: the gaps between tokens, ``Summary/peakOutputTokensPerSecond`` and
/// ``Summary/peakConcurrentRequests``.
public struct StreamingFigures: RunObserver, Sendable {
  public static var keepsDeliveries: Bool { false }

  private let goodputLimits: GoodputLimits
  private let requestSink: (@Sendable (RequestRecord) -> Void)?

  // Steps. What the last one weighs is known when the next one begins.
  @usableFromInline var steps = 0
  @usableFromInline var batchTokens = 0
  @usableFromInline var preemptions = 0
  @usableFromInline var peakBlocks = 0
  @usableFromInline var lastStart = 0.0
  @usableFromInline var lastEnd = 0.0
  @usableFromInline var lastBlocks = 0.0
  @usableFromInline var lastRunning = 0.0
  @usableFromInline var lastWaiting = 0.0
  @usableFromInline var blockSeconds = BlockSum()
  @usableFromInline var runningSeconds = BlockSum()
  @usableFromInline var waitingSeconds = BlockSum()
  @usableFromInline var gaps = LatencyHistogram()

  // Seconds counted from the first sending, which is at `origin`.
  @usableFromInline var origin = Double.nan
  @usableFromInline var secondEnd = 1.0
  @usableFromInline var tokensOfSecond = 0
  var peakTokens = 0
  var concurrency = PeakConcurrency()

  /// Of one of several replicas: what it knows of each second, and when its unfinished requests were sent.
  var seconds: SecondLog?
  var unfinishedSent: [Double] = []

  // Requests.
  var rejections: [RequestRecord.Rejection: Int] = [:]
  var unfinished = 0
  var completed = 0
  var inputTokens = 0
  var outputTokens = 0
  var computedPromptTokens = 0
  var generatedTokens = 0
  var good = 0
  var lastResponse = 0.0
  var presence = CompensatedSum()
  var ttft = LatencyHistogram()
  var tpot = LatencyHistogram()
  var e2e = LatencyHistogram()
  var clientQueue = LatencyHistogram()
  var attributed = AttributionSum()
  var lastRelease = 0.0
  private var batches: BatchCollector?

  /// - Parameters:
  ///   - requests: how many will be closed, which says how long a batch is; nil gathers no batches, and the figures have no intervals.
  ///   - requestSink: gets every request when it is closed, in that order and on the thread of the run.
  public init(
    requests: Int? = nil, goodputLimits: GoodputLimits = GoodputLimits(),
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil
  ) {
    self.goodputLimits = goodputLimits
    self.requestSink = requestSink
    batches = requests.flatMap { BatchCollector(requests: $0) }
  }

  // MARK: Steps

  @inlinable @inline(__always) public mutating func ended(_ step: StepRecord, tokens: Int, consecutive: Int) {
    let (start, end) = (step.start.value, step.end.value)
    gaps.add(end - lastEnd, count: consecutive)
    weighLastStep(until: start)
    lastStart = start
    lastEnd = end
    lastBlocks = Double(step.usedBlocks)
    lastRunning = Double(step.running)
    lastWaiting = Double(step.waiting)

    batchTokens += step.prefillTokens + step.decodeTokens
    preemptions += step.preemptions
    peakBlocks = max(peakBlocks, step.usedBlocks)
    if end - origin >= secondEnd { beginSecond() }
    tokensOfSecond += tokens

    steps += 1
    if steps & 255 == 0 { settleSums() }
  }

  @inlinable public mutating func resumed(after gap: Seconds) { gaps.add(gap.value) }

  /// A step counts from its start to its end, or to the next step's start if that is earlier.
  @inlinable @inline(__always) mutating func weighLastStep(until next: Double) {
    let span = max(0, min(lastEnd, next) - lastStart)
    blockSeconds.add(span * lastBlocks)
    runningSeconds.add(span * lastRunning)
    waitingSeconds.add(span * lastWaiting)
  }

  /// The last step ended in a later second than the ones before.
  @inline(never) @usableFromInline mutating func beginSecond() {
    peakTokens = max(peakTokens, tokensOfSecond)
    seconds?.addTokens(tokensOfSecond, second: Int(secondEnd) - 1)
    secondEnd = (lastEnd - origin).rounded(.down) + 1
    tokensOfSecond = 0
  }

  @inline(never) @usableFromInline mutating func settleSums() {
    blockSeconds.settle()
    runningSeconds.settle()
    waitingSeconds.settle()
  }

  // MARK: Requests

  public mutating func sent(at time: Seconds) {
    if origin.isNaN { origin = time.value }
    let second = Int(time.value - origin)
    concurrency.enter(second: second)
    seconds?.enter(second: second)
  }

  public mutating func abandoned(_ requests: Int) { unfinished += requests }

  public mutating func closed(_ request: RequestRecord) {
    computedPromptTokens += request.promptTokens - request.cachedTokens
    generatedTokens += request.generatedTokens
    lastRelease = max(lastRelease, request.released.value)
    switch request.outcome {
    case .finished: count(request)
    case .rejected(let reason): rejections[reason, default: 0] += 1
    case .unfinished:
      unfinished += 1
      // All that finished did so before, unless on another replica.
      if seconds == nil {
        presence.add(max(0, lastResponse - max(0, request.sent.value)))
      } else {
        unfinishedSent.append(request.sent.value)
      }
    }
    batches?.close(at: lastEnd)
    requestSink?(request)
  }

  @inline(__always) private mutating func count(_ request: RequestRecord) {
    completed += 1
    inputTokens += request.promptTokens
    outputTokens += request.generatedTokens
    let isGood = goodputLimits.isEmpty || goodputLimits.areMet(by: request)
    good += isGood ? 1 : 0
    clientQueue.add((request.sent - request.released).value)
    var places = BatchCollector.Places()
    if let latency = request.ttft { places.ttft = UInt32(truncatingIfNeeded: ttft.insert(latency.value)) }
    if let latency = request.tpot { places.tpot = UInt32(truncatingIfNeeded: tpot.insert(latency.value)) }
    if let parts = request.attribution { attributed.add(parts) }
    guard let finished = request.finished?.value else { return }
    places.e2e = UInt32(truncatingIfNeeded: e2e.insert(finished - request.sent.value))
    if request.generatedTokens > 1, let place = gaps.latestPlace {
      places.itl = UInt32(truncatingIfNeeded: place)
    }
    batches?.add(request, isGood: isGood, places)
    presence.add(max(0, finished - max(0, request.sent.value)))
    lastResponse = max(lastResponse, finished)
    // Nothing finishes before something was sent, but a record may say so.
    let first = origin.isNaN ? finished : origin
    let second = Int(finished - first)
    concurrency.leave(second: second, now: Int(lastEnd - first))
    seconds?.leave(second: second)
  }

  // MARK: Figures

  /// The figures of the run, which is over.
  public func figures(_ totals: RunTotals) -> RunFigures {
    figures(
      totals, peakTokens: max(peakTokens, tokensOfSecond), peakRequests: concurrency.peak,
      peakKVUsage: Double(peakBlocks) / Double(max(1, totals.totalBlocks)), batches: runBatches, replicas: [])
  }

  var runBatches: RunBatches? { batches?.batches(ttft: ttft, tpot: tpot, e2e: e2e, gaps: gaps) }

  func figures(
    _ totals: RunTotals, peakTokens: Int, peakRequests: Int, peakKVUsage: Double, batches: RunBatches?,
    replicas: [ReplicaFigures]
  ) -> RunFigures {
    let engine = engineFigures(totals, peakKVUsage: peakKVUsage)
    let summary = summary(engine, peakTokens: peakTokens, peakRequests: peakRequests)
    return RunFigures(
      summary: summary, totals: totals, requests: summary.completed + summary.failed, unfinished: unfinished,
      steps: steps, computedPromptTokens: computedPromptTokens, generatedTokens: generatedTokens,
      percentileError: LatencyHistogram.relativeError, lastRelease: Seconds(lastRelease),
      batches: batches, replicas: replicas)
  }

  private func summary(_ engine: EngineFigures, peakTokens: Int, peakRequests: Int) -> Summary {
    let duration = Seconds(lastResponse)
    func rate(_ count: Int) -> PerSecond { duration > 0 ? Double(count) / duration : 0 }
    return Summary(
      duration: duration, completed: completed, failed: rejections.values.reduce(unfinished, +), excluded: 0,
      rejections: RequestRecord.Rejection.allCases.compactMap { reason in
        rejections[reason].map { Summary.RejectionCount(reason: reason, count: $0) }
      },
      totalInputTokens: inputTokens, totalOutputTokens: outputTokens, requestThroughput: rate(completed),
      outputThroughput: rate(outputTokens), totalTokenThroughput: rate(inputTokens + outputTokens),
      goodput: goodputLimits.isEmpty ? nil : rate(good),
      peakOutputTokensPerSecond: peakTokens, peakConcurrentRequests: peakRequests, ttft: Distribution(ttft),
      tpot: Distribution(tpot),
      itl: Distribution(gaps), e2e: Distribution(e2e), clientQueue: Distribution(clientQueue),
      attribution: attributed.mean, engine: engine)
  }

  private func engineFigures(_ totals: RunTotals, peakKVUsage: Double) -> EngineFigures {
    var whole = self
    whole.weighLastStep(until: .infinity)
    let length = max(lastResponse, lastEnd)
    let blocks = Double(max(1, totals.totalBlocks))
    func overTime(_ sum: BlockSum) -> Double { length > 0 ? sum.value / length : 0 }
    return EngineFigures(
      steps: steps, meanKVUsage: overTime(whole.blockSeconds) / blocks,
      peakKVUsage: peakKVUsage,
      meanRunning: overTime(whole.runningSeconds), meanWaiting: overTime(whole.waitingSeconds),
      meanBatchTokens: steps == 0 ? 0 : Double(batchTokens) / Double(steps), preemptions: preemptions,
      meanInSystem: lastResponse > 0 ? presence.value / lastResponse : 0,
      prefixHitRate: totals.prefixHitRate, gpuBusyShare: totals.gpuBusyShare(of: length))
  }
}
