import Foundation

/// Numbers from one to another.
public struct SweepRange: Hashable, Sendable {
  public var from: Double
  public var to: Double
  /// How many values a grid takes, both ends included; nil where values are drawn.
  public var steps: Int?
  public var scale: Scale
  /// Rounds to whole numbers.
  public var isWhole: Bool

  /// How values are spread.
  public enum Scale: String, Hashable, Sendable, CaseIterable {
    /// By equal differences.
    case linear
    /// By equal ratios.
    case log
  }

  /// A value at a share of the way, 0 ... 1. Between the ends it has six significant digits.
  func value(at share: Double) -> Double {
    if share <= 0 { return rounded(from) }
    if share >= 1 { return rounded(to) }
    let exact =
      switch scale {
      case .linear: from + (to - from) * share
      case .log: from * pow(to / from, share)
      }
    guard !isWhole else { return exact.rounded() }
    return Double(String(format: "%.6g", exact)) ?? exact
  }

  private func rounded(_ end: Double) -> Double { isWhole ? end.rounded() : end }

  /// The values of a grid, ascending or descending; of values that become equal by rounding one is kept.
  var values: [Double] {
    let steps = steps ?? 1
    guard steps > 1 else { return [value(at: 0)] }
    return (0..<steps).map { value(at: Double($0) / Double(steps - 1)) }.reduce(into: []) {
      if $0.last != $1 { $0.append($1) }
    }
  }
}
