/// Why results could not be written or read. Every case says which file and what is wrong with it.
public enum ResultsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be written; what was there before is still there.
  case cannotWrite(path: String, reason: String)
  /// There is no such database, and the command makes none.
  case noStore(path: String)
  /// The database could not be opened or used.
  case unusableStore(path: String, reason: String)
  /// A newer version of the program made the database. `unknown`: the names of its migrations that this one lacks.
  case newerStore(path: String, unknown: [String])
  /// `stored`: the ids that exist, in ascending order.
  case noSuchRun(id: Int64, path: String, stored: [Int64])
  /// A value in the database that this program never writes.
  case damagedRun(id: Int64, path: String, reason: String)
  /// A figure that cannot be stored: it is not a number.
  case notANumber(run: String, figure: String)

  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
    case .noStore(let path):
      "cannot use the results database '\(path)': there is no such file; 'swiftkv-sim run' and 'compare' make it"
    case .unusableStore(let path, let reason): "cannot use the results database '\(path)': \(reason)"
    case .newerStore(let path, let unknown):
      "the results database '\(path)' was made by a newer swiftkv-sim (unknown schema: "
        + unknown.joined(separator: ", ") + "); use that version, or another file"
    case .noSuchRun(let id, let path, let stored): "no run \(id) in '\(path)': \(Self.available(stored))"
    case .damagedRun(let id, let path, let reason): "run \(id) in '\(path)' is damaged: \(reason)"
    case .notANumber(let run, let figure): "\(run): \(figure) is not a number, so the run is not stored"
    }
  }

  private static func available(_ stored: [Int64]) -> String {
    guard let first = stored.first, let last = stored.last else { return "it holds no runs" }
    if first == last { return "it holds only run \(first)" }
    return "it holds \(stored.count) runs, from \(first) to \(last)"
  }
}
