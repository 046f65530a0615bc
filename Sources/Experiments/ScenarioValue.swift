import Foundation
import Quantities
import Yams

/// What a number may be, as a test and in words.
struct ScenarioBounds: Sendable {
  let text: String
  let contains: @Sendable (Double) -> Bool

  init(_ text: String, _ contains: @escaping @Sendable (Double) -> Bool) {
    self.text = text
    self.contains = contains
  }

  static let ratio = ScenarioBounds("0 up to, but not including, 1") { $0 >= 0 && $0 < 1 }
  static let share = ScenarioBounds("above 0, at most 1") { $0 > 0 && $0 <= 1 }
}

/// Single values.
extension ScenarioReader {
  private mutating func wrong(_ entry: Section.Entry, in section: Section, allowed: String) {
    note("found \(entry.value.summary); allowed is \(allowed)", in: section, entry.key)
  }

  /// - Parameter why: the reason for the upper bound, if it is not plain.
  /// - Parameter suffixes: accepts vLLM's 1k = 1000 and 1K = 1024.
  mutating func int(
    _ section: Section, _ key: String, _ range: ClosedRange<Int>, why: String? = nil, suffixes: Bool = false
  ) -> Int? {
    guard let entry = section[key] else { return nil }
    let number = suffixes ? entry.value.suffixedInteger : entry.value.integer
    guard let number, range.contains(number) else {
      let suffix = suffixes ? ", also as 8k (8000) or 8K (8192)" : ""
      wrong(
        entry, in: section, allowed: "a whole number \(range.words)\(suffix)\(why.map { " (\($0))" } ?? "")")
      return nil
    }
    return number
  }

  mutating func int(_ section: Section, _ key: String, oneOf allowed: [Int]) -> Int? {
    guard let entry = section[key] else { return nil }
    guard let number = entry.value.integer, allowed.contains(number) else {
      wrong(entry, in: section, allowed: allowed.map(String.init).joined(separator: ", "))
      return nil
    }
    return number
  }

  mutating func number(_ section: Section, _ key: String, _ bounds: ScenarioBounds) -> Double? {
    guard let entry = section[key] else { return nil }
    guard let number = entry.value.number, bounds.contains(number) else {
      wrong(entry, in: section, allowed: "a number \(bounds.text)")
      return nil
    }
    return number
  }

  /// A number with a unit, or a bare one in the base unit.
  mutating func quantity<Q: Quantity>(
    _ section: Section, _ key: String, as: Q.Type = Q.self, _ bounds: ScenarioBounds, example: String
  ) -> Q? {
    guard let entry = section[key] else { return nil }
    guard let scalar = entry.value.scalar else {
      wrong(entry, in: section, allowed: "a number with a unit, as in \(example)")
      return nil
    }
    let found: Q
    if let number = entry.value.number {
      found = Q(number)
    } else {
      do {
        found = try Q(parsing: scalar.string)
      } catch {
        note("found \(error.description); for example \(example)", in: section, key)
        return nil
      }
    }
    guard bounds.contains(found.value) else {
      wrong(entry, in: section, allowed: "\(bounds.text), for example \(example)")
      return nil
    }
    return found
  }

  mutating func bool(_ section: Section, _ key: String) -> Bool? {
    guard let entry = section[key] else { return nil }
    switch (entry.text, entry.value.isPlain) {
    case ("true", true), ("True", true): return true
    case ("false", true), ("False", true): return false
    default:
      wrong(entry, in: section, allowed: "true or false")
      return nil
    }
  }

  mutating func choice(_ section: Section, _ key: String, _ allowed: [String]) -> String? {
    guard let entry = section[key] else { return nil }
    if let text = entry.text, allowed.contains(text) { return text }
    let near = entry.text.flatMap { nearestName(to: $0, among: allowed) }
    wrong(
      entry, in: section,
      allowed: allowed.joined(separator: ", ") + (near.map { "; did you mean \($0)?" } ?? ""))
    return nil
  }

  /// A word or a line of text, not empty.
  mutating func text(_ section: Section, _ key: String, allowed: String) -> String? {
    guard let entry = section[key] else { return nil }
    let text = (entry.text ?? "").trimmingCharacters(in: .whitespaces)
    guard !text.isEmpty, text.count <= 4096, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      wrong(entry, in: section, allowed: allowed)
      return nil
    }
    return text
  }

  /// The items of a list, with the path of each.
  mutating func list(
    _ section: Section, _ key: String, allowed: String, most: Int = 10_000
  ) -> [(path: String, node: Node)]? {
    guard let entry = section[key] else { return nil }
    guard let sequence = entry.value.sequence, !sequence.isEmpty, sequence.count <= most else {
      let found = entry.value.sequence.map { "a list of \($0.count)" } ?? entry.value.summary
      note("found \(found); allowed is \(allowed)", in: section, key)
      return nil
    }
    return sequence.enumerated().map { ("\(section.path(of: key)).\($0.offset)", $0.element) }
  }
}

extension Node {
  /// Whether a scalar was written without quotes.
  var isPlain: Bool {
    guard let scalar else { return false }
    return scalar.style == .plain || scalar.style == .any
  }

  /// A plain number, YAML's `.inf` and `.nan` included.
  var number: Double? {
    guard let scalar, isPlain else { return nil }
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
  var integer: Int? {
    guard let scalar, isPlain else { return nil }
    return Int(scalar.string.replacing("_", with: "")) ?? number.flatMap(Int.init(exactly:))
  }

  /// A whole number with vLLM's suffixes: decimal k, m, g, t (fractions allowed), binary K, M, G, T.
  var suffixedInteger: Int? {
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

extension ClosedRange<Int> {
  /// "from 1 to 100,000,000".
  var words: String { "from \(lowerBound.grouped) to \(upperBound.grouped)" }
}

extension Int {
  /// With commas between thousands.
  var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + text
  }
}
