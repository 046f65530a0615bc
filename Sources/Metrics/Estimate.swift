/// A statistic of a run together with how it varies: what it was in each of several batches of the run, or in each of several replications.
///
/// Parts are numbers whose mean is the statistic, so that one rule serves all statistics. For a mean of a batch they are the batch's own
/// mean, for a percentile the percentile moved by what the batch says of it (see ``init(percentile:of:below:counts:batchSize:)``).
/// Two estimates with the same parts, made from the same arrivals, can be compared pair by pair: ``difference(from:level:)``, ``ratio(to:level:)``.
public struct Estimate: Hashable, Sendable {
  /// In the unit of the statistic.
  public var value: Double
  /// In order of arrival, or of the replications' numbers.
  public var parts: [Double]
  public var origin: Origin

  public enum Origin: Hashable, Sendable {
    /// Successive batches of so many requests of one run.
    case batches(size: Int)
    /// Independent runs, each with a seed of its own.
    case replications
  }

  /// Fewer batches than these say too little of how they vary.
  public static let fewestBatches = 10
  /// Shorter batches say too little of themselves.
  public static let smallestBatch = 5

  public init(value: Double, parts: [Double], origin: Origin) {
    self.value = value
    self.parts = parts
    self.origin = origin
  }

  /// The mean of a statistic over replications.
  ///
  /// - Returns: nil if there are fewer than two.
  public init?(replications: [Double]) {
    guard let interval = ConfidenceInterval(replications: replications) else { return nil }
    self.init(value: interval.mean, parts: replications, origin: .replications)
  }

  /// A mean or a share from sums and counts of batches, Σ sums / Σ counts, linearised: a batch with more samples weighs more.
  ///
  /// - Parameters:
  ///   - sums: of a batch's samples; for a share, of its ones.
  ///   - counts: of a batch's samples. Batches without any are left out.
  ///   - batchSize: requests in a batch.
  /// - Returns: nil if there are too few batches or they are too short: see ``fewestBatches`` and ``smallestBatch``.
  public init?(sums: [Double], counts: [Double], batchSize: Int) {
    precondition(sums.count == counts.count, "\(sums.count) sums of \(counts.count) batches")
    let filled = zip(sums, counts).filter { $0.1 > 0 }
    guard filled.count >= Self.fewestBatches, batchSize >= Self.smallestBatch else { return nil }
    var (sum, count) = (CompensatedSum(), 0.0)
    for (batch, samples) in filled {
      sum.add(batch)
      count += samples
    }
    let (mean, perBatch) = (sum.value / count, count / Double(filled.count))
    self.init(
      value: mean, parts: filled.map { mean + ($0.0 - mean * $0.1) / perBatch },
      origin: .batches(size: batchSize))
  }

  /// A percentile of one run, by batch means of the share of samples below it.
  ///
  /// With q the run's percentile and F̂ⱼ the share of batch j's samples that are at most q, the F̂ⱼ give a half-width δ for p, and
  /// q's is that of the run's own distribution, (Q(p + δ) − Q(p − δ)) / 2 (Asmussen & Glynn, *Stochastic Simulation*, chapter III:
  /// the variance of a quantile is that of the empirical distribution there, over the density squared). Part j is
  /// q − (F̂ⱼ − p) · half-width / δ.
  ///
  /// - Parameters:
  ///   - percent: above 0, below 100.
  ///   - samples: all of the run's samples, those of the batches among them.
  ///   - below: for each batch, how many of its samples are at most the percentile; may be fractional where equal samples straddle it.
  ///   - counts: of a batch's samples. Batches without any are left out.
  ///   - batchSize: requests in a batch.
  /// - Returns: nil where there are too few samples: with p ± δ beyond 0 and 1 nothing is known of one end of the interval.
  public init?(
    percentile percent: Double, of samples: Distribution, below: [Double], counts: [Double], batchSize: Int
  ) {
    guard percent > 0, percent < 100, let shares = Estimate(sums: below, counts: counts, batchSize: batchSize)
    else { return nil }
    let (p, value) = (percent / 100, samples.percentile(percent))
    let δ = shares.interval().halfWidth
    // A batch that differs from the others in nothing: the samples are all alike around the percentile.
    guard δ > 0 else {
      self.init(value: value, parts: shares.parts.map { _ in value }, origin: shares.origin)
      return
    }
    // The outermost samples have 1/n of all beyond them; less cannot be looked up.
    let edge = 1 / Double(max(1, samples.count))
    guard p - δ > edge, p + δ < 1 - edge else { return nil }
    let slope = (samples.percentile(100 * (p + δ)) - samples.percentile(100 * (p - δ))) / (2 * δ)
    self.init(
      value: value, parts: shares.parts.map { value - ($0 - shares.value) * slope }, origin: shares.origin)
  }

  // MARK: Intervals

  /// The interval of the statistic.
  ///
  /// - Parameter level: in 0 ..< 1.
  public func interval(level: Double = 0.95) -> ConfidenceInterval {
    Self.interval(value, parts, origin, level)
  }

  /// This statistic − another's, pair by pair.
  ///
  /// - Returns: nil if the parts of the two are not the same batches or replications.
  public func difference(from base: Estimate, level: Double = 0.95) -> ConfidenceInterval? {
    guard isPaired(with: base) else { return nil }
    return Self.interval(value - base.value, zip(parts, base.parts).map { $0 - $1 }, origin, level)
  }

  /// This statistic / another's, pair by pair, by the delta method; see ``ConfidenceInterval/init(ratioOf:to:level:)``.
  ///
  /// - Returns: nil if the parts of the two are not the same batches or replications, or the other statistic is 0.
  public func ratio(to base: Estimate, level: Double = 0.95) -> ConfidenceInterval? {
    guard isPaired(with: base), base.value != 0 else { return nil }
    let ratio = value / base.value
    return Self.interval(ratio, zip(parts, base.parts).map { ($0 - ratio * $1) / base.value }, origin, level)
  }

  /// The same variation around the statistic of the whole run, of which batches leave out a few requests.
  func moved(to value: Double) -> Estimate {
    let shift = value - self.value
    return Estimate(value: value, parts: parts.map { $0 + shift }, origin: origin)
  }

  private func isPaired(with base: Estimate) -> Bool {
    parts.count == base.parts.count && origin == base.origin
  }

  private static func interval(
    _ value: Double, _ parts: [Double], _ origin: Origin, _ level: Double
  ) -> ConfidenceInterval {
    let distribution = Distribution(parts)
    let n = parts.count
    guard n >= 2 else {
      return ConfidenceInterval(mean: value, halfWidth: .infinity, level: level, parts: n, batchSize: 1)
    }
    var variance = distribution.std * distribution.std / Double(n - 1)
    var batchSize = 1
    if case .batches(let size) = origin {
      variance *= correlationFactor(
        parts, mean: distribution.mean, variance: distribution.std * distribution.std)
      batchSize = size
    }
    return ConfidenceInterval(
      mean: value,
      halfWidth: StudentT.quantile(level: level, degreesOfFreedom: n - 1) * variance.squareRoot(),
      level: level, parts: n, batchSize: batchSize)
  }

  /// By how much the variance of a mean of batches that still lean on their neighbours exceeds that of independent ones: (1 + φ)/(1 − φ)
  /// with φ the correlation of successive batches, as in Skart (Tafazzoli & Wilson, *Skart: a skewness- and
  /// autoregression-adjusted batch-means procedure*, IIE Transactions 43, 2011). A negative φ narrows nothing.
  private static func correlationFactor(_ parts: [Double], mean: Double, variance: Double) -> Double {
    guard variance > 0 else { return 1 }
    var sum = 0.0
    for (x, y) in zip(parts, parts.dropFirst()) { sum += (x - mean) * (y - mean) }
    let φ = min(max(0, sum / (Double(parts.count) * variance)), largestCorrelation)
    return (1 + φ) / (1 - φ)
  }

  /// Of twenty batches a correlation is known to ±0.2; nearer to 1 the factor would be noise.
  private static let largestCorrelation = 0.8
}
