import Foundation

// Continuous distributions. Each is a plain function of the item's draws.
extension RandomDraws {
  /// Exponential with mean 1.
  public mutating func exponential() -> Double { -log(positiveUniform()) }

  /// Normal with mean 0 and standard deviation 1 (Box and Muller; one of the pair, so that two words are always used).
  public mutating func normal() -> Double {
    let radius = (2 * exponential()).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Lognormal: the logarithm is normal with mean `log(median)` and standard deviation `sigma`.
  public mutating func lognormal(median: Double, sigma: Double) -> Double { median * exp(sigma * normal()) }

  /// Gamma with mean 1 and coefficient of variation 1/√shape.
  ///
  /// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000; below shape 1 through
  /// G(k) = G(k + 1) · U^(1/k). For tiny shapes nearly all values underflow to 0, as they should: of shape 0.0058
  /// about 1 in 75 does.
  ///
  /// - Precondition: `shape` is above 0 and finite.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "gamma shape \(shape) is not above 0 and finite")
    guard shape < 1 else { return standardGamma(shape: shape) / shape }
    let larger = standardGamma(shape: shape + 1)
    return larger * pow(positiveUniform(), 1 / shape) / shape
  }

  /// Gamma with scale 1, for shapes of at least 1.
  private mutating func standardGamma(shape: Double) -> Double {
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(positiveUniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Uniform in (0, 1], for logarithms.
  private mutating func positiveUniform() -> Double { 1 - uniform() }
}
