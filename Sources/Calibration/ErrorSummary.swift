import Metrics
public import Quantities

/// How far predicted times are from measured ones, in percent of the measured time.
public struct ErrorSummary: Hashable, Sendable, Encodable {
  public var points: Int
  /// Of the absolute error.
  public var medianPercent: Double
  public var p90Percent: Double
  /// Median of the signed error; positive is too long.
  public var biasPercent: Double

  enum CodingKeys: String, CodingKey {
    case points
    case medianPercent = "median_error_percent"
    case p90Percent = "p90_error_percent"
    case biasPercent = "bias_percent"
  }

  /// nil without pairs.
  public init?(_ pairs: [(predicted: Seconds, measured: Seconds)]) {
    guard !pairs.isEmpty else { return nil }
    let errors = pairs.map { 100 * ($0.predicted / $0.measured - 1) }
    let sizes = Distribution(errors.map(abs))
    points = sizes.count
    medianPercent = sizes.median
    p90Percent = sizes.percentile(90)
    biasPercent = Distribution(errors).median
  }
}
