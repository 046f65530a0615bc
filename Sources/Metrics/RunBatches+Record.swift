import Quantities

extension RunBatches {
  /// The batches of a run that was kept whole, by the same rule as those gathered on the way.
  ///
  /// - Returns: nil if there are too few requests. O(requests · log requests + steps · log steps).
  init?(record: RunRecord, window: MeasurementWindow, goodputLimits: GoodputLimits) {
    guard
      let collector = BatchCollector(
        requests: record.requests.count, warmup: min(window.warmupRequests, record.requests.count))
    else { return nil }
    var observer = RecordedBatches(
      collector: collector, measured: MeasuredRequests(record: record, window: window, stage: nil),
      goodputLimits: goodputLimits)
    record.replay(into: &observer)
    self = observer.batches
  }
}

/// What ``StreamingFigures`` does for batches, of the measured requests only.
private struct RecordedBatches: RunObserver {
  static var keepsDeliveries: Bool { false }

  private var collector: BatchCollector
  private let measured: Set<Int>
  private let goodputLimits: GoodputLimits
  private var lastEnd = Seconds.zero
  private var gaps = LatencyHistogram()
  private var ttft = LatencyHistogram()
  private var tpot = LatencyHistogram()
  private var e2e = LatencyHistogram()

  init(collector: BatchCollector, measured: MeasuredRequests, goodputLimits: GoodputLimits) {
    self.collector = collector
    self.measured = Set(measured.completed.map(\.index))
    self.goodputLimits = goodputLimits
  }

  var batches: RunBatches { collector.batches(ttft: ttft, tpot: tpot, e2e: e2e, gaps: gaps) }

  mutating func sent(at time: Seconds) {}

  mutating func ended(_ step: StepRecord, tokens: Int, consecutive: Int) {
    gaps.add((step.end - lastEnd).value, count: consecutive)
    lastEnd = step.end
  }

  mutating func resumed(after gap: Seconds) { gaps.add(gap.value) }

  mutating func closed(_ request: RequestRecord) {
    if measured.contains(request.index) {
      var places = BatchCollector.Places()
      if let latency = request.ttft { places.ttft = UInt32(ttft.insert(latency.value)) }
      if let latency = request.tpot { places.tpot = UInt32(tpot.insert(latency.value)) }
      if let latency = request.e2e { places.e2e = UInt32(e2e.insert(latency.value)) }
      if request.generatedTokens > 1, let place = gaps.latestPlace { places.itl = UInt32(place) }
      collector.add(request, isGood: goodputLimits.areMet(by: request), places)
    }
    collector.close(at: lastEnd.value)
  }
}
