/// Why a workload cannot be had: everything that is wrong with it, or the first ten things.
public struct WorkloadError: Error, Hashable, CustomStringConvertible {
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

  /// At most ``reportedProblems``, in order of the file.
  public private(set) var problems: [Problem]
  /// Further problems that were found.
  public private(set) var omitted: Int

  public init(_ problems: [Problem]) {
    self.problems = Array(problems.prefix(Self.reportedProblems))
    omitted = problems.count - self.problems.count
  }

  init(_ location: String, _ message: String) { self.init([Problem(location: location, message: message)]) }

  mutating func add(_ location: String, _ message: String) {
    if problems.count < Self.reportedProblems {
      problems.append(Problem(location: location, message: message))
    } else {
      omitted += 1
    }
  }

  var isEmpty: Bool { problems.isEmpty }

  /// One problem a line.
  public var description: String {
    let lines = problems.map(\.description) + (omitted > 0 ? ["and \(omitted) more"] : [])
    return lines.joined(separator: "\n")
  }
}

/// A number for an error message: whole numbers with separators, others as they are.
func spelled(_ value: Int) -> String {
  var digits = String(value.magnitude)
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  groups.insert(digits, at: 0)
  return (value < 0 ? "-" : "") + groups.joined(separator: ",")
}
