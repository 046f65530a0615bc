/// Everything that is wrong with a scenario, found in one pass.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one, in order of the file's lines, command-line options last.
  public let problems: [Problem]

  package init(_ problems: [Problem]) {
    let inFile = problems.filter { $0.line != nil }
    let rest = problems.filter { $0.line == nil }
    // A stable order: problems of one line stay in the order they were found.
    let byLine = inFile.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }
    self.problems = byLine.map(\.element) + rest
  }

  /// One line a problem, ready for the terminal.
  public var description: String { problems.map(\.description).joined(separator: "\n") }

  /// One thing to change: "rag.yaml:7: engine.max_num_seq: unknown key; did you mean max_num_seqs?"
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Where the user wrote it.
    public var place: Place
    /// Dotted path of the key, as `--set` takes it; empty for the file as a whole.
    public var path: String
    /// What was found and what is allowed.
    public var message: String

    public init(place: Place, path: String, message: String) {
      self.place = place
      self.path = path
      self.message = message
    }

    public enum Place: Hashable, Sendable {
      /// The file as the user named it. The line counts from 1; nil if nothing in the file corresponds.
      case file(String, line: Int?)
      /// A command-line option with its value: "--set engine.max_num_seqs=abc".
      case option(String)
    }

    /// The line in the file, from 1.
    public var line: Int? {
      if case .file(_, let line) = place { return line }
      return nil
    }

    public var description: String {
      let start =
        switch place {
        case .file(let name, let line?): "\(name):\(line)"
        case .file(let name, nil): name
        case .option(let text): text
        }
      // An option names its key already.
      if path.isEmpty || start.hasPrefix("--set \(path)=")
        || start.hasPrefix("--\(path.split(separator: ".").last ?? "") ")
      {
        return "\(start): \(message)"
      }
      return "\(start): \(path): \(message)"
    }
  }
}
