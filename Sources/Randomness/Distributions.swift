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
  public mutating func gamma(shape: Double) -> Double { GammaDistribution(shape: shape).draw(&self) }

  /// Uniform in (0, 1], for logarithms.
  fileprivate mutating func positiveUniform() -> Double { 1 - uniform() }
}

/// Gamma with mean 1, for many draws of one shape; see ``RandomDraws/gamma(shape:)``.
public struct GammaDistribution: Hashable, Sendable {
  public let shape: Double
  /// Marsaglia and Tsang's d and c, of `shape` or, below 1, of `shape` + 1.
  private let d: Double
  private let c: Double

  /// - Precondition: `shape` is above 0 and finite.
  public init(shape: Double) {
    precondition(shape > 0 && shape.isFinite, "gamma shape \(shape) is not above 0 and finite")
    self.shape = shape
    d = (shape < 1 ? shape + 1 : shape) - 1 / 3.0
    c = 1 / (9 * d).squareRoot()
  }

  /// The value of one item of a stream.
  public func value(at item: Int, of stream: RandomStream) -> Double {
    var draws = stream.draws(at: item)
    return draw(&draws)
  }

  func draw(_ draws: inout RandomDraws) -> Double {
    let value = standard(&draws)
    return shape < 1 ? value * pow(draws.positiveUniform(), 1 / shape) / shape : value / shape
  }

  /// With scale 1 and a shape of at least 1.
  private func standard(_ draws: inout RandomDraws) -> Double {
    while true {
      let x = draws.normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let u = draws.positiveUniform()
      // The paper's squeeze: it implies the exact condition, and its margin here is larger than all rounding, so that leaving out
      // two logarithms changes no decision.
      if d < 1000, u < 1 - 0.0331 * (x * x) * (x * x) - 1e-9 { return d * v }
      if log(u) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }
}
