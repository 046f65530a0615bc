import Metrics
import Quantities

/// One run at one load, as far as a search and a report need it.
struct LoadSample: Sendable {
  /// Of measured requests, in seconds; only the metrics that were asked for. Gaps between tokens are those of the whole run.
  var latencies: [LatencyMetric: Distribution]
  /// Sent in the measured stretch, those that could not be served among them.
  var measured: Int
  /// Of these, those that kept the limits of single requests.
  var good: Int
  /// In the measured time: requests sent and completed, and tokens of the latter.
  var sent: Int
  var completed: Int
  var outputTokens: Int
  var totalTokens: Int
  var time: Double
  /// Requests, averaged over the measured time.
  var meanRunning: Double
  var meanInSystem: Double
  /// Of the whole run.
  var meanKVUsage: Double
  var peakKVUsage: Double
  var preemptions: Int
  var gpuBusyShare: Double
  /// Most requests at once, and whether any of them found its beginning in the prefix cache.
  var peakInSystem: Int
  var findsPrefixes: Bool
  var requests: Int
  var work: WorkSum

  /// In a run of conversations the rate is reached only when the first of them is at its end, and falls when no more begin.
  struct FollowUps: Sendable {
    /// Index of the first conversation's last request.
    var lastTurn: Int
    /// When the last conversation begins.
    var lastArrival: Seconds
  }

  /// What a run's requests asked of the GPU, for ``GPUUse``.
  struct WorkSum: Sendable {
    var steps = 0
    var length = 0.0
    var busy = 0.0
    var ownPrefill = 0.0
    var promptTokens = 0
    var outputTokens = 0
    var requests = 0
    /// Prompt tokens that were computed and the pairs of query and key among them; contexts of decodes and of prompts.
    var computedTokens = 0
    var pairs = 0.0
    var decodeContext = 0.0
    var promptContext = 0.0
  }
}

extension LoadSample {
  /// - Parameters:
  ///   - records: every request of the run, in any order.
  ///   - follows: of conversations.
  ///   - metrics: the latencies to keep.
  init(
    _ figures: RunFigures, records: [RequestRecord], window: LoadWindow, follows: FollowUps? = nil,
    limits: GoodputLimits, metrics: Set<LatencyMetric>
  ) {
    let sorted = records.sorted { ($0.sent, $0.index) < ($1.sent, $1.index) }
    var first = Int(window.warmUpShare * Double(sorted.count))
    var last = sorted.count - 1 - Int(window.coolDownShare * Double(sorted.count))
    if let follows {
      first = max(first, sorted.firstIndex { $0.index == follows.lastTurn } ?? sorted.count)
      last = min(last, sorted.lastIndex { $0.released <= follows.lastArrival } ?? -1)
    }
    let chosen = first <= last ? sorted[first...last] : []
    let (start, end) = (chosen.first?.sent.value ?? 0, chosen.last?.sent.value ?? 0)

    latencies = [:]
    for metric in metrics {
      switch metric {
      case .ttft: latencies[metric] = Distribution(chosen.compactMap { $0.ttft?.value })
      case .tpot: latencies[metric] = Distribution(chosen.compactMap { $0.tpot?.value })
      case .e2e: latencies[metric] = Distribution(chosen.compactMap { $0.e2e?.value })
      case .itl: latencies[metric] = figures.summary.itl
      }
    }
    measured = chosen.count
    good = limits.isEmpty ? 0 : chosen.count { limits.areMet(by: $0) }

    (sent, completed, outputTokens, totalTokens) = (0, 0, 0, 0)
    (meanRunning, meanInSystem) = (0, 0)
    work = WorkSum()
    for request in sorted {
      if case .rejected = request.outcome { continue }
      let sentAt = request.sent.value
      let done = request.finished?.value ?? .infinity
      // The first measured request opens the stretch, the last one closes it: of both ends one counts.
      if sentAt > start, sentAt <= end { sent += 1 }
      if done > start, done <= end {
        completed += 1
        outputTokens += request.generatedTokens
        totalTokens += request.generatedTokens + request.promptTokens
      }
      meanInSystem += max(0, min(done, end) - max(sentAt, start))
      if let parts = request.attribution {
        let began = sentAt + (parts.frontEnd + parts.queue).value
        meanRunning += max(0, min(done, end) - max(began, start))
      }
      work.add(request)
    }
    time = end - start
    if time > 0 {
      meanRunning /= time
      meanInSystem /= time
    }
    meanKVUsage = figures.summary.engine.meanKVUsage
    peakKVUsage = figures.summary.engine.peakKVUsage
    preemptions = figures.summary.engine.preemptions
    gpuBusyShare = figures.summary.engine.gpuBusyShare
    peakInSystem = figures.summary.peakConcurrentRequests
    findsPrefixes = figures.totals.prefixHitTokens > 0
    requests = figures.requests
    work.steps = figures.steps
    work.length = figures.summary.duration.value
    work.busy = figures.totals.busy.reduce(0) { $0 + $1.time.value }
  }
}

extension LoadSample.WorkSum {
  mutating func add(_ request: RequestRecord) {
    guard request.outcome == .finished else { return }
    let (prompt, output) = (Double(request.promptTokens), Double(request.generatedTokens))
    let (new, cached) = (prompt - Double(request.cachedTokens), Double(request.cachedTokens))
    requests += 1
    promptTokens += request.promptTokens
    outputTokens += request.generatedTokens
    computedTokens += Int(new)
    pairs += new * cached + new * (new + 1) / 2
    promptContext += prompt
    // The first token comes from the prompt's last step; each later one reads what precedes it.
    decodeContext += (output - 1) * (prompt + output / 2)
    ownPrefill += request.attribution?.ownPrefill.value ?? 0
  }
}
