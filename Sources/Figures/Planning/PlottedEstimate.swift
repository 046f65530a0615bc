/// A figure and where it may lie, both in the unit that whoever holds it names.
public struct PlottedEstimate: Hashable, Sendable {
  public var value: Double
  /// nil where it is not known.
  public var interval: ClosedRange<Double>?

  /// - Parameters:
  ///   - lower: of the interval.
  ///   - upper: of the interval; both finite and in this order, or there is none.
  public init(_ value: Double, lower: Double? = nil, upper: Double? = nil) {
    self.value = value
    if let lower, let upper, lower.isFinite, upper.isFinite, lower <= upper { interval = lower...upper }
  }

  /// In another unit.
  func scaled(_ factor: Double) -> PlottedEstimate {
    PlottedEstimate(
      value * factor, lower: interval.map { $0.lowerBound * factor },
      upper: interval.map { $0.upperBound * factor })
  }

  /// Whether its sign is known.
  var excludesZero: Bool {
    guard let interval else { return value != 0 && value.isFinite }
    return interval.lowerBound > 0 || interval.upperBound < 0
  }
}
