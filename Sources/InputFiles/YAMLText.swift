public import Yams

/// A YAML text as a tree of nodes.
public enum YAMLText {
  /// Stands before a key that a later one of the same name replaces. A private-use character, so no key has it by itself.
  public static let duplicateMark: Character = "\u{E000}"

  /// The tag of a node that is made, not read: one without rules to tell numbers from words, as in a composed tree. Values are told
  /// apart where they are used, and the regular expressions of Yams's rules take longer to compile than any file to read.
  public static var tag: Tag { Tag(.implicit, .basic) }

  /// Composes a text, keeping duplicate keys apart (see ``duplicateMark``) so that they are reported with everything else.
  ///
  /// - Parameters:
  ///   - subject: what a file holds, for messages: "scenario".
  ///   - failure: makes the error of a text that is no YAML, from the line (from 1, where one is known) and what is wrong there.
  public static func compose<E: Error>(
    _ text: String, holding subject: String, failure: (_ line: Int?, _ message: String) -> E
  ) throws(E) -> Node? {
    var text = text
    while true {
      do {
        return try Yams.compose(yaml: text, .basic)
      } catch let error as YamlError {
        guard case .duplicatedKeysInMapping(_, let context) = error,
          let marked = text.inserting(duplicateMark, at: context.mark)
        else {
          let (line, message) = error.plainText(in: text, holding: subject)
          throw failure(line, message)
        }
        text = marked
      } catch {
        throw failure(nil, "not valid YAML: \(error)")
      }
    }
  }
}

extension String {
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
  fileprivate func plainText(in text: String, holding subject: String) -> (line: Int?, message: String) {
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
        return (line, "a second document starts here (---); one file holds one \(subject)")
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
