import Foundation

/// Why a text is not a quantity.
public struct QuantityError: Error, Hashable, CustomStringConvertible {
  public let description: String

  package init(_ description: String) { self.description = description }
}

extension Quantity {
  /// The amount in the unit a person would choose, with at most four significant digits: "1.5 ms", "80 GB".
  public var description: String {
    let decimal = Self.units.filter { !$0.symbol.contains("i") && $0.symbol != "µs" && $0.symbol != "h" }
      .sorted { $0.scale > $1.scale }
    let fallback = decimal.first { $0.scale == 1 } ?? Unit("", 1)
    guard value.isFinite, value != 0 else { return "\(shortest(value)) \(fallback.symbol)" }
    let unit = decimal.first { abs(value) >= $0.scale * 0.99995 } ?? decimal.last ?? fallback
    return "\(shortest(value / unit.scale)) \(unit.symbol)"
  }

  /// Reads "1.5 ms", "80GB", or a bare number in the base unit.
  ///
  /// - Throws: ``QuantityError`` naming what was found and which units are known.
  public init(parsing text: String) throws(QuantityError) {
    if let plain = Self(plain: text.utf8) {
      self = plain
      return
    }
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let split =
      trimmed.firstIndex { !($0.isNumber || "+-._".contains($0) || "eE".contains($0)) } ?? trimmed.endIndex
    var number = String(trimmed[..<split]).replacingOccurrences(of: "_", with: "")
    var symbol = trimmed[split...].trimmingCharacters(in: .whitespaces)
    // "1e" in "1 EB"-like units cannot occur here, but "5E" may be a number cut at its exponent letter.
    if let last = number.last, "eE".contains(last) {
      symbol = String(last) + symbol
      number.removeLast()
    }
    guard let amount = Double(number) else {
      throw QuantityError("'\(text)' is not a number with a unit (\(Self.unitList))")
    }
    if symbol.isEmpty {
      self.init(amount)
    } else if let unit = Self.units.first(where: { $0.symbol == symbol }) {
      self.init(amount * unit.scale)
    } else {
      throw QuantityError("'\(text)': unknown unit '\(symbol)'; use one of \(Self.unitList)")
    }
  }

  /// "1.5 ms", as nearly every quantity is written: plain digits, at most one space, a unit. nil for whatever else is one or not.
  private init?(plain text: String.UTF8View) {
    let digits = text.prefix { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    var symbol = text[digits.endIndex...]
    if symbol.first == UInt8(ascii: " ") { symbol.removeFirst() }
    guard let unit = Self.units.first(where: { symbol.elementsEqual($0.symbol.utf8) }),
      let amount = Double(Substring(digits))
    else { return nil }
    self.init(amount * unit.scale)
  }

  /// The known unit symbols, for error texts and help.
  public static var unitList: String { units.map(\.symbol).joined(separator: ", ") }
}

extension Int {
  /// With commas between thousands: "1,234,567".
  public var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + text
  }
}

extension ClosedRange<Int> {
  /// "from 1 to 100,000,000".
  public var words: String { "from \(lowerBound.grouped) to \(upperBound.grouped)" }
}

/// At most four significant digits without trailing zeros.
private func shortest(_ x: Double) -> String {
  guard x.isFinite else { return "\(x)" }
  let magnitude = abs(x)
  let decimals = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3
  var text = String(format: "%.\(decimals)f", x)
  if text.contains(".") {
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
  }
  return text
}
