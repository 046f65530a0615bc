public import Quantities

/// Figures of several replicas, each watched by an observer of its own.
extension StreamingFigures {
  /// One that watches a replica of several.
  ///
  /// - Parameter requests: of the whole run.
  public init(
    ofReplicaWith goodputLimits: GoodputLimits, requests: Int? = nil,
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil
  ) {
    self.init(requests: requests, goodputLimits: goodputLimits, requestSink: requestSink)
    seconds = SecondLog()
  }

  public mutating func began(at time: Seconds) { origin = time.value }

  public mutating func settle(into fleet: inout FleetSeconds) {
    seconds?.addTokens(tokensOfSecond, second: Int(secondEnd) - 1)
    tokensOfSecond = 0
    if let log = seconds { fleet.add(log) }
    seconds?.removeAll()
  }

  /// The figures of the fleet: sums, pooled latencies, and each replica's share.
  ///
  /// - Parameters:
  ///   - parts: of the replicas, in the order of `totals.replicas`.
  ///   - unsent: was told of the requests that no replica got.
  ///   - seconds: got everything that the parts had to settle.
  public static func joined(
    _ parts: [StreamingFigures], unsent: StreamingFigures, seconds: FleetSeconds, totals: RunTotals
  ) -> RunFigures {
    var whole = unsent
    for part in parts { whole.absorb(part) }
    // Whatever finished did so by the last response, on whichever replica.
    for sent in whole.unfinishedSent { whole.presence.add(max(0, whole.lastResponse - max(0, sent))) }
    let length = max(whole.lastResponse, whole.lastEnd)
    let shares = zip(parts, totals.replicas).map { part, replica in
      var closed = part
      closed.weighLastStep(until: .infinity)
      return ReplicaFigures(
        replica, completed: part.completed, generatedTokens: part.generatedTokens,
        preemptions: part.preemptions, peakBlocks: part.peakBlocks, blockSeconds: closed.blockSeconds.value,
        length: length)
    }
    return whole.figures(
      totals, peakTokens: seconds.peakTokens, peakRequests: seconds.peakRequests,
      peakKVUsage: shares.map(\.peakKVUsage).max() ?? 0,
      batches: RunBatches.joined(parts.compactMap(\.runBatches)), replicas: shares)
  }

  private mutating func absorb(_ part: StreamingFigures) {
    var part = part
    part.weighLastStep(until: .infinity)
    steps += part.steps
    batchTokens += part.batchTokens
    preemptions += part.preemptions
    lastEnd = max(lastEnd, part.lastEnd)
    blockSeconds.add(part.blockSeconds.value)
    runningSeconds.add(part.runningSeconds.value)
    waitingSeconds.add(part.waitingSeconds.value)
    settleSums()
    gaps.merge(part.gaps)

    rejections.merge(part.rejections, uniquingKeysWith: +)
    unfinished += part.unfinished
    unfinishedSent += part.unfinishedSent
    completed += part.completed
    inputTokens += part.inputTokens
    outputTokens += part.outputTokens
    computedPromptTokens += part.computedPromptTokens
    generatedTokens += part.generatedTokens
    good += part.good
    lastResponse = max(lastResponse, part.lastResponse)
    presence.add(part.presence.value)
    ttft.merge(part.ttft)
    tpot.merge(part.tpot)
    e2e.merge(part.e2e)
    clientQueue.merge(part.clientQueue)
    attributed.merge(part.attributed)
    lastRelease = max(lastRelease, part.lastRelease)
  }
}

extension RunRecorder {
  /// The record of a run of several replicas. O(requests · log requests + steps).
  ///
  /// - Parameters:
  ///   - parts: of the replicas, in the order of `totals.replicas`.
  ///   - unsent: was told of the requests that no replica got.
  public static func joined(_ parts: [RunRecorder], unsent: RunRecorder, totals: RunTotals) -> RunRecord {
    var whole = unsent
    for part in parts {
      let first = whole.steps.count
      whole.requests += part.requests.map { request in
        var request = request
        for i in request.deliveries.indices {
          request.deliveries[i].first += first
          request.deliveries[i].last += first
        }
        return request
      }
      whole.steps += part.steps
      whole.gaps += part.gaps
    }
    return whole.record(totals)
  }
}
