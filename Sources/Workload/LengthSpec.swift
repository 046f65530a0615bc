/// A length in tokens: a distribution, rounded to whole tokens and cut to `min ... max` by clamping, which puts what lies
/// beyond an end on that end.
public struct LengthSpec: Hashable, Sendable {
  public var distribution: Distribution
  public var min: Int
  public var max: Int?

  public enum Distribution: Hashable, Sendable {
    case constant(Int)
    /// Every whole number of the range equally often, both ends included.
    case uniform(Int, Int)
    /// The logarithm is normal; its standard deviation is ln(p90/median) / 1.28155, the normal's 90th percentile.
    case lognormal(median: Double, p90: Double)
    case quantiles(QuantileTable)
    /// The trace's own lengths, joint with its other columns: request i has the lengths of row i.
    case trace
  }

  public init(_ distribution: Distribution, min: Int = 1, max: Int? = nil) {
    self.distribution = distribution
    self.min = min
    self.max = max
  }

  /// The largest length there is: beyond every published context window.
  static let limit = 10_000_000
}
