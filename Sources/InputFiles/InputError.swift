/// Why an input cannot be used: everything that is wrong with it, or the first ten things.
public struct InputError: Error, Hashable, CustomStringConvertible {
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Where: a key of the workload such as `arrivals.stages[1].rate`, or a file with a line number.
    public var location: String
    /// What was found and what is allowed.
    public var message: String

    public init(location: String, message: String) {
      self.location = location
      self.message = message
    }

    public var description: String { "\(location): \(message)" }
  }

  /// How many problems are spelled out; a broken file has one on every line.
  public static let reportedProblems = 10

  /// In order of the file.
  public private(set) var problems: [Problem]
  /// Further problems that were found.
  public private(set) var omitted: Int

  /// - Parameter limit: how many of the problems are spelled out.
  public init(_ problems: [Problem], limit: Int = reportedProblems) {
    self.problems = Array(problems.prefix(limit))
    omitted = problems.count - self.problems.count
  }

  /// A single problem.
  public init(_ location: String, _ message: String) {
    self.init([Problem(location: location, message: message)])
  }

  /// Adds a problem; above ``reportedProblems`` it is only counted.
  public mutating func add(_ location: String, _ message: String) {
    if problems.count < Self.reportedProblems {
      problems.append(Problem(location: location, message: message))
    } else {
      omitted += 1
    }
  }

  public var isEmpty: Bool { problems.isEmpty }

  /// One problem a line.
  public var description: String {
    let lines = problems.map(\.description) + (omitted > 0 ? ["and \(omitted) more"] : [])
    return lines.joined(separator: "\n")
  }
}
