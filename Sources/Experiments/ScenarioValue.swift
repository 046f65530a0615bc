import Foundation
import InputFiles
package import Quantities
package import Yams

/// What a number may be, as a test and in words.
package struct ScenarioBounds: Sendable {
  let text: String
  let contains: @Sendable (Double) -> Bool

  package init(_ text: String, _ contains: @escaping @Sendable (Double) -> Bool) {
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
  package mutating func int(
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

  package mutating func number(_ section: Section, _ key: String, _ bounds: ScenarioBounds) -> Double? {
    guard let entry = section[key] else { return nil }
    guard let number = entry.value.number, bounds.contains(number) else {
      wrong(entry, in: section, allowed: "a number \(bounds.text)")
      return nil
    }
    return number
  }

  /// A number with a unit, or a bare one in the base unit.
  package mutating func quantity<Q: Quantity>(
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

  package mutating func bool(_ section: Section, _ key: String) -> Bool? {
    guard let entry = section[key] else { return nil }
    switch (entry.text, entry.value.isPlain) {
    case ("true", true), ("True", true): return true
    case ("false", true), ("False", true): return false
    default:
      wrong(entry, in: section, allowed: "true or false")
      return nil
    }
  }

  package mutating func choice(_ section: Section, _ key: String, _ allowed: [String]) -> String? {
    guard let entry = section[key] else { return nil }
    if let text = entry.text, allowed.contains(text) { return text }
    let near = entry.text.flatMap { nearestName(to: $0, among: allowed) }
    wrong(
      entry, in: section,
      allowed: allowed.joined(separator: ", ") + (near.map { "; did you mean \($0)?" } ?? ""))
    return nil
  }

  /// A word or a line of text, not empty.
  package mutating func text(_ section: Section, _ key: String, allowed: String) -> String? {
    guard let entry = section[key] else { return nil }
    let text = (entry.text ?? "").trimmingCharacters(in: .whitespaces)
    guard !text.isEmpty, text.count <= 4096, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      wrong(entry, in: section, allowed: allowed)
      return nil
    }
    return text
  }

  /// The items of a list, with the path of each.
  package mutating func list(
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
