public import Experiments
import Quantities

/// Why the points of a sweep cannot be simulated: every problem once, with how many points have it.
public struct SweepPlanError: Error, Sendable, CustomStringConvertible {
  /// A problem that points have in common.
  public struct Group: Sendable {
    public var problem: ScenarioError.Problem
    /// How many points have it.
    public var count: Int
    /// The parameters of the first of them.
    public var first: String
  }

  /// In order of the files' lines.
  public let groups: [Group]
  /// Of the sweep.
  public let points: Int
  /// Of them, those with a problem.
  public let invalid: Int

  /// How many groups are spelled out.
  static let reported = 20

  /// Whether no point can be simulated, or a problem is one of all points: then it is a mistake, not a combination that cannot exist.
  var isHopeless: Bool { invalid == points || groups.contains { $0.count == points } }

  init(_ examined: [PointExaminer.Examined], of file: SweepFile) {
    var positions: [ScenarioError.Problem: Int] = [:]
    var groups: [Group] = []
    for one in examined {
      for problem in Set(one.problems) {
        if let position = positions[problem] {
          groups[position].count += 1
        } else {
          positions[problem] = groups.count
          let title = zip(file.parameters, one.point.parameters).map { "\($0)=\($1.text)" }.joined(
            separator: ", ")
          groups.append(Group(problem: problem, count: 1, first: title))
        }
      }
    }
    // The order of a set changes from run to run, that of the problems' own sorting does not.
    let order = ScenarioError(groups.map(\.problem).sorted { $0.description < $1.description }).problems
    self.groups = order.compactMap { problem in positions[problem].map { groups[$0] } }
    points = examined.count
    invalid = examined.count { !$0.problems.isEmpty }
  }

  /// One line a problem, ready for the terminal.
  public var description: String {
    let lines = groups.prefix(Self.reported).map { group in
      guard points > 1, group.count < points else { return group.problem.description }
      let which =
        group.count == 1
        ? "in the point \(group.first)"
        : "in \(group.count.grouped) of \(points.grouped) points, the first \(group.first)"
      return "\(group.problem.description) (\(which))"
    }
    let more = groups.count - lines.count
    return (lines + (more > 0 ? ["and \(more.grouped) more problems"] : [])).joined(separator: "\n")
  }

  /// What can be done where points cannot exist; nil where that is no remedy.
  public var advice: String? {
    isHopeless
      ? nil
      : "\(invalid.grouped) of \(points.grouped) points cannot exist; --skip-invalid leaves them out (skip_invalid: true in the file)"
  }
}
