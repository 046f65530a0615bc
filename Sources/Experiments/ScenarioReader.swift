package import InputFiles
import Models
import Quantities
package import Yams

/// Turns a document into a scenario, collecting every problem on the way.
///
/// Each getter returns nil both for a key that is absent and for a value that is no good; a bad value has then been noted.
package struct ScenarioReader {
  let document: ScenarioDocument
  /// What relative paths in the file are relative to.
  let directory: String
  let lookup: ScenarioLookup
  package private(set) var problems: [ScenarioError.Problem]

  init(
    document: ScenarioDocument, directory: String, lookup: ScenarioLookup,
    problems: [ScenarioError.Problem] = []
  ) {
    self.document = document
    self.directory = directory
    self.lookup = lookup
    self.problems = problems
  }

  /// With the program's catalogues.
  package init(document: ScenarioDocument, directory: String) {
    self.init(document: document, directory: directory, lookup: .standard)
  }

  package typealias Section = YAMLSection

  package mutating func note(_ message: String, at path: String, line: Int?) {
    problems.append(.init(place: document.place(of: path, line: line), path: path, message: message))
  }

  /// Notes a problem of a key, or, where the key is absent, of its section.
  package mutating func note(_ message: String, in section: Section, _ key: String) {
    note(message, at: section.path(of: key), line: section[key]?.line ?? section.line)
  }

  /// Reads a map. An absent or null one has no entries.
  ///
  /// - Parameter kind: its keys; nil leaves them to the caller.
  mutating func section(
    _ node: Node?, at path: String, line: Int?, kind: ScenarioSection?, expects: String? = nil
  ) -> Section? {
    YAMLSection(
      node, at: path, line: line, keys: kind?.keys, expects: expects,
      advice: { kind?.advice(on: $0) ?? "" }, note: { note($0, at: $1, line: $2) })
  }

  /// Reads a map of another kind of file.
  package mutating func section(
    _ node: Node?, at path: String, line: Int?, keys: [String]?, expects: String? = nil
  ) -> Section? {
    YAMLSection(
      node, at: path, line: line, keys: keys, expects: expects,
      advice: { key in
        let near = nearestName(to: key, among: keys ?? []).map { "did you mean \($0)?" }
        return "unknown key; \(near ?? "allowed here: \((keys ?? []).joined(separator: ", "))")"
      }, note: { note($0, at: $1, line: $2) })
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
  package mutating func refuse(_ keys: [String], in section: Section, because reason: String) {
    for key in keys where section.has(key) { note(reason, in: section, key) }
  }
}
