import Foundation

/// A confidence interval by Student's t, from a few numbers that are independent or nearly so: one for each replication of a run, or one
/// for each of its batches.
///
/// Successive latencies of a queue are correlated, so the usual σ/√n is far too narrow. A run's sequence is cut into a few long
/// batches; their means are nearly independent and nearly normal, and Student's t applies to them (Law, *Simulation
/// Modeling and Analysis*, 9.5.3). Figures are in the unit of the observations.
public struct ConfidenceInterval: Hashable, Sendable, Codable {
  public var mean: Double
  /// The interval is mean ± half-width.
  public var halfWidth: Double
  /// In 0 ..< 1, for example 0.95.
  public var level: Double
  /// How many batches or replications it rests on; Student's t has one degree of freedom less.
  public var parts: Int
  /// Observations in a batch; 1 for replications.
  public var batchSize: Int

  public var lower: Double { mean - halfWidth }
  public var upper: Double { mean + halfWidth }

  /// Whether the interval holds a value, its ends included.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  /// How many batches a run is cut into: 10 to 30 is usual; more of them are shorter and less independent (Schmeiser, *Batch Size Effects in
  /// the Analysis of Simulation Output*, 1982).
  public static let usualBatches = 20

  public init(mean: Double, halfWidth: Double, level: Double, parts: Int, batchSize: Int) {
    self.mean = mean
    self.halfWidth = halfWidth
    self.level = level
    self.parts = parts
    self.batchSize = batchSize
  }

  /// The mean of correlated observations, by batch means.
  ///
  /// - Parameters:
  ///   - observations: in order of arrival. If their number is no multiple of `batches`, the first few are left out (they
  ///     are nearest to the empty start).
  ///   - batches: at least 2.
  ///   - level: in 0 ..< 1.
  /// - Returns: nil if there are fewer observations than batches.
  public init?(batchMeansOf observations: [Double], batches: Int = usualBatches, level: Double = 0.95) {
    precondition(batches >= 2 && level >= 0 && level < 1, "needs two batches and a level in 0..<1")
    let size = observations.count / batches
    guard size > 0 else { return nil }
    let first = observations.count - size * batches
    let means = (0..<batches).map { batch in
      Self.sum(observations[(first + batch * size)..<(first + (batch + 1) * size)]) / Double(size)
    }
    let distribution = Distribution(means)
    // Sample variance of the batch means (÷ b − 1), over b, from the population variance (÷ b).
    let standardError = distribution.std / Double(batches - 1).squareRoot()
    self.init(
      mean: distribution.mean,
      halfWidth: StudentT.quantile(level: level, degreesOfFreedom: batches - 1) * standardError, level: level,
      parts: batches, batchSize: size)
  }

  /// The mean of independent observations, one for each replication of a run.
  ///
  /// - Parameter level: in 0 ..< 1.
  /// - Returns: nil if there are fewer than two.
  public init?(replications: [Double], level: Double = 0.95) {
    guard replications.count >= 2 else { return nil }
    self.init(batchMeansOf: replications, batches: replications.count, level: level)
  }

  /// The mean difference a − b of two systems on the same replications: paired t. What both have in common, their arrivals, cancels
  /// (Law, 10.2.1).
  ///
  /// - Parameters:
  ///   - a: one figure a replication.
  ///   - b: the other system's, in the same order.
  /// - Returns: nil if there are fewer than two, or not as many of one as of the other.
  public init?(differenceOf a: [Double], from b: [Double], level: Double = 0.95) {
    guard a.count == b.count else { return nil }
    self.init(replications: zip(a, b).map { $0 - $1 }, level: level)
  }

  /// The ratio of two means over the same replications or batches, Σa / Σb, by the delta method: the variance of a mean of residuals
  /// a − r·b, over the mean of b (Asmussen & Glynn, *Stochastic Simulation*, chapter III).
  ///
  /// With `a` sums and `b` counts of batches it is the interval of a mean or of a share.
  ///
  /// - Returns: nil if there are fewer than two, not as many of one as of the other, or the mean of `b` is 0.
  public init?(ratioOf a: [Double], to b: [Double], level: Double = 0.95) {
    guard a.count == b.count, a.count >= 2 else { return nil }
    let (above, below) = (Self.sum(a[...]), Self.sum(b[...]))
    guard below != 0 else { return nil }
    let (ratio, mean) = (above / below, below / Double(b.count))
    self.init(replications: zip(a, b).map { ($0 - ratio * $1) / mean }, level: level)
    self.mean = ratio
  }

  private static func sum(_ values: ArraySlice<Double>) -> Double {
    var sum = CompensatedSum()
    for x in values { sum.add(x) }
    return sum.value
  }
}
