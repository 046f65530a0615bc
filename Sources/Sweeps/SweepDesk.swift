import Dispatch
import Experiments
import Foundation
import Results
import Synchronization

/// Stands between the threads that simulate and the database: collects results and stores them now and then, keeps the claims alive,
/// reports progress and passes on the wish to stop.
final class SweepDesk: Sendable {
  let stop = StopFlag()
  let owner = ClaimOwner()
  let plan: SweepPlan
  let store: SweepStore
  private let runs: Int
  private let progress: @Sendable (SweepProgress) -> Bool
  private let state = Mutex(State())
  /// The timer and whoever flushes take turns here.
  private let queue = DispatchQueue(label: "sweep results")
  // Dispatch sources may be used from any thread, but are not marked so.
  nonisolated(unsafe) private let timer: any DispatchSourceTimer

  private struct State {
    var pending: [(key: String, result: SweepResult)] = []
    var finished = 0
    var failed = 0
    var elsewhere = 0
    var failure: (any Error)?
    var ticks = 0
  }

  /// Every fifth stores results, every thirtieth renews the claims.
  private static let tick = DispatchTimeInterval.milliseconds(100)
  private static let (ticksToStoring, ticksToRenewal) = (5, 30)

  init(
    plan: SweepPlan, store: SweepStore, runs: Int, progress: @escaping @Sendable (SweepProgress) -> Bool
  ) {
    self.plan = plan
    self.store = store
    self.runs = runs
    self.progress = progress
    timer = DispatchSource.makeTimerSource(queue: queue)
  }

  /// Begins to look after the database.
  func open() {
    timer.schedule(deadline: .now() + Self.tick, repeating: Self.tick)
    timer.setEventHandler { [weak self] in self?.look() }
    timer.activate()
  }

  /// Ends it. Claims of what is not finished are given up.
  func close() {
    timer.cancel()
    queue.sync {
      // Without it they expire by themselves.
      try? store.release(owner)
      report()
    }
  }

  private func look() {
    let ticks = state.withLock { state in
      state.ticks += 1
      return state.ticks
    }
    report()
    do {
      if ticks % Self.ticksToStoring == 0 { try storePending() }
      if ticks % Self.ticksToRenewal == 0 { try store.renew(owner) }
    } catch {
      fail(error)
    }
  }

  private func report() {
    let counts = state.withLock { state in
      SweepProgress(
        finished: state.finished, failed: state.failed, elsewhere: state.elsewhere, runs: runs)
    }
    if !progress(counts) { stop.set() }
  }

  /// Stores what is there.
  ///
  /// - Throws: also what failed earlier.
  func flush() throws {
    try queue.sync { try storePending() }
    if let failure = state.withLock(\.failure) { throw failure }
  }

  private func storePending() throws {
    let results = state.withLock { $0.pending }
    guard !results.isEmpty else { return }
    try store.save(results)
    // Only now: what could not be stored is tried once more at the end.
    state.withLock { $0.pending.removeFirst(results.count) }
  }

  /// Ends the sweep: results cannot be stored.
  func fail(_ error: any Error) {
    state.withLock { $0.failure = $0.failure ?? error }
    stop.set()
  }

  func add(_ result: SweepResult, for key: String) {
    state.withLock { state in
      state.pending.append((key, result))
      state.finished += 1
      if case .failed = result { state.failed += 1 }
    }
  }

  /// - Parameter count: runs that others have done or are at.
  func note(elsewhere count: Int) {
    state.withLock { $0.elsewhere = count }
  }

  /// Results of this process a second so far are not known at first; then a quarter of a second's worth is claimed at a time.
  func share(since start: ContinuousClock.Instant, threads: Int) -> Int {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let finished = state.withLock(\.finished)
    let worth = seconds > 0 ? Int(min(256, 0.25 * Double(finished) / seconds)) : 0
    return max(threads, worth)
  }
}
