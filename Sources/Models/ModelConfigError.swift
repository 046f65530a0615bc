/// Why a `config.json` describes no model that can be simulated: everything found wrong with it.
public struct ModelConfigError: Error, Hashable, CustomStringConvertible {
  /// The file or model that was read.
  public let name: String
  /// Each with its field, what was found and what is allowed. Never empty.
  public let problems: [String]

  public init(name: String, problems: [String]) {
    self.name = name
    self.problems = problems
  }

  public var description: String {
    problems.count == 1
      ? "\(name): \(problems[0])"
      : "\(name): \(problems.count) problems\n" + problems.map { "  \($0)" }.joined(separator: "\n")
  }
}
