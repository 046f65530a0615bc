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
  private var peakTokens = 0
  private var concurrency = PeakConcurrency()

  // Requests.
  private var rejections: [RequestRecord.Rejection: Int] = [:]
  private var unfinished = 0
  private var completed = 0
  private var inputTokens = 0
  private var outputTokens = 0
  private var computedPromptTokens = 0
  private var generatedTokens = 0
  private var good = 0
  private var lastResponse = 0.0
  private var presence = CompensatedSum()
  private var ttft = LatencyHistogram()
  private var tpot = LatencyHistogram()
  private var e2e = LatencyHistogram()
  private var clientQueue = LatencyHistogram()
  private var attributed = AttributionSum()

  /// - Parameter requestSink: gets every request when it is closed, in that order and on the thread of the run.
  public init(
    goodputLimits: GoodputLimits = GoodputLimits(), requestSink: (@Sendable (RequestRecord) -> Void)? = nil
  ) {
    self.goodputLimits = goodputLimits
    self.requestSink = requestSink
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
    concurrency.enter(second: Int(time.value - origin))
  }

  public mutating func abandoned(_ requests: Int) { unfinished += requests }

  public mutating func closed(_ request: RequestRecord) {
    computedPromptTokens += request.promptTokens - request.cachedTokens
    generatedTokens += request.generatedTokens
    switch request.outcome {
    case .finished: count(request)
    case .rejected(let reason): rejections[reason, default: 0] += 1
    case .unfinished:
      unfinished += 1
      // All that finished did so before.
      presence.add(max(0, lastResponse - max(0, request.sent.value)))
    }
    requestSink?(request)
  }

  @inline(__always) private mutating func count(_ request: RequestRecord) {
    completed += 1
    inputTokens += request.promptTokens
    outputTokens += request.generatedTokens
    if !goodputLimits.isEmpty, goodputLimits.areMet(by: request) { good += 1 }
    clientQueue.add((request.sent - request.released).value)
    if let latency = request.ttft { ttft.insert(latency.value) }
    if let latency = request.tpot { tpot.insert(latency.value) }
    if let parts = request.attribution { attributed.add(parts) }
    guard let finished = request.finished?.value else { return }
    e2e.insert(finished - request.sent.value)
    presence.add(max(0, finished - max(0, request.sent.value)))
    lastResponse = max(lastResponse, finished)
    // Nothing finishes before something was sent, but a record may say so.
    let first = origin.isNaN ? finished : origin
    concurrency.leave(second: Int(finished - first), now: Int(lastEnd - first))
  }

  // MARK: Figures

  /// The figures of the run, which is over.
  public func figures(_ totals: RunTotals) -> RunFigures {
    let summary = summary(totals)
    return RunFigures(
      summary: summary, totals: totals, requests: summary.completed + summary.failed, unfinished: unfinished,
      steps: steps, computedPromptTokens: computedPromptTokens, generatedTokens: generatedTokens,
      percentileError: LatencyHistogram.relativeError)
  }

  private func summary(_ totals: RunTotals) -> Summary {
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
      peakOutputTokensPerSecond: max(peakTokens, tokensOfSecond),
      peakConcurrentRequests: concurrency.peak, ttft: Distribution(ttft), tpot: Distribution(tpot),
      itl: Distribution(gaps), e2e: Distribution(e2e), clientQueue: Distribution(clientQueue),
      attribution: attributed.mean, engine: engineFigures(totals))
  }

  private func engineFigures(_ totals: RunTotals) -> EngineFigures {
    var whole = self
    whole.weighLastStep(until: .infinity)
    let length = max(lastResponse, lastEnd)
    let blocks = Double(max(1, totals.totalBlocks))
    func overTime(_ sum: BlockSum) -> Double { length > 0 ? sum.value / length : 0 }
    return EngineFigures(
      steps: steps, meanKVUsage: overTime(whole.blockSeconds) / blocks,
      peakKVUsage: Double(peakBlocks) / blocks,
      meanRunning: overTime(whole.runningSeconds), meanWaiting: overTime(whole.waitingSeconds),
      meanBatchTokens: steps == 0 ? 0 : Double(batchTokens) / Double(steps), preemptions: preemptions,
      meanInSystem: lastResponse > 0 ? presence.value / lastResponse : 0,
      prefixHitRate: totals.prefixHitRate, gpuBusyShare: totals.gpuBusyShare(of: length))
  }
}
