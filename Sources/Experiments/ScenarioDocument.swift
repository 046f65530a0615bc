import Foundation
import Yams

/// A scenario's text as a tree of YAML nodes, with the place of each key: a line of the file, or the option that set it.
struct ScenarioDocument {
  /// The name of the file in messages.
  let file: String
  private(set) var root: Node
  /// The file's own text, as long as no option has changed the tree.
  private var text: String?
  /// Options in order of application; a later one wins.
  private var options: [(path: String, option: String)] = []

  /// Stands before a key that a later one of the same name replaces. A private-use character, so no key has it by itself.
  static let duplicateMark: Character = "\u{E000}"

  /// - Throws: ``ScenarioError`` with the one problem that keeps the text from being read as YAML at all.
  init(text: String, file: String) throws(ScenarioError) {
    self.file = file
    self.text = text
    let bare = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    let found = try Self.compose(bare) { line, message in
      ScenarioError([.init(place: .file(file, line: line), path: "", message: message)])
    }
    guard let found, !found.isNull else {
      let message = "empty; a scenario has at least model, hardware and workload"
      throw ScenarioError([.init(place: .file(file, line: nil), path: "", message: message)])
    }
    guard found.mapping != nil else {
      let message =
        "found \(found.summary) at top level; a scenario consists of keys: model, hardware, workload, …"
      throw ScenarioError([.init(place: .file(file, line: found.mark?.line), path: "", message: message)])
    }
    root = found
  }

  /// Replaces or adds one value.
  mutating func apply(_ override: ScenarioOverride) throws(ScenarioError) {
    do {
      root = try override.applied(to: root)
    } catch {
      throw ScenarioError([
        .init(place: .option(override.option), path: override.path, message: error.description)
      ])
    }
    options.append((override.path, override.option))
    text = nil
  }

  /// Where the value at a path was written.
  func place(of path: String, line: Int?) -> ScenarioError.Problem.Place {
    let setter = options.last { path == $0.path || path.hasPrefix($0.path + ".") }
    return setter.map { .option($0.option) } ?? .file(file, line: line)
  }

  /// The file's text if no option has changed it, else the tree as YAML (comments are lost).
  func effectiveText() -> String {
    if let text { return text }
    // The tree came from a parser and holds plain nodes only, which always have a YAML form.
    return (try? Yams.serialize(node: root, width: -1, allowUnicode: true)) ?? ""
  }

  /// Composes a text, keeping duplicate keys apart (see ``duplicateMark``) so that they are reported with everything else.
  static func compose<E: Error>(
    _ text: String, failure: (_ line: Int?, _ message: String) -> E
  ) throws(E) -> Node? {
    var text = text
    while true {
      do {
        return try Yams.compose(yaml: text)
      } catch let error as YamlError {
        guard case .duplicatedKeysInMapping(_, let context) = error,
          let marked = text.inserting(duplicateMark, at: context.mark)
        else {
          let (line, message) = error.plainText(in: text)
          throw failure(line, message)
        }
        text = marked
      } catch {
        throw failure(nil, "not valid YAML: \(error)")
      }
    }
  }
}

extension Node {
  var isNull: Bool {
    guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// What a message calls this value: "'abc'", "a list", "a section with the keys a, b".
  var summary: String {
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
}

extension String {
  /// At most 40 characters on one line, for messages.
  var excerpt: String {
    let clean = String(
      unicodeScalars.map { $0.properties.generalCategory == .control ? "·" : Character($0) })
    return clean.count > 40 ? clean.prefix(39) + "…" : clean
  }

  /// The text with a character put before the key at a mark (inside its quotes); nil if there is no such place.
  fileprivate func inserting(_ character: Character, at mark: Mark) -> String? {
    let scalars = unicodeScalars
    var index = scalars.startIndex
    var line = 1
    while line < mark.line {
      guard index < scalars.endIndex else { return nil }
      let scalar = scalars[index]
      index = scalars.index(after: index)
      // The line ends that libYAML counts.
      guard ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) else { continue }
      if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" {
        index = scalars.index(after: index)
      }
      line += 1
    }
    guard mark.line >= 1, mark.column >= 1,
      var place = scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex),
      place < scalars.endIndex
    else { return nil }
    if scalars[place] == "\"" || scalars[place] == "'" { place = scalars.index(after: place) }
    return String(scalars[..<place]) + String(character) + String(scalars[place...])
  }
}

extension YamlError {
  /// The line and what is wrong there, in a sentence without the library's layout.
  fileprivate func plainText(in text: String) -> (line: Int?, message: String) {
    switch self {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      // Never empty: an empty text has one empty line.
      let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      // A text cut short fails behind its last line; the line that the user sees is the last one with something on it.
      let last = (lines.lastIndex { !$0.allSatisfy(\.isWhitespace) } ?? 0) + 1
      let line = min(mark.line, last)
      if problem.contains("cannot start any token"),
        lines[line - 1].prefix(while: \.isWhitespace).contains("\t")
      {
        return (line, "a tab indents this line; YAML wants spaces")
      }
      if problem.contains("another document") {
        return (line, "a second document starts here (---); one file holds one scenario")
      }
      let openings = [("flow mapping", "{"), ("flow sequence", "["), ("quoted", "quote")]
      if let context, context.mark.line >= 1,
        let (_, what) = openings.first(where: { context.text.contains($0.0) })
      {
        let start = "the \(what) opened on line \(context.mark.line) is not closed"
        return (line, "not valid YAML: \(start) before this point (\(problem))")
      }
      let around = context.map { " \($0.text) that starts on line \(min($0.mark.line, last))" } ?? ""
      return (line, "not valid YAML: \(problem)\(around)")
    case .duplicatedKeysInMapping(let keys, let context):
      return (context.mark.line, "the keys \(keys.sorted().joined(separator: ", ")) appear twice")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
      return (line, "not a text file: \(problem)")
    default:
      return (nil, "not valid YAML: \(self)")
    }
  }
}
