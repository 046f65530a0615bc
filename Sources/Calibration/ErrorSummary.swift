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
    let sizes = errors.map(abs).sorted()
    points = errors.count
    medianPercent = Self.quantile(sizes, 0.5)
    p90Percent = Self.quantile(sizes, 0.9)
    biasPercent = Self.quantile(errors.sorted(), 0.5)
  }

  /// Linear between the two nearest of the sorted values, as NumPy's default.
  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }
}
