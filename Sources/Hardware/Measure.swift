import Foundation
import Quantities

/// How an amount is written in a profile file: with which units, and five significant digits.
public enum Measure: Hashable, Sendable {
  case number
  case seconds
  case bytes
  /// A memory size, in GiB.
  case memory
  case bytesPerSecond
  case flopsPerSecond

  init<Q: Quantity>(of quantity: Q.Type) {
    self =
      switch quantity {
      case is Seconds.Type: .seconds
      case is Bytes.Type: .bytes
      case is BytesPerSecond.Type: .bytesPerSecond
      default: .flopsPerSecond
      }
  }

  /// nil for a plain number.
  var quantity: (any Quantity.Type)? {
    switch self {
    case .number: nil
    case .seconds: Seconds.self
    case .bytes, .memory: Bytes.self
    case .bytesPerSecond: BytesPerSecond.self
    case .flopsPerSecond: FLOPsPerSecond.self
    }
  }

  /// Units to write in, largest first.
  private var units: [Quantities.Unit] {
    switch self {
    case .number: []
    case .seconds: [Unit("ms", 1e-3), Unit("us", 1e-6)]
    case .bytes: [Unit("MB", 1e6)]
    case .memory: [Unit("GiB", 1_073_741_824)]
    case .bytesPerSecond: [Unit("TB/s", 1e12), Unit("GB/s", 1e9)]
    case .flopsPerSecond: [Unit("TFLOP/s", 1e12)]
    }
  }

  /// "882.26 TFLOP/s". What is written reads back to the same text, not to the last bit of the number.
  public func text(_ value: Double) -> String {
    let digits = Self.rounded(value)
    guard let unit = units.first(where: { abs(digits) >= $0.scale }) ?? units.last else {
      return Self.plain(value)
    }
    return "\(Self.plain(value / unit.scale)) \(unit.symbol)"
  }

  private static func rounded(_ value: Double) -> Double { Double(String(format: "%.5g", value)) ?? value }

  private static func plain(_ value: Double) -> String { String(format: "%.5g", value) }
}
