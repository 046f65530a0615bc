public import Calibration
import Foundation
public import Hardware
import Quantities
import Synchronization

/// Fits every kernel of a folder of tables, several at once.
public struct CalibrationRun: Sendable {
  private let calibration: Calibration
  /// Stands in the profile: what was run, without folders.
  private let command: String?

  public init(_ calibration: Calibration, command: String?) {
    self.calibration = calibration
    self.command = command
  }

  /// The profile, or nil if `progress` ended it.
  ///
  /// - Parameters:
  ///   - threads: kernels fitted at once; nil is one per core. The profile does not depend on it.
  ///   - progress: told how far the fit is, from several threads; false stops it.
  /// - Throws: `FitError` or `InputError` where a kernel cannot be fitted.
  public func run(
    threads: Int? = nil, progress: @escaping @Sendable (Experiment.Progress) -> Bool = { _ in true }
  ) throws -> DeviceProfile? {
    let tables = calibration.tables
    let board = Mutex(Board(count: tables.count))
    ParallelLoop.run(count: tables.count, threads: threads) { i in
      let evaluations = Atomic(0)
      let result = Result {
        try KernelFit(table: tables[i], device: calibration.device).fitted {
          let done = evaluations.wrappingAdd(1, ordering: .relaxed).newValue
          let share = Double(done) / Double(KernelFit.minimizer.maxEvaluations)
          return board.withLock { !$0.report(i, share, to: progress) }
        }
      }
      board.withLock {
        $0.results[i] = result
        _ = $0.report(i, 1, to: progress)
      }
    }
    let (results, wasStopped) = board.withLock { ($0.results, $0.isStopped) }
    if wasStopped { return nil }
    return try calibration.profile(results.compactMap { try $0?.get() }, command: command)
  }

  private struct Board: Sendable {
    var results: [Result<DeviceProfile, any Error>?]
    var isStopped = false
    private var shares: [Double]

    init(count: Int) {
      results = Array(repeating: nil, count: count)
      shares = Array(repeating: 0, count: count)
    }

    /// Whether the fit goes on.
    mutating func report(_ i: Int, _ share: Double, to progress: (Experiment.Progress) -> Bool) -> Bool {
      shares[i] = min(1, share)
      let current = Experiment.Progress(
        finishedRuns: results.count { $0 != nil }, runs: results.count,
        share: shares.reduce(0, +) / Double(max(1, shares.count)))
      if !isStopped, !progress(current) { isStopped = true }
      return !isStopped
    }
  }
}
