/// HTML. Text becomes part of it escaped only, so that no name of a scenario can be more than text.
struct Markup: Hashable, Sendable {
  private(set) var html: String

  /// Plain text.
  init(_ text: String) { html = Self.escaped(text) }

  /// HTML that this module wrote itself, or gnuplot.
  init(trusted html: String) { self.html = html }

  /// - Parameter attributes: in this order; an empty value is written as the name alone.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>, _ content: Markup...
  ) -> Markup {
    element(name, attributes, content: content)
  }

  static func element(_ name: String, _ content: Markup...) -> Markup { element(name, content: content) }

  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], content: [Markup]
  ) -> Markup {
    Markup(trusted: "<\(name)\(text(of: attributes))>\(content.map(\.html).joined())</\(name)>")
  }

  /// An element with plain text.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String
  ) -> Markup {
    element(name, attributes, content: [Markup(text)])
  }

  /// Elements one a line.
  static func lines(_ parts: [Markup]) -> Markup {
    Markup(trusted: parts.map { "\n" + $0.html }.joined() + "\n")
  }

  static func text(of attributes: KeyValuePairs<String, String>) -> String {
    attributes.map { $1.isEmpty ? " \($0)" : " \($0)=\"\(escaped($1))\"" }.joined()
  }

  /// For text and for values of attributes. Control characters go, and so do those that turn the direction of writing and could make
  /// a name look like another.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      case _ where isUnseen(scalar): break
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Control characters save line ends and tabs, and those that turn the direction of writing.
  static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\t": false
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    default: scalar.properties.generalCategory == .control
    }
  }
}
