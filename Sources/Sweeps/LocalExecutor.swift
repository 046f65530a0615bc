import Experiments
import Foundation
import Metrics
import Models
public import Results

/// Simulates in this process, on all its cores.
///
/// Runs are claimed in the store shortly before they begin, so that processes with one database share the work; results are stored twice
/// a second. A run that another process claimed is waited for, and taken over if that process dies.
public struct LocalExecutor: SweepExecutor {
  /// Simulations at once; nil is one per core.
  public var threads: Int?

  public init(threads: Int? = nil) {
    self.threads = threads
  }

  /// Between two looks at what other processes do.
  private static let pause: TimeInterval = 0.2

  public func execute(
    _ plan: SweepPlan, runs: [SweepPlan.Run], into store: SweepStore,
    progress: @escaping @Sendable (SweepProgress) -> Bool
  ) throws -> Bool {
    let runner = SweepRunner(threads: threads)
    let desk = SweepDesk(plan: plan, store: store, runs: runs.count, progress: progress)
    desk.open()
    defer { desk.close() }
    var left = runs
    while !left.isEmpty {
      let open = left
      let round = SweepRound(desk, open, threads: threads)
      let outcome = runner.run(
        estimates: open.map { plan.points[$0.point].cost }, stop: desk.stop,
        goodputLimits: plan.file.goodputLimits
      ) { i in
        guard round.mayBegin(i) else { throw NotOurs() }
        let point = SweepPoint(try plan.scenario(of: open[i]))
        round.begin(i, point)
        return point
      } keeping: { i, figures in
        round.finish(i, figures)
      }
      for (i, slot) in outcome.slots.enumerated() {
        if case .failed(let reason) = slot, round.isGranted(i) { round.fail(i, reason) }
      }
      try desk.flush()
      guard !desk.stop.isSet else { return false }
      left = round.elsewhere
      if !left.isEmpty, !round.hasWorked { Thread.sleep(forTimeInterval: Self.pause) }
    }
    return true
  }

  private struct NotOurs: Error {}
}
