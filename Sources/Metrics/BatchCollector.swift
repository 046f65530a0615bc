import Quantities

/// Gathers the figures of a run's batches while it runs; see ``RunBatches``.
///
/// A request costs one append and a vector addition. Percentiles need how a batch's samples are distributed: the places of their buckets in
/// the run's histograms are listed, 16 bytes a request, and counted by bucket once the list is long. Of the gaps between tokens, which are
/// many and told by step, one stands for each request: that of the step in which it ended.
struct BatchCollector: Sendable {
  /// Requests in a batch.
  let size: Int
  /// What does not fill the batches is left out at the start, where the run is nearest to empty.
  private let first: Int
  private var batches: [RunBatches.Batch]
  private var windows: [RunBatches.Window] = []

  // The batch of the last request, likely that of the next one, too: saves a division.
  private var current = 0
  private var low = 0
  private var high = 0

  private var closed = 0
  private var nextWindow: Int
  private var completed = 0
  private var good = 0
  private var inputTokens = 0
  private var outputTokens = 0

  /// - Parameters:
  ///   - requests: of the whole run.
  ///   - warmup: so many first ones are in no batch.
  ///   - count: of batches.
  /// - Returns: nil if there are too few requests, see ``Estimate/smallestBatch``.
  init?(requests: Int, warmup: Int = 0, count: Int = ConfidenceInterval.usualBatches) {
    size = (requests - warmup) / count
    guard size >= Estimate.smallestBatch else { return nil }
    first = requests - count * size
    nextWindow = first
    batches = Array(repeating: RunBatches.Batch(), count: count)
    high = first
    windows.reserveCapacity(count + 1)
    for i in batches.indices { batches[i].reserve(size) }
    // The windows begin with the run if nothing is left out.
    if first == 0 { endWindow(at: 0) }
  }

  /// The places of a request's latencies; none for a latency that it has no sample of.
  struct Places {
    var ttft = RunBatches.noPlace
    var tpot = RunBatches.noPlace
    var e2e = RunBatches.noPlace
    var itl = RunBatches.noPlace
  }

  /// A request that is measured has finished.
  mutating func add(_ request: RequestRecord, isGood: Bool, _ places: Places) {
    completed += 1
    good += isGood ? 1 : 0
    inputTokens += request.promptTokens
    outputTokens += request.generatedTokens
    let index = request.index
    if index < low || index >= high {
      guard index >= first else { return }
      current = (index - first) / size
      low = first + current * size
      high = low + size
      // More requests than were announced.
      guard current < batches.count else {
        (low, high) = (0, 0)
        return
      }
    }
    batches[current].add(request, isGood: isGood, places)
  }

  /// Any request was closed, after ``add(_:isGood:_:)`` if it counts.
  mutating func close(at time: Double) {
    closed += 1
    if closed == nextWindow { endWindow(at: time) }
  }

  private mutating func endWindow(at time: Double) {
    windows.append(
      RunBatches.Window(
        end: time, completed: completed, good: good, inputTokens: inputTokens, outputTokens: outputTokens))
    nextWindow = windows.count <= batches.count ? nextWindow + size : .max
  }

  func batches(
    ttft: LatencyHistogram, tpot: LatencyHistogram, e2e: LatencyHistogram, gaps: LatencyHistogram
  ) -> RunBatches {
    RunBatches(
      size: size, batches: batches, windows: windows,
      places: [.ttft: ttft.places, .tpot: tpot.places, .e2e: e2e.places, .itl: gaps.places])
  }
}
