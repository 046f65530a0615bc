import Models
import Yams

/// Turns a document into a scenario, collecting every problem on the way.
///
/// Each getter returns nil both for a key that is absent and for a value that is no good; a bad value has then been noted.
struct ScenarioReader {
  let document: ScenarioDocument
  /// What relative paths in the file are relative to.
  let directory: String
  let lookup: ScenarioLookup
  private(set) var problems: [ScenarioError.Problem]

  init(
    document: ScenarioDocument, directory: String, lookup: ScenarioLookup,
    problems: [ScenarioError.Problem] = []
  ) {
    self.document = document
    self.directory = directory
    self.lookup = lookup
    self.problems = problems
  }

  /// A map of the file whose keys have been checked.
  struct Section {
    let path: String
    let line: Int?
    let entries: [Entry]

    struct Entry {
      let key: String
      let line: Int?
      let value: Node
      /// A scalar as written, quotes taken off.
      var text: String? { value.scalar?.string }
    }

    /// The value of a key; nil if the key is absent or null.
    subscript(key: String) -> Entry? { entries.last { $0.key == key && !$0.value.isNull } }

    func has(_ key: String) -> Bool { self[key] != nil }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
  }

  mutating func note(_ message: String, at path: String, line: Int?) {
    problems.append(.init(place: document.place(of: path, line: line), path: path, message: message))
  }

  /// Notes a problem of a key, or, where the key is absent, of its section.
  mutating func note(_ message: String, in section: Section, _ key: String) {
    note(message, at: section.path(of: key), line: section[key]?.line ?? section.line)
  }

  /// Reads a map. An absent or null one has no entries.
  ///
  /// - Parameter kind: its keys; nil leaves them to the caller.
  mutating func section(
    _ node: Node?, at path: String, line: Int?, kind: ScenarioSection?, expects: String? = nil
  ) -> Section? {
    guard let node, !node.isNull else { return Section(path: path, line: line, entries: []) }
    guard let mapping = node.mapping else {
      let allowed = expects ?? "a section with keys of \((kind?.keys ?? []).joined(separator: ", "))"
      note("found \(node.summary); allowed is \(allowed)", at: path, line: node.mark?.line ?? line)
      return nil
    }
    var entries: [Section.Entry] = []
    var replaced: [String: Int?] = [:]
    for (key, value) in mapping {
      let line = key.mark?.line ?? value.mark?.line ?? line
      guard let written = key.scalar?.string else {
        note("found \(key.summary) as a key; a key is a word", at: path, line: line)
        continue
      }
      let name = String(written.drop { $0 == ScenarioDocument.duplicateMark })
      if name != written {
        replaced[name] = line
        continue
      }
      let keyPath = path.isEmpty ? name : "\(path).\(name)"
      if let first = replaced[name] {
        note("appears twice\(first.map { ", first on line \($0)" } ?? "")", at: keyPath, line: line)
      }
      if let kind, !kind.keys.contains(name) {
        note(kind.advice(on: name), at: keyPath.excerpt, line: line)
        continue
      }
      entries.append(Section.Entry(key: name, line: line, value: value))
    }
    return Section(path: path, line: mapping.mark?.line ?? line, entries: entries)
  }

  /// Reads the map under a key of a section.
  mutating func section(
    _ parent: Section, _ key: String, kind: ScenarioSection?, expects: String? = nil
  ) -> Section? {
    let entry = parent[key]
    return section(
      entry?.value, at: parent.path(of: key), line: entry?.line ?? parent.line, kind: kind, expects: expects)
  }

  /// Notes those keys of a section that make no sense beside its others.
  mutating func refuse(_ keys: [String], in section: Section, because reason: String) {
    for key in keys where section.has(key) { note(reason, in: section, key) }
  }
}
