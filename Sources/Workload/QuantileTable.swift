import Foundation

/// A distribution given by some of its quantiles, linear in between.
public struct QuantileTable: Hashable, Sendable {
  /// Ascending in both; the first percent is 0, the last 100.
  public var points: [Point]

  public struct Point: Hashable, Sendable {
    public var percent: Double
    public var value: Double

    public init(percent: Double, value: Double) {
      self.percent = percent
      self.value = value
    }
  }

  public init(points: [Point]) { self.points = points }

  /// The value below which the share `fraction` of the distribution lies. O(log points).
  ///
  /// - Precondition: the table is valid and `fraction` is in 0 ... 1.
  public func value(at fraction: Double) -> Double {
    let percent = fraction * 100
    var (low, high) = (0, points.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle].percent <= percent { low = middle } else { high = middle }
    }
    let (a, b) = (points[low], points[high])
    return a.value + (b.value - a.value) * (percent - a.percent) / (b.percent - a.percent)
  }

  /// The mean of the distribution: each stretch between two points is uniform.
  public var mean: Double { moment { a, b in (a + b) / 2 } }

  /// The standard deviation divided by the mean.
  public var coefficientOfVariation: Double {
    let square = moment { a, b in (a * a + a * b + b * b) / 3 }
    return max(0, square - mean * mean).squareRoot() / mean
  }

  /// The sum over the stretches, each weighted with its share.
  private func moment(_ ofStretch: (Double, Double) -> Double) -> Double {
    var sum = 0.0
    for (a, b) in zip(points, points.dropFirst()) {
      sum += (b.percent - a.percent) / 100 * ofStretch(a.value, b.value)
    }
    return sum
  }

  /// What keeps this from being a distribution of amounts from 0 to `largest`; nil if nothing does.
  func problem(largest: Double) -> String? {
    guard points.count >= 2 else {
      return "\(points.count) quantiles; at least two are needed, 0 % and 100 %"
    }
    for point in points where !(0...largest).contains(point.value) {
      return "\(point.percent) % is \(point.value); allowed are 0 to \(largest.formatted())"
    }
    for (a, b) in zip(points, points.dropFirst()) {
      if !(a.percent < b.percent) { return "\(b.percent) % follows \(a.percent) %; percents must rise" }
      if a.value > b.value {
        return "\(b.percent) % is \(b.value), below \(a.value) at \(a.percent) %; values must not fall"
      }
    }
    guard let first = points.first, let last = points.last, first.percent == 0, last.percent == 100 else {
      return "runs from \(points[0].percent) % to \(points[points.count - 1].percent) %; must be 0 % to 100 %"
    }
    return nil
  }
}
