import CostModel
import Dispatch
import Foundation
public import Metrics
package import Serving
import Synchronization
package import Workload

/// Simulates many configurations on all cores.
///
/// What comes out is the same whatever the number of threads: each point is simulated by itself, from its scenario's seed, and its result
/// goes to the slot of its index. Threads share tables of kernel times, which hold values that follow from their keys, and beside them one
/// atomic number each (see `WorkDeques`). Figures are gathered while a run goes and reduced to what the caller wants to keep, so memory
/// is that of the runs under way and of what is kept.
public struct SweepRunner: Sendable {
  /// Points simulated at once; nil is one per core.
  public var threads: Int?
  private let cache: TableCache

  public init(threads: Int? = nil) { self.init(threads: threads, cache: TableCache()) }

  private init(threads: Int?, cache: TableCache) {
    self.threads = threads
    self.cache = cache
  }

  /// Another runner with the same tables.
  func with(threads: Int?) -> SweepRunner { SweepRunner(threads: threads, cache: cache) }

  /// What became of a sweep, by the index of its point.
  public struct Outcome<Kept: Sendable>: Sendable {
    public var slots: [Slot]

    public enum Slot: Sendable {
      case done(Kept)
      /// It cannot be simulated: the variant does not fit the model, the model not the device, the trace is missing, and so on.
      case failed(String)
      /// The sweep was stopped before.
      case open
    }

    /// Whether `progress` stopped it before all were done.
    public var wasStopped: Bool {
      slots.contains {
        if case .open = $0 { return true }
        return false
      }
    }

    /// What was kept, nil for points that failed or are open.
    public var kept: [Kept?] {
      slots.map {
        if case .done(let kept) = $0 { return kept }
        return nil
      }
    }
  }

  /// How far a sweep is.
  public struct Progress: Hashable, Sendable {
    public var finished: Int
    public var points: Int
  }

  /// Simulates points that are there already.
  public func run<Kept: Sendable>(
    _ points: [SweepPoint], progress: (@Sendable (Progress) -> Bool)? = nil,
    keeping: @Sendable (Int, RunFigures) -> Kept
  ) -> Outcome<Kept> {
    run(
      estimates: points.map(\.estimatedCost), progress: progress, point: { points[$0] }, keeping: keeping)
  }

  /// Simulates points that are made when they are due.
  ///
  /// - Parameters:
  ///   - estimates: guess of each point's cost, in any unit; as many as there are points.
  ///   - progress: called when a point is done, from any thread but never from two at once. Returning false stops the sweep: points
  ///     under way are dropped, those that are done are kept.
  ///   - point: makes the point of an index; what it throws is the point's failure.
  ///   - keeping: takes from a point's figures what is to be kept.
  public func run<Kept: Sendable>(
    estimates: [Double], progress: (@Sendable (Progress) -> Bool)? = nil,
    point: @Sendable (Int) throws -> SweepPoint, keeping: @Sendable (Int, RunFigures) -> Kept
  ) -> Outcome<Kept> {
    run(estimates: estimates, stop: StopFlag(), progress: progress, point: point, keeping: keeping)
  }

  /// As the public one.
  ///
  /// - Parameter stop: stops the sweep once it is set, points under way as well.
  package func run<Kept: Sendable>(
    estimates: [Double], stop: StopFlag, goodputLimits: GoodputLimits = GoodputLimits(),
    progress: (@Sendable (Progress) -> Bool)? = nil,
    point: @Sendable (Int) throws -> SweepPoint, keeping: @Sendable (Int, RunFigures) -> Kept
  ) -> Outcome<Kept> {
    let count = estimates.count
    let width = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, count))
    let work = WorkDeques(estimates: estimates, threads: width)
    let board = SweepBoard(count: count, stop: stop, report: progress)
    let slots = Mutex([Outcome<Kept>.Slot](repeating: .open, count: count))
    DispatchQueue.concurrentPerform(iterations: width) { thread in
      while !board.stop.isSet, let i = work.next(thread: thread) {
        do {
          if let figures = try simulate(point(i), board.stop, goodputLimits: goodputLimits) {
            let kept = keeping(i, figures)
            slots.withLock { $0[i] = .done(kept) }
            board.finish()
          }
        } catch {
          slots.withLock { $0[i] = .failed("\(error)") }
          board.finish()
        }
      }
    }
    return Outcome(slots: slots.withLock { $0 })
  }

  /// What simulating a point needs.
  package func prepare(_ point: SweepPoint) throws -> (fleet: Fleet, requests: RequestStream) {
    let fleet = try point.scenario.fleet(of: point.variant, sharing: cache)
    return (fleet, try point.scenario.workload.stream(seed: point.scenario.seed))
  }

  /// - Returns: nil if it was stopped in its midst.
  package func simulate(
    _ point: SweepPoint, _ stop: StopFlag, goodputLimits: GoodputLimits = GoodputLimits()
  ) throws -> RunFigures? {
    let (fleet, requests) = try prepare(point)
    let (figures, _) = try point.scenario.simulate(
      fleet, requests, goodputLimits: goodputLimits, progress: { _ in !stop.isSet })
    return stop.isSet && figures.unfinished > 0 ? nil : figures
  }
}

/// Set once, when somebody wants to stop.
package final class StopFlag: Sendable {
  private let flag = Atomic(false)
  package init() {}
  package var isSet: Bool { flag.load(ordering: .relaxed) }
  package func set() { flag.store(true, ordering: .relaxed) }
}

/// Counts what is done and reports it.
private struct SweepBoard: ~Copyable, Sendable {
  let stop: StopFlag
  private let finished = Mutex(0)
  private let count: Int
  private let report: (@Sendable (SweepRunner.Progress) -> Bool)?

  init(count: Int, stop: StopFlag, report: (@Sendable (SweepRunner.Progress) -> Bool)?) {
    self.count = count
    self.stop = stop
    self.report = report
  }

  borrowing func finish() {
    guard let report else { return }
    finished.withLock { finished in
      finished += 1
      if !report(.init(finished: finished, points: count)) { stop.set() }
    }
  }
}
