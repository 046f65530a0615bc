public import Yams

extension Node {
  /// Whether a plain scalar says that there is no value.
  public var isNull: Bool {
    guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// What a message calls this value: "'abc'", "a list", "a section with the keys a, b".
  public var summary: String {
    switch self {
    case .scalar(let scalar):
      if isNull { return "no value" }
      if scalar.style == .doubleQuoted || scalar.style == .singleQuoted {
        return "\"\(scalar.string.excerpt)\" in quotes"
      }
      return "'\(scalar.string.excerpt)'"
    case .sequence: return "a list"
    case .mapping(let mapping):
      let keys = mapping.prefix(3).map { ($0.key.scalar?.string ?? "?").excerpt }
      return "a section (\(keys.joined(separator: ", "))\(mapping.count > 3 ? ", …" : ""))"
    case .alias: return "an alias"
    }
  }

  /// Whether a scalar was written without quotes.
  public var isPlain: Bool {
    guard let scalar else { return false }
    return scalar.style == .plain || scalar.style == .any
  }

  /// A plain number, YAML's `.inf` and `.nan` included.
  public var number: Double? {
    guard let scalar, isPlain else { return nil }
    // Nearly all, and ten times faster than the ways below.
    if scalar.string.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) {
      return Double(scalar.string)
    }
    let text = scalar.string.replacing("_", with: "")
    switch text.lowercased() {
    case ".inf", "+.inf", "inf", "infinity": return .infinity
    case "-.inf", "-inf", "-infinity": return -.infinity
    case ".nan", "nan": return .nan
    default:
      guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else { return nil }
      return Double(text)
    }
  }

  /// A plain whole number; 1e6 and 2.0 are whole.
  public var integer: Int? {
    guard let scalar, isPlain else { return nil }
    return Int(scalar.string) ?? Int(scalar.string.replacing("_", with: ""))
      ?? number.flatMap(Int.init(exactly:))
  }

  /// A whole number with vLLM's suffixes: decimal k, m, g, t (fractions allowed), binary K, M, G, T.
  public var suffixedInteger: Int? {
    if let integer { return integer }
    guard let scalar, isPlain, let suffix = scalar.string.last else { return nil }
    let digits = scalar.string.dropLast()
    let decimal: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12]
    let binary: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    if let scale = decimal[suffix], digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) {
      // As vLLM, which cuts what is below one: 25.6k is 25 600, and binary rounding must not make it 25 599.
      return Double(digits).flatMap { Int(exactly: (($0 * scale) + 1e-6).rounded(.down)) }
    }
    if let scale = binary[suffix], let count = Int(digits) {
      let (product, overflow) = count.multipliedReportingOverflow(by: scale)
      return overflow ? nil : product
    }
    return nil
  }
}

extension String {
  /// At most 40 characters on one line, for messages.
  public var excerpt: String {
    let clean = String(
      unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : Character($0) })
    return clean.count > 40 ? clean.prefix(39) + "…" : clean
  }
}
