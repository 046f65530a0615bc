public import Quantities

/// The figures of a run, with the definitions of `vllm bench serve` for everything a client can see.
///
/// Rejected and unfinished requests count in ``failed`` and nowhere else, so their tokens are in no throughput.
public struct Summary: Hashable, Sendable {
  /// From time 0 to the last response; see ``MeasurementWindow`` for other choices.
  public var duration: Seconds
  public var completed: Int
  /// Rejected + unfinished.
  public var failed: Int
  /// Completed after the window closed; 0 unless the drain is excluded.
  public var excluded: Int
  /// Rejected requests by reason, in a fixed order; reasons that did not occur are left out.
  public var rejections: [RejectionCount]
  /// Prompt tokens of the completed requests.
  public var totalInputTokens: Int
  /// Tokens that the completed requests received.
  public var totalOutputTokens: Int
  /// Completed requests ÷ duration.
  public var requestThroughput: PerSecond
  /// Output tokens ÷ duration.
  public var outputThroughput: PerSecond
  /// (Input + output tokens) ÷ duration.
  public var totalTokenThroughput: PerSecond
  /// Completed requests that kept every goodput limit ÷ duration; nil without limits.
  public var goodput: PerSecond?
  /// The most tokens that arrived in any one-second bucket, counted from the earliest sending.
  public var peakOutputTokensPerSecond: Int
  /// The most requests that touched a one-second bucket.
  public var peakConcurrentRequests: Int
  /// In seconds, one sample per completed request.
  public var ttft: Distribution
  /// In seconds, one sample per completed request with more than one output token.
  public var tpot: Distribution
  /// In seconds, one sample per gap between tokens, pooled over completed requests.
  public var itl: Distribution
  /// In seconds, one sample per completed request. Excludes the wait for the client cap.
  public var e2e: Distribution
  /// Sent − released in seconds, one sample per completed request.
  public var clientQueue: Distribution
  /// Where the time to first token went, averaged over completed requests; nil if there are none.
  public var attribution: TTFTAttribution?
  public var engine: EngineFigures

  public struct RejectionCount: Hashable, Sendable, Codable {
    public var reason: RequestRecord.Rejection
    public var count: Int

    public init(reason: RequestRecord.Rejection, count: Int) {
      self.reason = reason
      self.count = count
    }
  }

  /// From figures that are known already.
  public init(
    duration: Seconds, completed: Int, failed: Int, excluded: Int, rejections: [RejectionCount],
    totalInputTokens: Int, totalOutputTokens: Int, requestThroughput: PerSecond, outputThroughput: PerSecond,
    totalTokenThroughput: PerSecond, goodput: PerSecond?, peakOutputTokensPerSecond: Int,
    peakConcurrentRequests: Int, ttft: Distribution, tpot: Distribution, itl: Distribution, e2e: Distribution,
    clientQueue: Distribution, attribution: TTFTAttribution?, engine: EngineFigures
  ) {
    self.duration = duration
    self.completed = completed
    self.failed = failed
    self.excluded = excluded
    self.rejections = rejections
    self.totalInputTokens = totalInputTokens
    self.totalOutputTokens = totalOutputTokens
    self.requestThroughput = requestThroughput
    self.outputThroughput = outputThroughput
    self.totalTokenThroughput = totalTokenThroughput
    self.goodput = goodput
    self.peakOutputTokensPerSecond = peakOutputTokensPerSecond
    self.peakConcurrentRequests = peakConcurrentRequests
    self.ttft = ttft
    self.tpot = tpot
    self.itl = itl
    self.e2e = e2e
    self.clientQueue = clientQueue
    self.attribution = attribution
    self.engine = engine
  }

  public subscript(metric: LatencyMetric) -> Distribution {
    switch metric {
    case .ttft: ttft
    case .tpot: tpot
    case .itl: itl
    case .e2e: e2e
    }
  }
}

extension Summary {
  /// - Parameters:
  ///   - stage: if given, only the requests of this load stage; the duration then runs from the stage's first sending to
  ///     its last response. Percentages of the whole run stay as they are; see ``EngineFigures``.
  ///
  /// O(requests · log requests + steps · log steps).
  public init(
    record: RunRecord, window: MeasurementWindow = MeasurementWindow(),
    goodputLimits: GoodputLimits = GoodputLimits(), stage: Int? = nil
  ) {
    let measured = MeasuredRequests(record: record, window: window, stage: stage)
    let requests = measured.completed
    duration = measured.end - measured.start
    completed = requests.count
    failed = measured.rejected.count + measured.unfinished
    excluded = measured.excluded
    rejections = RequestRecord.Rejection.allCases.compactMap { reason in
      let count = measured.rejected.count { $0 == reason }
      return count == 0 ? nil : RejectionCount(reason: reason, count: count)
    }

    totalInputTokens = requests.reduce(0) { $0 + $1.promptTokens }
    totalOutputTokens = requests.reduce(0) { $0 + $1.generatedTokens }
    let duration = duration
    func rate(_ count: Int) -> PerSecond { duration > 0 ? Double(count) / duration : 0 }
    requestThroughput = rate(requests.count)
    outputThroughput = rate(totalOutputTokens)
    totalTokenThroughput = rate(totalInputTokens + totalOutputTokens)
    goodput = goodputLimits.isEmpty ? nil : rate(requests.count { goodputLimits.areMet(by: $0) })

    let timeline = TokenTimeline(steps: record.steps, requests: requests)
    let origin = requests.map(\.sent).min() ?? .zero
    peakOutputTokensPerSecond = timeline.peakTokensPerSecond(from: origin)
    peakConcurrentRequests = measured.peakConcurrency(from: origin)

    ttft = Distribution(requests.compactMap { $0.ttft?.value })
    tpot = Distribution(requests.compactMap { $0.tpot?.value })
    e2e = Distribution(requests.compactMap { $0.e2e?.value })
    clientQueue = Distribution(requests.map { ($0.sent - $0.released).value })
    // The record's pool covers all requests, the unfinished ones with their tokens so far included.
    let poolFits = measured.isWholeRun && measured.excluded == 0 && measured.unfinished == 0
    itl = Distribution(poolFits ? record.interTokenGaps : timeline.gaps)
    var attributed = AttributionSum()
    for parts in requests.compactMap(\.attribution) { attributed.add(parts) }
    attribution = attributed.mean
    engine = EngineFigures(
      record: record, start: measured.start, end: measured.end,
      untilLastStep: stage == nil && !window.excludeDrain)
  }
}

extension RunRecord {
  /// The load stages that have requests, in ascending order.
  public var stages: [Int] { Set(requests.map(\.stage)).sorted() }
}
