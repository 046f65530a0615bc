public import Results

/// Who simulates what a sweep lacks: this process, or a cluster.
public protocol SweepExecutor: Sendable {
  /// Sees to it that every run gets a result in the store.
  ///
  /// - Parameters:
  ///   - runs: those without a result, each once. Other processes may be at some of them.
  ///   - progress: to be called now and then, never from two threads at once, and once when all is over; returning false stops the sweep,
  ///     and what is finished by then is to be stored.
  /// - Returns: false if it was stopped before all had a result.
  /// - Throws: why results cannot be stored. Those stored before stay.
  func execute(
    _ plan: SweepPlan, runs: [SweepPlan.Run], into store: SweepStore,
    progress: @escaping @Sendable (SweepProgress) -> Bool
  ) throws -> Bool
}

/// How far the runs are that an executor was given.
public struct SweepProgress: Hashable, Sendable {
  /// Results of this executor, failures among them.
  public var finished: Int
  public var failed: Int
  /// Runs that another process has done or is at.
  public var elsewhere: Int
  public var runs: Int

  public init(finished: Int, failed: Int, elsewhere: Int, runs: Int) {
    self.finished = finished
    self.failed = failed
    self.elsewhere = elsewhere
    self.runs = runs
  }
}
