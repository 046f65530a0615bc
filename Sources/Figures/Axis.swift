import Foundation

/// A quantity along one side of a panel.
public struct Axis: Hashable, Sendable {
  /// What is measured, with its unit where the tick labels do not carry it: "KV cache in use (%)".
  public var label: String
  public var isLog: Bool
  /// Never empty, above 0 on a logarithmic axis.
  public var range: ClosedRange<Double>
  /// Empty: round numbers, chosen when the figure is drawn.
  public var ticks: [Tick]

  public struct Tick: Hashable, Sendable {
    public var value: Double
    /// Empty for a minor tick.
    public var label: String

    public init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  /// - Parameter range: widened if its ends are equal, so that one lone value has a place in the middle.
  public init(label: String, isLog: Bool = false, range: ClosedRange<Double>, ticks: [Tick] = []) {
    self.label = label
    self.isLog = isLog
    self.range = isLog ? Self.logRange(range) : Self.linearRange(range)
    self.ticks = ticks
  }

  /// From 0 to a little above the largest finite value, or to 1 if there is none above 0, with three to six ticks.
  ///
  /// - Parameter isCount: ticks at whole numbers only, and no less than 0 to 1.
  public static func fromZero(_ label: String, values: some Sequence<Double>, isCount: Bool = false) -> Axis {
    let top = values.lazy.filter(\.isFinite).max() ?? 0
    let end = top > 0 ? (isCount ? max(top, 1) : top) * 1.06 : 1
    return Axis(label: label, range: 0...end, ticks: linearTicks(upTo: end, isCount: isCount))
  }

  /// Multiples of 1, 2 or 5 times a power of ten.
  private static func linearTicks(upTo end: Double, isCount: Bool) -> [Tick] {
    let rough = end / 6
    let power = pow(10, log10(rough).rounded(.down))
    var step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
    if isCount { step = max(1, step) }
    guard step > 0, step.isFinite else { return [] }
    return (0...Int(end / step)).map { Tick(Double($0) * step, plain(Double($0) * step)) }
  }

  /// A logarithmic axis of durations, values in milliseconds; ticks are labelled "10 ms", "2 s". Values that a logarithm
  /// does not have (0, infinity) are left out; with none left it spans 1 ms ... 1 s.
  public static func durations(_ label: String, milliseconds values: some Sequence<Double>) -> Axis {
    var axis = Axis.logarithmic(
      label.isEmpty ? "log scale" : label + ", log scale", values: values, otherwise: 1...1000)
    axis.ticks = logTicks(in: axis.range) { value in
      let unit = value >= 999.5 ? (1e-3, "s") : value >= 0.9995 ? (1, "ms") : (1e3, "µs")
      return "\(plain(value * unit.0)) \(unit.1)"
    }
    return axis
  }

  static func logarithmic(
    _ label: String, values: some Sequence<Double>, otherwise: ClosedRange<Double>
  ) -> Axis {
    let usable = values.filter { $0.isFinite && $0 > 0 }
    let (low, high) = (usable.min() ?? otherwise.lowerBound, usable.max() ?? otherwise.upperBound)
    let room = max(1.06, pow(high / low, 0.02))
    var axis = Axis(label: label, isLog: true, range: (low / room)...(high * room))
    axis.ticks = logTicks(in: axis.range, label: plain)
    return axis
  }

  /// Whether the axis has a place for a value.
  func shows(_ value: Double) -> Bool { value.isFinite && (!isLog || value > 0) }

  /// Where a value lies along the axis: 0 at its lower, 1 at its upper end.
  func fraction(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    return isLog ? log(value / low) / log(high / low) : (value - low) / (high - low)
  }

  private static func linearRange(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let (low, high) = (range.lowerBound, range.upperBound)
    guard low.isFinite, high.isFinite else { return 0...1 }
    guard high - low <= abs(high) * 1e-9 else { return range }
    return high == 0 ? 0...1 : (low - abs(low) * 0.5)...(high + abs(high) * 0.5)
  }

  /// At least a factor of two, so that there are ticks to read.
  private static func logRange(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let (low, high) = (range.lowerBound, range.upperBound)
    guard low > 0, low.isFinite, high.isFinite else { return 1...10 }
    guard high / low < 2 else { return range }
    let middle = (low * high).squareRoot()
    return (middle / 2)...(middle * 2)
  }

  /// Round digits within a decade, 1-2-5 steps up to two, then powers of ten, thinned above eight decades; the other digits are minor ticks.
  static func logTicks(in range: ClosedRange<Double>, label: (Double) -> String) -> [Tick] {
    let decades = log10(range.upperBound / range.lowerBound)
    let labelled: [Double] =
      decades <= 1 ? [1, 2, 3, 4, 5, 7] : decades <= 1.4 ? [1, 2, 3, 5] : decades <= 2.2 ? [1, 2, 5] : [1]
    let every = max(1, Int((decades / 8).rounded(.up)))
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    var ticks: [Tick] = []
    for exponent in first...last {
      for digit in 1...9 {
        let value = Double("\(digit)e\(exponent)") ?? .nan
        guard range.contains(value) else { continue }
        let isLabelled = labelled.contains(Double(digit)) && exponent.isMultiple(of: every)
        if isLabelled {
          ticks.append(Tick(value, label(value)))
        } else if every == 1 {
          ticks.append(Tick(value, ""))
        }
      }
    }
    return ticks
  }

  /// 0.01, 20, 100000, 1e7: no exponent where a person would not write one.
  static func plain(_ value: Double) -> String {
    let text =
      (0.0001..<1e6).contains(abs(value)) ? String(format: "%.10f", value) : String(format: "%.6g", value)
    guard text.contains("."), !text.contains("e") else {
      return text.replacingOccurrences(of: "e+0", with: "e")
    }
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }
}
