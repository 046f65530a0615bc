public import Yams

/// A map of a YAML file whose keys have been checked.
public struct YAMLSection {
  /// Dotted path from the file's top; empty for the top itself.
  public let path: String
  /// The line where it begins, from 1; nil if nothing in a file corresponds.
  public let line: Int?
  public let entries: [Entry]

  /// A key and its value.
  public struct Entry {
    public let key: String
    public let line: Int?
    public let value: Node
    /// A scalar as written, quotes taken off.
    public var text: String? { value.scalar?.string }
  }

  /// Reads a map. An absent or null one has no entries.
  ///
  /// - Parameters:
  ///   - keys: those it may have; nil leaves them to the caller.
  ///   - expects: what is said of a value that is no map; by default that a section with `keys` is needed.
  ///   - advice: what is said of a key that is not among `keys`.
  ///   - note: receives each problem with its path and line.
  /// - Returns: nil if the node is no map, which has then been noted.
  public init?(
    _ node: Node?, at path: String, line: Int?, keys: [String]?, expects: String? = nil,
    advice: (String) -> String, note: (_ message: String, _ path: String, _ line: Int?) -> Void
  ) {
    self.path = path
    guard let node, !node.isNull else {
      self.line = line
      entries = []
      return
    }
    guard let mapping = node.mapping else {
      let allowed = expects ?? "a section with keys of \((keys ?? []).joined(separator: ", "))"
      note("found \(node.summary); allowed is \(allowed)", path, node.mark?.line ?? line)
      return nil
    }
    var entries: [Entry] = []
    var replaced: [String: Int?] = [:]
    for (key, value) in mapping {
      let line = key.mark?.line ?? value.mark?.line ?? line
      guard let written = key.scalar?.string else {
        note("found \(key.summary) as a key; a key is a word", path, line)
        continue
      }
      let name = String(written.drop { $0 == YAMLText.duplicateMark })
      if name != written {
        replaced[name] = line
        continue
      }
      let keyPath = path.isEmpty ? name : "\(path).\(name)"
      if let first = replaced[name] {
        note("appears twice\(first.map { ", first on line \($0)" } ?? "")", keyPath, line)
      }
      if let keys, !keys.contains(name) {
        note(advice(name), keyPath.excerpt, line)
        continue
      }
      entries.append(Entry(key: name, line: line, value: value))
    }
    self.line = mapping.mark?.line ?? line
    self.entries = entries
  }

  /// The value of a key; nil if the key is absent or null.
  public subscript(key: String) -> Entry? { entries.last { $0.key == key && !$0.value.isNull } }

  public func has(_ key: String) -> Bool { self[key] != nil }

  public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
