/// Counts of latencies in logarithmic buckets (an HDR histogram): any percentile within ``relativeError``, in memory that depends on
/// the spread of the samples and not on their number.
///
/// A bucket is named by a double's exponent and the first 11 bits of its mantissa, so an octave has 2048 of them, each at most
/// 2⁻¹¹ of its values wide. Buckets come in pages of an eighth of an octave (4 KB), made when a sample falls into one. Each
/// bucket also sums by how much its samples exceed its lower bound; ``count``, ``minimum`` and ``maximum`` are exact, ``mean`` and
/// ``std`` exact but for rounding.
///
/// Samples are in any unit, seconds for latencies, and must be finite and at least 0. Below 2⁻¹⁰²² buckets are linear, so that there the
/// error is absolute (2⁻¹⁰³³).
public struct LatencyHistogram: Sendable {
  /// The bound on |percentile − exact percentile| ÷ exact percentile: the width of a bucket, 2⁻¹¹ or 0.049 %. A bucket stands for its
  /// samples by their mean, so where they are equal the percentile is exact.
  public static let relativeError = 0x1p-11

  private static let bucketBits = 11
  fileprivate static let pageBits = 8
  private static let shift = Double.significandBitCount - bucketBits

  private struct Bucket: Sendable {
    var count = 0
    /// Sum of the samples − lower bound.
    var excess = 0.0

    mutating func add(_ count: Int, _ excess: Double) {
      self.count += count
      self.excess += excess
    }
  }

  private var buckets: [Bucket] = []
  /// Position in `buckets` of the pages `firstPage`, `firstPage + 1`, …; −1 where there is none yet.
  private var pages: [Int32] = []
  private var firstPage = 0
  private var settledCount = 0
  /// Sum of (sample − lower bound of its bucket)² over all settled samples.
  private var squares = CompensatedSum()

  // The bucket of the last sample and what it has got since: successive gaps between tokens are nearly equal, and then cost two
  // comparisons and a few additions, without a look at the arrays.
  @usableFromInline var low = Double.infinity
  @usableFromInline var high = -Double.infinity
  // These two are read as one vector, so they are cleared as one: a load that waits for two stores costs more than the rest of `settle`.
  @usableFromInline var runExcess = 0.0
  @usableFromInline var runSquares = 0.0
  @usableFromInline var least = Double.infinity
  @usableFromInline var greatest = -Double.infinity
  @usableFromInline var runCount = 0
  private var current = 0

  public init() {}

  /// Adds `count` samples of one value; none if `count` is 0 or less.
  ///
  /// - Precondition: `value` is finite and at least 0.
  @inlinable @inline(__always) public mutating func add(_ value: Double, count: Int = 1) {
    guard count > 0 else { return }
    if !(value >= low && value < high) { enter(value) }
    let excess = value - low
    let weighted = excess * Double(count)
    runCount += count
    runExcess += weighted
    runSquares += excess * weighted
    least = value < least ? value : least
    greatest = value > greatest ? value : greatest
  }

  /// Adds one sample that is likely to be far from the one before: the same as ``add(_:count:)``, cheaper if it is.
  ///
  /// - Returns: the place of its bucket, see ``HistogramPlaces``.
  @discardableResult mutating func insert(_ value: Double) -> Int {
    let bucket = Self.bucket(of: value)
    let place = position(of: bucket)
    let excess = value - Self.bound(bucket)
    buckets[place].count += 1
    buckets[place].excess += excess
    settledCount += 1
    squares.add(excess * excess)
    least = Swift.min(value, least)
    greatest = Swift.max(value, greatest)
    return place
  }

  static func bucket(of value: Double) -> Int {
    // −0 is 0.
    let bits = (value + 0).bitPattern
    precondition(
      bits < Double.infinity.bitPattern, "a latency is finite and at least 0, and cannot be \(value)")
    return Int(truncatingIfNeeded: bits >> UInt64(shift))
  }

  /// Makes the bucket of `value` the current one.
  @inline(never) @usableFromInline mutating func enter(_ value: Double) {
    let bucket = Self.bucket(of: value)
    settle()
    current = position(of: bucket)
    low = Self.bound(bucket)
    high = Self.bound(bucket + 1)
  }

  private mutating func settle() {
    guard runCount > 0 else { return }
    buckets[current].add(runCount, runExcess)
    settledCount += runCount
    squares.add(runSquares)
    runCount = 0
    (runExcess, runSquares) = (0, 0)
  }

  /// The lower bound of a bucket.
  private static func bound(_ bucket: Int) -> Double { Double(bitPattern: UInt64(bucket) << UInt64(shift)) }

  private mutating func position(of bucket: Int) -> Int {
    let page = bucket >> Self.pageBits &- firstPage
    let start = page >= 0 && page < pages.count ? pages[page] : -1
    return Int(start >= 0 ? start : makePage(bucket >> Self.pageBits)) + bucket & (1 << Self.pageBits - 1)
  }

  private mutating func makePage(_ page: Int) -> Int32 {
    if pages.isEmpty { firstPage = page }
    if page < firstPage {
      pages.insert(contentsOf: repeatElement(-1, count: firstPage - page), at: 0)
      firstPage = page
    }
    let missing = page - firstPage + 1 - pages.count
    if missing > 0 { pages.append(contentsOf: repeatElement(-1, count: missing)) }
    let start = Int32(buckets.count)
    pages[page - firstPage] = start
    buckets.append(contentsOf: repeatElement(Bucket(), count: 1 << Self.pageBits))
    return start
  }

  /// Adds all samples of another histogram. O(buckets).
  public mutating func merge(_ other: LatencyHistogram) {
    // `buckets` may grow; the current one keeps its place.
    for filled in other.filled {
      let position = position(of: filled.bucket)
      buckets[position].add(filled.count, filled.excess)
    }
    settledCount += other.count
    squares.add(other.squares.value)
    squares.add(other.runSquares)
    least = Swift.min(least, other.least)
    greatest = Swift.max(greatest, other.greatest)
  }
}

// MARK: Figures

extension LatencyHistogram {
  public var count: Int { settledCount + runCount }
  public var isEmpty: Bool { count == 0 }
  /// 0 if there are no samples, as all figures.
  public var minimum: Double { isEmpty ? 0 : least }
  public var maximum: Double { isEmpty ? 0 : greatest }

  /// Exact but for rounding. O(buckets).
  public var mean: Double { moments(of: filled).mean }

  /// Population standard deviation. Rounding shows only where it is far below a bucket's width: the variance is then within some 10⁻¹³
  /// of that width squared. O(buckets).
  public var std: Double { moments(of: filled).std }

  /// Bytes held by buckets and their directory.
  public var memory: Int {
    buckets.count * MemoryLayout<Bucket>.stride + pages.count * MemoryLayout<Int32>.stride
  }

  /// A bucket with samples.
  typealias Filled = (bucket: Int, count: Int, excess: Double)

  func moments(of filled: [Filled]) -> (mean: Double, std: Double) {
    guard !isEmpty else { return (0, 0) }
    guard least < greatest else { return (least, 0) }
    let total = Double(count)
    var sum = CompensatedSum()
    for (bucket, count, excess) in filled {
      sum.add(Self.bound(bucket), times: count)
      sum.add(excess)
    }
    let mean = sum.value / total
    // With x = a + d in a bucket that begins at a: Σ (x − m)² = n (a − m)² + 2 (a − m) Σ d + Σ d².
    var deviations = squares
    deviations.add(runSquares)
    for (bucket, count, excess) in filled {
      let offset = Self.bound(bucket) - mean
      deviations.add(offset * offset, times: count)
      deviations.add(2 * offset * excess)
    }
    let variance = Swift.max(0, deviations.value / total)
    return (Swift.min(greatest, Swift.max(least, mean)), variance.squareRoot())
  }

  /// Values in ascending order and how many samples each stands for: every bucket's mean, with the least and the greatest sample
  /// apart.
  func samples(of filled: [Filled]) -> [WeightedSample] {
    guard !isEmpty else { return [] }
    var samples: [WeightedSample] = []
    samples.reserveCapacity(filled.count + 2)
    samples.append(WeightedSample(value: least, count: 1))
    if count == 1 { return samples }
    for (i, (bucket, count, excess)) in filled.enumerated() {
      let low = Self.bound(bucket)
      var (rest, excess) = (count, excess)
      if i == 0 { (rest, excess) = (rest - 1, excess - (least - low)) }
      if i == filled.count - 1 { (rest, excess) = (rest - 1, excess - (greatest - low)) }
      guard rest > 0 else { continue }
      let mean = Swift.min(Swift.max(low + excess / Double(rest), low), Self.bound(bucket + 1))
      samples.append(WeightedSample(value: Swift.min(Swift.max(mean, least), greatest), count: rest))
    }
    samples.append(WeightedSample(value: greatest, count: 1))
    return samples
  }

  /// Buckets with samples in ascending order, what the current run has got included.
  var filled: [Filled] {
    var filled: [Filled] = []
    let size = 1 << Self.pageBits
    for (page, start) in pages.enumerated() where start >= 0 {
      for i in 0..<size {
        var bucket = buckets[Int(start) + i]
        if Int(start) + i == current { bucket.add(runCount, runExcess) }
        if bucket.count > 0 { filled.append(((firstPage + page) * size + i, bucket.count, bucket.excess)) }
      }
    }
    return filled
  }
}

// MARK: Places

/// Which buckets the places of a histogram are: a place is where a bucket's count lies in memory, and stays so while the histogram grows.
struct HistogramPlaces: Hashable, Sendable {
  /// By place / 256: the page that begins there.
  private var pages: [Int32]

  var count: Int { pages.count << LatencyHistogram.pageBits }

  func bucket(of place: Int) -> Int {
    Int(pages[place >> LatencyHistogram.pageBits]) << LatencyHistogram.pageBits
      | place & (1 << LatencyHistogram.pageBits - 1)
  }

  fileprivate init(pages: [Int32]) { self.pages = pages }

  /// The places of another histogram, behind those that are there.
  mutating func append(_ other: HistogramPlaces) { pages += other.pages }
}

extension LatencyHistogram {
  var places: HistogramPlaces {
    var starts = [Int32](repeating: 0, count: buckets.count >> Self.pageBits)
    for (page, start) in pages.enumerated() where start >= 0 {
      starts[Int(start) >> Self.pageBits] = Int32(firstPage + page)
    }
    return HistogramPlaces(pages: starts)
  }

  /// Of the bucket that ``add(_:count:)`` added to last; nil before it was called.
  var latestPlace: Int? { high > low ? current : nil }
}
