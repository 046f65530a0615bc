public import Metrics

/// A figure of several independent runs: of all of them together, and how far chance may have moved it.
public struct EstimatedFigure: Hashable, Sendable, Codable {
  /// In the unit of the figure; of a percentile, that of the pooled samples.
  public var value: Double
  /// Student's t over the runs, centred on ``value``; nil if there was one run.
  public var interval: ConfidenceInterval?

  public init(value: Double, interval: ConfidenceInterval? = nil) {
    self.value = value
    self.interval = interval
  }

  public var lower: Double { interval?.lower ?? value }
  public var upper: Double { interval?.upper ?? value }
  /// Half-width ÷ value; nil without an interval or for a value of 0.
  public var relativeHalfWidth: Double? { value == 0 ? nil : interval.map { abs($0.halfWidth / value) } }

  func map(_ change: (Double) -> Double) -> EstimatedFigure {
    var result = EstimatedFigure(value: change(value), interval: interval)
    if let interval {
      let ends = (change(interval.lower), change(interval.upper))
      result.interval?.mean = result.value
      result.interval?.halfWidth = abs(ends.1 - ends.0) / 2
    }
    return result
  }
}
