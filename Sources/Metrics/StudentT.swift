import Foundation

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
