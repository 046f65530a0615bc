import Quantities

/// A run's figures by batches of successive requests: what its intervals are made of.
///
/// Latencies and the share of good requests go by the requests' own order of arrival, so batches of two runs on the
/// same arrivals can be paired, whatever order they finish in. Throughput goes by windows of time in which a batch's number of requests has
/// closed.
///
/// Of percentiles of ITL it is known only how the last gap of each request varies; that has the chance of fewer samples in it, so
/// their intervals are rather too wide than too narrow.
public struct RunBatches: Hashable, Sendable {
  /// Requests in a batch, refused and unfinished ones among them.
  public let size: Int
  private var batches: [Batch]
  /// Totals from the start to the end of each window; the first entry is where the first window begins.
  private var windows: [Window]
  private var places: [LatencyMetric: HistogramPlaces]

  /// Batches that the run has; those with no request that counts say nothing.
  public var count: Int { batches.count }

  init(size: Int, batches: [Batch], windows: [Window], places: [LatencyMetric: HistogramPlaces]) {
    self.size = size
    self.batches = batches
    self.windows = windows
    self.places = places
  }

  /// Of several replicas, each of which served some of the requests of every batch. Windows of time are those of one replica, so there is no
  /// estimate of throughput.
  ///
  /// - Parameter parts: with batches of one size.
  static func joined(_ parts: [RunBatches]) -> RunBatches? {
    guard var whole = parts.first else { return nil }
    whole.windows = []
    for part in parts.dropFirst() {
      // A bucket may have several places, one of each replica.
      var shift = SIMD4<UInt32>.zero
      for (metric, places) in whole.places { shift[column(metric)] = UInt32(places.count) }
      for i in whole.batches.indices { whole.batches[i].add(part.batches[i], places: shift) }
      for (metric, places) in part.places { whole.places[metric]?.append(places) }
    }
    return whole
  }

  static let noPlace = UInt32.max

  /// Totals since the start of the run.
  struct Window: Hashable, Sendable {
    var end: Double
    var completed: Int
    var good: Int
    var inputTokens: Int
    var outputTokens: Int
  }

  struct Batch: Hashable, Sendable {
    /// TTFT, TPOT, E2E, and the time from the first to the last token, in seconds.
    private(set) var sums = SIMD4<Double>.zero
    private(set) var completed = 0
    private(set) var withTPOT = 0
    private(set) var gaps = 0
    private(set) var good = 0
    /// Places of TTFT, TPOT, E2E, ITL of the latest requests.
    private var list: [SIMD4<UInt32>] = []
    /// Of the earlier ones: how many by place, for each of the four.
    private var counts: [[UInt32]] = [[], [], [], []]

    /// Beyond, counting takes less memory than listing: 128 KB.
    private static let longestList = 8192

    mutating func reserve(_ size: Int) { list.reserveCapacity(min(size, Self.longestList)) }

    mutating func add(_ request: RequestRecord, isGood: Bool, _ places: BatchCollector.Places) {
      guard let ttft = request.ttft?.value, let e2e = request.e2e?.value else { return }
      completed += 1
      good += isGood ? 1 : 0
      let later = request.generatedTokens - 1
      let decoding = e2e - ttft
      if later > 0 {
        withTPOT += 1
        gaps += later
      }
      sums += SIMD4(ttft, later > 0 ? decoding / Double(later) : 0, e2e, decoding)
      list.append(SIMD4(places.ttft, places.tpot, places.e2e, places.itl))
      if list.count == Self.longestList { count() }
    }

    /// - Parameter shift: of the other one's places, for each of the four latencies.
    mutating func add(_ other: Batch, places shift: SIMD4<UInt32>) {
      sums += other.sums
      completed += other.completed
      withTPOT += other.withTPOT
      gaps += other.gaps
      good += other.good
      for metric in counts.indices where !other.counts[metric].isEmpty {
        let missing = Int(shift[metric]) - counts[metric].count
        if missing > 0 { counts[metric].append(contentsOf: repeatElement(0, count: missing)) }
        counts[metric] += other.counts[metric]
      }
      let none = SIMD4(repeating: RunBatches.noPlace)
      for entry in other.list {
        list.append((entry &+ shift).replacing(with: none, where: entry .== none))
        if list.count == Self.longestList { count() }
      }
    }

    private mutating func count() {
      for metric in counts.indices {
        for entry in list where entry[metric] != RunBatches.noPlace {
          let place = Int(entry[metric])
          let missing = place + 1 - counts[metric].count
          if missing > 0 { counts[metric].append(contentsOf: repeatElement(0, count: missing)) }
          counts[metric][place] += 1
        }
      }
      list.removeAll(keepingCapacity: true)
    }

    /// Tells the place of every bucket of one of the four latencies that has samples, and how many; a place may come more than once.
    func forEachPlace(_ metric: Int, _ body: (_ place: Int, _ count: Int) -> Void) {
      for (place, n) in counts[metric].enumerated() where n > 0 { body(place, Int(n)) }
      for entry in list where entry[metric] != RunBatches.noPlace { body(Int(entry[metric]), 1) }
    }

    /// The sum over the samples of one of the four latencies of what `words` has for their places, and how many samples there are.
    func sum(of words: [UInt64], _ metric: Int) -> (sum: UInt64, count: Int) {
      var (sum, samples) = (UInt64(0), 0)
      for (place, n) in counts[metric].enumerated() {
        sum &+= words[place] &* UInt64(n)
        samples += Int(n)
      }
      for entry in list {
        let place = entry[metric]
        guard place != RunBatches.noPlace else { continue }
        sum &+= words[Int(place)]
        samples += 1
      }
      return (sum, samples)
    }
  }

  // MARK: Estimates

  func mean(of metric: LatencyMetric) -> Estimate? {
    Estimate(sums: sums(metric), counts: sampleCounts(metric), batchSize: size)
  }

  /// Completed requests that kept every limit, as a share of all.
  func goodShare() -> Estimate? {
    Estimate(
      sums: batches.map { Double($0.good) }, counts: batches.map { Double($0.completed) }, batchSize: size)
  }

  /// What a window had, over how long it took.
  func rate(of rate: RunFigures.Rate) -> Estimate? {
    func total(_ window: Window) -> Int {
      switch rate {
      case .requests: window.completed
      case .outputTokens: window.outputTokens
      case .allTokens: window.inputTokens + window.outputTokens
      case .goodRequests: window.good
      }
    }
    let steps = zip(windows, windows.dropFirst())
    return Estimate(
      sums: steps.map { Double(total($1) - total($0)) }, counts: steps.map { $1.end - $0.end },
      batchSize: size)
  }

  /// - Parameter samples: of the whole run.
  func percentile(_ percent: Double, of metric: LatencyMetric, in samples: Distribution) -> Estimate? {
    guard let places = places[metric], !samples.isEmpty else { return nil }
    let column = Self.column(metric)
    // Nearly always the bucket of the run's percentile is that of the batches' samples; not where one gap stands for many.
    var split = Split(LatencyHistogram.bucket(of: samples.percentile(percent)), of: batches, column, places)
    if !split.holds(percent) {
      split = Split(bucket(of: percent, column, places), of: batches, column, places)
    }
    return Estimate(
      percentile: percent, of: samples, below: split.shares(percent),
      counts: split.counts.map { Double($0.all) },
      batchSize: size)
  }

  /// The bucket that holds a percentile of the batches' samples.
  private func bucket(of percent: Double, _ column: Int, _ places: HistogramPlaces) -> Int {
    var whole = [Int](repeating: 0, count: places.count)
    for batch in batches { batch.forEachPlace(column) { whole[$0] += $1 } }
    let wanted = percent / 100 * Double(whole.reduce(0, +))
    let filled = whole.indices.lazy.filter { whole[$0] > 0 }.map {
      (bucket: places.bucket(of: $0), place: $0)
    }
    var below = 0
    for (bucket, place) in filled.sorted(by: { $0.bucket < $1.bucket }) {
      below += whole[place]
      if Double(below) >= wanted { return bucket }
    }
    return 0
  }

  /// The samples of each batch, split at a bucket.
  private struct Split {
    var counts: [(below: Int, within: Int, all: Int)] = []

    init(_ bucket: Int, of batches: [Batch], _ column: Int, _ places: HistogramPlaces) {
      // Both counts in one word, looked up by place: a sum of words for each batch, without a branch.
      let below: UInt64 = 1
      let within: UInt64 = 1 << 32
      let words = (0..<places.count).map { place -> UInt64 in
        let found = places.bucket(of: place)
        return found < bucket ? below : found == bucket ? within : 0
      }
      for batch in batches {
        let (sum, all) = batch.sum(of: words, column)
        counts.append((Int(sum & (within - 1)), Int(sum >> 32), all))
      }
    }

    private var sums: (below: Double, within: Double, all: Double) {
      counts.reduce((0, 0, 0)) { ($0.0 + Double($1.below), $0.1 + Double($1.within), $0.2 + Double($1.all)) }
    }

    func holds(_ percent: Double) -> Bool {
      let (below, within, all) = sums
      return below <= percent / 100 * all && percent / 100 * all <= below + within
    }

    /// How many samples of each batch lie at or below the percentile. The bucket is shared out so that the batches as a whole have exactly
    /// their share there.
    func shares(_ percent: Double) -> [Double] {
      let (below, within, all) = sums
      let share = within > 0 ? min(1, max(0, (percent / 100 * all - below) / within)) : 0
      return counts.map { Double($0.below) + share * Double($0.within) }
    }
  }

  private func sums(_ metric: LatencyMetric) -> [Double] {
    batches.map { $0.sums[Self.column(metric)] }
  }

  private func sampleCounts(_ metric: LatencyMetric) -> [Double] {
    batches.map { batch in
      switch metric {
      case .ttft, .e2e: Double(batch.completed)
      case .tpot: Double(batch.withTPOT)
      case .itl: Double(batch.gaps)
      }
    }
  }

  private static func column(_ metric: LatencyMetric) -> Int {
    switch metric {
    case .ttft: 0
    case .tpot: 1
    case .e2e: 2
    case .itl: 3
    }
  }
}
