import InputFiles
package import Yams

/// A scenario's text as a tree of YAML nodes, with the place of each key: a line of the file, or the option that set it.
package struct ScenarioDocument {
  /// The name of the file in messages.
  package let file: String
  package private(set) var root: Node
  /// The file's own text, as long as no option has changed the tree.
  private var text: String?
  /// Options in order of application; a later one wins.
  private var options: [(path: String, place: ScenarioError.Problem.Place)] = []

  /// - Parameters:
  ///   - subject: what the file holds, for messages.
  ///   - keys: what such a file consists of, for messages.
  /// - Throws: ``ScenarioError`` with the one problem that keeps the text from being read as YAML at all.
  package init(
    text: String, file: String, holding subject: String = "scenario",
    keys: String = "model, hardware and workload"
  ) throws(ScenarioError) {
    self.file = file
    self.text = text
    let bare = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    let found = try YAMLText.compose(bare, holding: subject) { line, message in
      ScenarioError([.init(place: .file(file, line: line), path: "", message: message)])
    }
    guard let found, !found.isNull else {
      let message = "empty; a \(subject) has at least \(keys)"
      throw ScenarioError([.init(place: .file(file, line: nil), path: "", message: message)])
    }
    guard found.mapping != nil else {
      let message =
        "found \(found.summary) at top level; a \(subject) consists of keys: \(keys.replacing(" and", with: ",")), …"
      throw ScenarioError([.init(place: .file(file, line: found.mark?.line), path: "", message: message)])
    }
    root = found
  }

  /// A tree that stands inside another file.
  package init(root: Node, file: String) {
    self.root = root
    self.file = file
  }

  /// Replaces or adds one value.
  package mutating func apply(_ override: ScenarioOverride) throws(ScenarioError) {
    do {
      root = try override.applied(to: root)
    } catch {
      throw ScenarioError([
        .init(place: override.place, path: override.path, message: error.description)
      ])
    }
    options.append((override.path, override.place))
    text = nil
  }

  /// Where the value at a path was written.
  func place(of path: String, line: Int?) -> ScenarioError.Problem.Place {
    let setter = options.last { path == $0.path || path.hasPrefix($0.path + ".") }
    return setter?.place ?? .file(file, line: line)
  }

  /// The file's text if no option has changed it, else the tree as YAML (comments are lost).
  package func effectiveText() -> String {
    if let text { return text }
    // The tree came from a parser and holds plain nodes only, which always have a YAML form.
    return (try? Yams.serialize(node: root, width: -1, allowUnicode: true)) ?? ""
  }
}
