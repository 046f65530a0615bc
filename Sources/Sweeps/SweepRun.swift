import Foundation
public import Results
import Synchronization

/// A sweep in a database: what is done, what is missing, and doing it.
public struct SweepRun: Sendable {
  public let plan: SweepPlan
  public let store: SweepStore
  /// The share that is looked at; nil is everything.
  public let shard: SweepShard?

  /// - Parameter store: gets the sweep's points with ``execute(_:retriesFailed:progress:)``.
  public init(_ plan: SweepPlan, in store: SweepStore, shard: SweepShard? = nil) {
    self.plan = plan
    self.store = store
    self.shard = shard
  }

  /// What is known of a sweep's runs, or of those of a share.
  public struct Status: Hashable, Sendable {
    /// Simulations in all, those of points that cannot exist left out.
    public var runs: Int
    public var done: Int
    public var failed: Int
    /// Another process is at them.
    public var underWay: Int
    /// Of the whole sweep.
    public var points: Int
    /// Points that cannot exist, of the whole sweep.
    public var invalidPoints: Int

    public var missing: Int { runs - done - failed }
  }

  public func status() throws(ResultsError) -> Status {
    let keys = plan.runs(of: shard).map(plan.key)
    let results = try store.results(of: keys)
    let claimed = try store.claimedKeys()
    return Status(
      runs: keys.count, done: keys.count { results[$0]?.figures != nil },
      failed: keys.count { results[$0] != nil && results[$0]?.figures == nil },
      underWay: keys.count { claimed.contains($0) && results[$0] == nil }, points: plan.points.count,
      invalidPoints: plan.points.count { $0.invalid != nil })
  }

  /// What became of a sweep.
  public struct Outcome: Sendable {
    public var status: Status
    /// Results that this run of the program made.
    public var simulated: Int
    /// Results that were there at the beginning.
    public var known: Int
    /// Whether `progress` stopped it.
    public var wasStopped: Bool
    /// By key, of the whole sweep.
    public var results: [String: SweepResult]
    /// Why results cannot be stored; nil if they can. Those stored before stay.
    public var failure: String?
  }

  /// Simulates what has no result yet.
  ///
  /// - Parameters:
  ///   - retriesFailed: also what has failed before.
  ///   - progress: see ``SweepExecutor``.
  /// - Throws: `ResultsError` if the database cannot be used at all.
  public func execute(
    _ executor: any SweepExecutor = LocalExecutor(), retriesFailed: Bool = false,
    progress: @escaping @Sendable (SweepProgress) -> Bool = { _ in true }
  ) throws(ResultsError) -> Outcome {
    try store.record(plan.record(createdAt: Date()), points: plan.pointRecords)
    let runs = plan.runs(of: shard)
    if retriesFailed { try store.removeFailures(of: runs.map(plan.key)) }
    let before = try store.results(of: runs.map(plan.key))
    var seen: Set<String> = []
    // Points with the same content are one simulation.
    let open = runs.filter { before[plan.key(of: $0)] == nil && seen.insert(plan.key(of: $0)).inserted }
    var (isDone, failure): (Bool, String?) = (false, nil)
    let simulated = Mutex(0)
    do {
      isDone =
        try open.isEmpty
        || executor.execute(plan, runs: open, into: store) {
          counts in
          simulated.withLock { $0 = counts.finished }
          return progress(counts)
        }
    } catch {
      failure = "\(error)"
    }
    return Outcome(
      status: try status(), simulated: simulated.withLock(\.self),
      known: runs.count { before[plan.key(of: $0)] != nil },
      wasStopped: !isDone && failure == nil, results: try store.results(of: plan.points.flatMap(\.keys)),
      failure: failure)
  }
}
