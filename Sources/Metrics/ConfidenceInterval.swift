import Foundation

/// A confidence interval for the mean of correlated observations, by batch means.
///
/// Successive latencies of a queue are correlated, so the usual σ/√n is far too narrow. The sequence is cut into a few long
/// batches; their means are nearly independent and nearly normal, and Student's t applies to them (Law, *Simulation
/// Modeling and Analysis*, 9.5.3). Figures are in the unit of the observations.
public struct ConfidenceInterval: Hashable, Sendable, Codable {
  public var mean: Double
  /// The interval is mean ± half-width.
  public var halfWidth: Double
  /// In 0 ..< 1, for example 0.95.
  public var level: Double
  public var batches: Int
  public var batchSize: Int

  public var lower: Double { mean - halfWidth }
  public var upper: Double { mean + halfWidth }

  /// - Parameters:
  ///   - observations: in order of arrival. If their number is no multiple of `batches`, the first few are left out (they
  ///     are nearest to the empty start).
  ///   - batches: at least 2; 10 to 30 is usual.
  ///   - level: in 0 ..< 1.
  /// - Returns: nil if there are fewer observations than batches.
  public init?(batchMeansOf observations: [Double], batches: Int = 20, level: Double = 0.95) {
    precondition(batches >= 2 && level >= 0 && level < 1, "needs two batches and a level in 0..<1")
    let size = observations.count / batches
    guard size > 0 else { return nil }
    let first = observations.count - size * batches
    let means = (0..<batches).map { batch in
      var sum = CompensatedSum()
      for x in observations[(first + batch * size)..<(first + (batch + 1) * size)] { sum.add(x) }
      return sum.value / Double(size)
    }
    let distribution = Distribution(means)
    mean = distribution.mean
    // Sample variance of the batch means (÷ b − 1), over b, from the population variance (÷ b).
    let standardError = distribution.std / Double(batches - 1).squareRoot()
    halfWidth = StudentT.quantile(level: level, degreesOfFreedom: batches - 1) * standardError
    self.level = level
    self.batches = batches
    batchSize = size
  }

  /// From independent observations, one for each replication of a run: Student's t.
  ///
  /// - Parameter level: in 0 ..< 1.
  /// - Returns: nil if there are fewer than two.
  public init?(replications: [Double], level: Double = 0.95) {
    guard replications.count >= 2 else { return nil }
    self.init(batchMeansOf: replications, batches: replications.count, level: level)
  }
}

/// Student's t distribution with a whole number of degrees of freedom.
enum StudentT {
  /// P(|T| ≤ t) for t = √ν · tan θ: a finite sum (Abramowitz & Stegun 26.7.3 and 26.7.4). O(ν).
  static func probability(angle θ: Double, degreesOfFreedom ν: Int) -> Double {
    let (s, c) = (sin(θ), cos(θ))
    if ν == 1 { return 2 * θ / .pi }
    let isOdd = ν % 2 == 1
    var term = isOdd ? c : 1
    var sum = term
    for k in stride(from: isOdd ? 3 : 2, through: ν - 2, by: 2) {
      term *= c * c * Double(k - 1) / Double(k)
      sum += term
    }
    return isOdd ? 2 / .pi * (θ + s * sum) : s * sum
  }

  /// The t for which P(|T| ≤ t) = level, by bisection to the last bit of the angle.
  static func quantile(level: Double, degreesOfFreedom: Int) -> Double {
    var (low, high) = (0.0, Double.pi / 2)
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { break }
      let isBelow = probability(angle: middle, degreesOfFreedom: degreesOfFreedom) < level
      if isBelow { low = middle } else { high = middle }
    }
    return Double(degreesOfFreedom).squareRoot() * tan(high)
  }
}
