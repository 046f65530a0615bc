/// Why a workload cannot be made: a trace that is missing or damaged, or has too few requests.
public struct WorkloadError: Error, Hashable, CustomStringConvertible {
  /// One line a problem.
  public let problems: [String]

  public init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
