/// A physical amount with a unit: a `Double` that only combines with amounts of the same unit.
///
/// `value` is in the unit's base (seconds, bytes, FLOP, FLOP/s, bytes/s). Sums and scaling stay in the unit, the ratio of two
/// amounts of one unit is a plain number; conversions between units (bytes ÷ bandwidth = time) are written out in
/// `Units.swift`, so an expression whose units do not work out does not compile.
public protocol Quantity: Hashable, Comparable, Sendable, Codable, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral, CustomStringConvertible
{
  var value: Double { get set }
  init(_ value: Double)
  /// Units as a person writes them, largest first; the first one not above the amount is used to print it.
  static var units: [Unit] { get }
}

/// A spelling of a unit and its size in the base unit.
public struct Unit: Sendable {
  public let symbol: String
  public let scale: Double

  public init(_ symbol: String, _ scale: Double) {
    self.symbol = symbol
    self.scale = scale
  }
}

extension Quantity {
  @inlinable public static var zero: Self { Self(0) }

  @inlinable public init(floatLiteral value: Double) { self.init(value) }
  @inlinable public init(integerLiteral value: Int) { self.init(Double(value)) }

  @inlinable public static func + (a: Self, b: Self) -> Self { Self(a.value + b.value) }
  @inlinable public static func - (a: Self, b: Self) -> Self { Self(a.value - b.value) }
  @inlinable public static func * (a: Self, b: Double) -> Self { Self(a.value * b) }
  @inlinable public static func * (a: Double, b: Self) -> Self { Self(a * b.value) }
  @inlinable public static func / (a: Self, b: Double) -> Self { Self(a.value / b) }
  @inlinable public static func / (a: Self, b: Self) -> Double { a.value / b.value }
  @inlinable public static func += (a: inout Self, b: Self) { a.value += b.value }
  @inlinable public static func -= (a: inout Self, b: Self) { a.value -= b.value }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(Double.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
