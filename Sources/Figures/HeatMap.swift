import Foundation

/// A grid of coloured cells, each with its value written in it where there is room.
public struct HeatMap: Hashable, Sendable {
  /// Rows from the bottom, each with its cells from the left: [rows, columns].
  public var rows: [[Cell]]
  public var scale: Scale
  /// Values named beside the colour bar; empty leaves the bar out, for instance where another panel has it.
  public var ticks: [Axis.Tick]
  /// What marks say, for the legend.
  public var meanings: [Cell.Mark: String]

  public struct Cell: Hashable, Sendable {
    /// What its colour says; not finite leaves it white.
    public var value: Double
    public var text: String
    public var mark: Mark?
    /// A dashed line parts cells that are from those that are not.
    public var isWithinLimit: Bool

    public enum Mark: Hashable, Sendable {
      /// Hatched: it has no value that another run would find again.
      case hatched
      /// Grey: its value cannot be told from the middle of the scale.
      case pale
    }

    public init(_ value: Double, text: String, mark: Mark? = nil, isWithinLimit: Bool = true) {
      self.value = value
      self.text = text
      self.mark = mark
      self.isWithinLimit = isWithinLimit
    }
  }

  /// From values to colours. Both kinds become darker away from white, so that they are read without colour too.
  public enum Scale: Hashable, Sendable {
    /// White to dark blue from the lowest to the highest value, by their logarithms.
    case sequential(ClosedRange<Double>)
    /// Blue below 0, white at 0, red above; as dark at −`reach` as at `reach`.
    case diverging(reach: Double)
  }

  public init(rows: [[Cell]], scale: Scale, ticks: [Axis.Tick], meanings: [Cell.Mark: String] = [:]) {
    self.rows = rows
    self.scale = scale
    self.ticks = ticks
    self.meanings = meanings
  }

  var columnCount: Int { rows.map(\.count).max() ?? 0 }
}

extension HeatMap.Scale {
  /// Red, green and blue in 0 ... 255.
  typealias RGB = SIMD3<Double>

  private static let white = RGB(255, 255, 255)
  /// Blues of ColorBrewer's "Blues" and oranges of its "Oranges" (Brewer, Harrower): printed in grey they darken evenly.
  private static let blues = [RGB(239, 243, 255), RGB(158, 202, 225), RGB(66, 146, 198), RGB(8, 69, 148)]
  private static let oranges = [RGB(254, 237, 222), RGB(253, 174, 107), RGB(230, 85, 13), RGB(140, 45, 4)]

  /// White where there is no value.
  func colour(of value: Double) -> RGB {
    guard value.isFinite else { return Self.white }
    switch self {
    case .sequential(let range):
      guard value > 0, range.lowerBound > 0, range.upperBound > range.lowerBound else { return Self.blues[0] }
      return Self.ramp(Self.blues, at: share(of: value))
    case .diverging(let reach):
      guard reach > 0 else { return Self.white }
      return Self.ramp(
        [Self.white] + (value < 0 ? Self.blues : Self.oranges).dropFirst(), at: abs(value) / reach)
    }
  }

  /// Where a value stands on the scale, 0 to 1 inside it.
  func share(of value: Double) -> Double {
    switch self {
    case .sequential(let range): log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    case .diverging(let reach): (value / reach + 1) / 2
    }
  }

  func value(at share: Double) -> Double {
    switch self {
    case .sequential(let range):
      range.lowerBound * pow(range.upperBound / range.lowerBound, share)
    case .diverging(let reach): (2 * share - 1) * reach
    }
  }

  private static func ramp(_ stops: [RGB], at share: Double) -> RGB {
    let place = min(max(share, 0), 1) * Double(stops.count - 1)
    let i = min(Int(place), stops.count - 2)
    return stops[i] + (stops[i + 1] - stops[i]) * (place - Double(i))
  }
}

extension HeatMap.Scale.RGB {
  var integer: Int { Int(x.rounded()) << 16 | Int(y.rounded()) << 8 | Int(z.rounded()) }
  /// Whether white text is easier to read on it than dark text: relative luminance by ITU-R BT.601.
  var isDark: Bool { 0.299 * x + 0.587 * y + 0.114 * z < 140 }
}

extension Axis {
  /// Places 0, 1, 2, … with a name each, as columns or rows of a heat map have.
  public static func categories(_ label: String, _ names: [String]) -> Axis {
    Axis(
      label: label, range: -0.5...(Double(max(1, names.count)) - 0.5),
      ticks: names.enumerated().map { Tick(Double($0.offset), $0.element) })
  }
}
