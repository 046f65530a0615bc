import InputFiles
import Results
import Yams

/// The value that a parameter of a sweep has at a point.
public struct ParameterValue: Hashable, Sendable {
  /// As JSON: a number, a text, or, of a value with keys of its own, an object.
  public let json: String
  /// As a field of a table: a text without quotes, nothing for null.
  public let field: String

  /// For a person: as a field of a table, and "null" for null.
  public var text: String { field.isEmpty ? "null" : field }

  init(_ node: Node) {
    let value = OrderedJSON(node)
    json = value.text
    field =
      switch value {
      case .null: ""
      case .string(let text): text
      default: json
      }
  }
}

extension OrderedJSON {
  /// A YAML value. Numbers with a unit are texts, as they are in YAML.
  fileprivate init(_ node: Node) {
    switch node {
    case .scalar(let scalar):
      if node.isNull {
        self = .null
      } else if let integer = node.integer {
        self = .integer(integer)
      } else if let number = node.number, number.isFinite {
        self = .number(number)
      } else if node.isPlain, ["true", "True", "false", "False"].contains(scalar.string) {
        self = .bool(scalar.string.lowercased() == "true")
      } else {
        self = .string(scalar.string)
      }
    case .sequence(let sequence): self = .array(sequence.map { OrderedJSON($0) })
    case .mapping(let mapping):
      self = .object(mapping.map { ($0.key.scalar?.string ?? "?", OrderedJSON($0.value)) })
    case .alias: self = .null
    }
  }
}
