import Foundation

extension Draws {
  /// Uniform over the whole numbers of a range, both ends included, without bias (D. Lemire, 2019).
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)) &+ 1
    guard span != 0 else { return Int(truncatingIfNeeded: bits()) }
    var product = span.multipliedFullWidth(by: bits())
    if product.low < span {
      let rejected = (0 &- span) % span
      while product.low < rejected { product = span.multipliedFullWidth(by: bits()) }
    }
    return range.lowerBound &+ Int(truncatingIfNeeded: product.high)
  }

  /// Exponential with mean 1.
  public mutating func exponential() -> Double { -log(positiveUnit()) }

  /// Standard normal (Box and Muller; the second number is not kept, so that draws stay independent of their neighbours).
  public mutating func normal() -> Double {
    let radius = (-2 * log(positiveUnit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// Gamma with the given shape and scale 1: mean and variance are both `shape`.
  ///
  /// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", 2000; below 1 by the factor U^(1/shape).
  ///
  /// - Precondition: `shape` is above 0 and finite.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "a gamma distribution has a positive shape, not \(shape)")
    if shape < 1 { return gamma(shape: shape + 1) * pow(positiveUnit(), 1 / shape) }
    if shape == 1 { return exponential() }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = 1 + c * x
      guard v > 0 else { continue }
      let cube = v * v * v
      if log(positiveUnit()) < 0.5 * x * x + d - d * cube + d * log(cube) { return d * cube }
    }
  }
}
