import InputFiles
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

  /// - Throws: ``ScenarioError`` with the one problem that keeps the text from being read as YAML at all.
  init(text: String, file: String) throws(ScenarioError) {
    self.file = file
    self.text = text
    let bare = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    let found = try YAMLText.compose(bare, holding: "scenario") { line, message in
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
}
