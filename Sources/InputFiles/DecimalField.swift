/// Numbers as they stand in data files, read from bytes.
public enum DecimalField {
  /// A decimal number such as `12`, `-0.25` or `1e-3`; nil for anything else, `nan` and `inf` included.
  public static func double(_ field: ArraySlice<UInt8>) -> Double? {
    var digits = 0
    var mantissa = 0
    var decimals = 0
    var seenPoint = false
    let isNegative = field.first == UInt8(ascii: "-")
    for byte in isNegative ? field.dropFirst() : field {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        // 15 digits and powers of ten up to 10¹⁵ are exact in a Double, and so their quotient is correctly rounded.
        guard digits <= 15 else { return slowDouble(field) }
        mantissa = mantissa * 10 + Int(byte - UInt8(ascii: "0"))
        if seenPoint { decimals += 1 }
      case UInt8(ascii: ".") where !seenPoint: seenPoint = true
      default: return slowDouble(field)
      }
    }
    guard digits > 0 else { return nil }
    let value = Double(mantissa) / powersOfTen[decimals]
    return isNegative ? -value : value
  }

  /// A whole number; `12.0`, as some tools write it, is one.
  public static func integer(_ field: ArraySlice<UInt8>) -> Int? {
    double(field).flatMap { Int(exactly: $0) }
  }

  /// Digits only, of fixed number.
  public static func digits(_ field: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in field {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return field.isEmpty ? nil : value
  }

  private static func slowDouble(_ field: ArraySlice<UInt8>) -> Double? {
    // `Double` also reads hexadecimal and names of special values.
    guard
      field.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0) })
    else { return nil }
    return Double(String(decoding: field, as: UTF8.self))
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]
}
