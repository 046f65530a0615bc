/// A sample set, sorted once, with its mean and standard deviation.
///
/// Figures are in the unit of the samples; for latencies that is seconds. Equal samples are kept once with their number,
/// so a set of weighted samples gives bit for bit what the same set written out gives, without being written out.
/// Building costs O(n log n), a percentile O(log n).
///
/// An empty set reports 0 everywhere, as vLLM's benchmark does; check ``count`` where that matters.
public struct Distribution: Hashable, Sendable {
  /// Number of samples, each counted as often as it occurs.
  public let count: Int
  public let mean: Double
  /// Population standard deviation: the mean squared deviation is divided by `count`, not by `count − 1`.
  public let std: Double
  /// The distinct samples in ascending order.
  private let values: [Double]
  /// `cumulative[i]`: number of samples that are at most `values[i]`.
  private let cumulative: [Int]

  public init(_ samples: [Double]) {
    self.init(sorted: samples.sorted().lazy.map { WeightedSample(value: $0, count: 1) })
  }

  /// Entries with a count of 0 or less are left out.
  public init(_ samples: [WeightedSample]) {
    self.init(sorted: samples.filter { $0.count > 0 }.sorted { $0.value < $1.value })
  }

  /// The samples of a histogram, each by the mean of its bucket: percentiles are within ``LatencyHistogram/relativeError``; mean, standard
  /// deviation and extremes are exact. O(buckets).
  public init(_ histogram: LatencyHistogram) {
    let filled = histogram.filled
    self.init(sorted: histogram.samples(of: filled), moments: histogram.moments(of: filled))
  }

  /// Samples that stand for more of them, whose mean and standard deviation are known: what a histogram left of a run.
  public init(_ samples: [WeightedSample], mean: Double, std: Double) {
    self.init(
      sorted: samples.filter { $0.count > 0 }.sorted { $0.value < $1.value }, moments: (mean: mean, std: std))
  }

  private init(
    sorted samples: some Collection<WeightedSample>, moments: (mean: Double, std: Double)? = nil
  ) {
    var values: [Double] = []
    var counts: [Int] = []
    values.reserveCapacity(samples.count)
    counts.reserveCapacity(samples.count)
    for sample in samples {
      if let last = values.last, last == sample.value {
        counts[counts.count - 1] += sample.count
      } else {
        values.append(sample.value)
        counts.append(sample.count)
      }
    }

    (mean, std) = moments ?? Self.moments(values: values, counts: counts)
    count = counts.reduce(0, +)
    var running = 0
    for i in counts.indices {
      running += counts[i]
      counts[i] = running
    }
    self.values = values
    self.cumulative = counts
  }

  private static func moments(values: [Double], counts: [Int]) -> (mean: Double, std: Double) {
    let total = counts.reduce(0, +)
    guard total > 0 else { return (0, 0) }
    var sum = CompensatedSum()
    for (value, count) in zip(values, counts) { sum.add(value, times: count) }
    let mean = sum.value / Double(total)
    var squares = CompensatedSum()
    for (value, count) in zip(values, counts) { squares.add((value - mean) * (value - mean), times: count) }
    return (mean, (squares.value / Double(total)).squareRoot())
  }

  public var isEmpty: Bool { count == 0 }
  public var min: Double { values.first ?? 0 }
  public var max: Double { values.last ?? 0 }

  /// The middle sample, or the mean of the two middle ones.
  public var median: Double {
    guard count > 0 else { return 0 }
    let upper = orderStatistic(count / 2)
    return count % 2 == 1 ? upper : (orderStatistic(count / 2 - 1) + upper) / 2
  }

  /// The `percent`-th percentile, interpolated linearly between the order statistics at positions ⌊h⌋ and ⌊h⌋ + 1 with
  /// h = (count − 1) · percent / 100: numpy's method `linear`, with numpy's choice of the end to interpolate from, so
  /// that results agree to the last bit.
  ///
  /// - Precondition: `percent` is in 0 ... 100.
  public func percentile(_ percent: Double) -> Double {
    precondition((0...100).contains(percent), "percentile \(percent) is not in 0...100")
    guard count > 0 else { return 0 }
    let position = Double(count - 1) * (percent / 100)
    let lower = Int(position)
    guard lower < count - 1 else { return max }
    let fraction = position - Double(lower)
    let (a, b) = (orderStatistic(lower), orderStatistic(lower + 1))
    return fraction < 0.5 ? a + (b - a) * fraction : b - (b - a) * (1 - fraction)
  }

  /// The share of samples that are at most `value`, in 0 ... 1. O(log n).
  public func fraction(atMost value: Double) -> Double {
    guard count > 0 else { return 0 }
    let above = firstIndex(in: values) { $0 > value }
    return above == 0 ? 0 : Double(cumulative[above - 1]) / Double(count)
  }

  /// The distinct samples in ascending order, each with how often it occurs: the steps of the empirical distribution.
  public var samples: [WeightedSample] {
    values.indices.map { i in
      WeightedSample(value: values[i], count: i == 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1])
    }
  }

  /// The sample at 0-based position `rank` of the sorted, written-out set.
  private func orderStatistic(_ rank: Int) -> Double {
    // Without repetitions the rank is the position.
    values.count == count ? values[rank] : values[firstIndex(in: cumulative) { $0 > rank }]
  }
}

/// The first position whose element satisfies a condition that, once true, stays true; the length if there is none.
private func firstIndex<Element>(in elements: [Element], where condition: (Element) -> Bool) -> Int {
  var (low, high) = (0, elements.count)
  while low < high {
    let middle = (low + high) / 2
    if condition(elements[middle]) { high = middle } else { low = middle + 1 }
  }
  return low
}
