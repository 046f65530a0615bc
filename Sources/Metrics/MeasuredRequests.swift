import Quantities

/// The requests that a summary speaks of, and the stretch of time it covers.
struct MeasuredRequests {
  var completed: [RequestRecord] = []
  var rejected: [RequestRecord.Rejection] = []
  var unfinished = 0
  /// Completed, but only after the window closed.
  var excluded = 0
  /// Whether every request of the run was looked at.
  let isWholeRun: Bool
  let start: Seconds
  let end: Seconds

  /// - Parameter stage: only this stage's requests; the time then begins with the first sending of the stage, or, after a
  ///   warm-up, with the sending of the stage's last warm-up request.
  init(record: RunRecord, window: MeasurementWindow, stage: Int?) {
    let population = stage.map { stage in record.requests.filter { $0.stage == stage } } ?? record.requests
    let ordered =
      window.warmupRequests > 0
      ? population.sorted { ($0.sent, $0.index) < ($1.sent, $1.index) } : population
    let warmup = min(max(0, window.warmupRequests), ordered.count)
    let measured = ordered[warmup...]

    let runStart = stage == nil ? Seconds.zero : population.map(\.sent).min() ?? .zero
    start = warmup > 0 ? ordered[warmup - 1].sent : runStart
    let lastSending = population.map(\.sent).max() ?? start
    let lastResponse = measured.compactMap(\.finished).max() ?? start
    end = max(start, window.excludeDrain ? lastSending : lastResponse)
    isWholeRun = warmup == 0 && stage == nil

    for request in measured {
      switch request.outcome {
      case .finished:
        if window.excludeDrain, request.finished ?? .infinity > lastSending {
          excluded += 1
        } else {
          completed.append(request)
        }
      case .rejected(let reason): rejected.append(reason)
      case .unfinished: unfinished += 1
      }
    }
  }

  /// The largest number of requests that touch a one-second bucket counted from the earliest sending, the buckets of
  /// sending and of the last token both included. Can exceed the number at any one moment. O(requests) memory, however
  /// long the run lasts.
  func peakConcurrency(from origin: Seconds) -> Int {
    let spans = completed.compactMap { request in
      request.finished.map { (sent: (request.sent - origin).value, finished: ($0 - origin).value) }
    }
    let first = spans.map { Int($0.sent) }.sorted()
    let last = spans.map { Int($0.finished) }.sorted()
    var (left, peak) = (0, 0)
    for (entered, second) in first.enumerated() {
      while last[left] < second { left += 1 }
      peak = max(peak, entered + 1 - left)
    }
    return peak
  }
}
