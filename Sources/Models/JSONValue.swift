import Foundation

/// A JSON value of any type, so that a field of the wrong type can be told from one that is missing, and all of a file's faults
/// be reported at once.
enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// What a person finds in the file: `"abc"`, `1.5`, `a list`.
  var spelling: String {
    switch self {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
    case .string(let text): "\"\(text.count > 60 ? text.prefix(60) + "…" : text)\""
    case .array: "a list"
    case .object: "an object"
    }
  }

  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
    return value
  }

  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }
}

extension JSONValue: Decodable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let elements = try? container.decode([JSONValue].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}
