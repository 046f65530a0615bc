import Synchronization

/// Counts what a study has simulated and tells whoever wants to know.
final class StudyMeter: Sendable {
  private struct State {
    var progress: CapacityStudy.Progress
    var isStopped = false
  }

  private let state: Mutex<State>
  private let report: @Sendable (CapacityStudy.Progress) -> Bool

  init(count: Int, report: @escaping @Sendable (CapacityStudy.Progress) -> Bool) {
    state = Mutex(State(progress: .init(variant: "", finishedVariants: 0, variants: count, runs: 0)))
    self.report = report
  }

  var isStopped: Bool { state.withLock { $0.isStopped } }

  func begin(_ variant: String) { change { $0.variant = variant } }
  func count(runs: Int) { change { $0.runs += runs } }
  func finish() { change { $0.finishedVariants += 1 } }

  private func change(_ edit: (inout CapacityStudy.Progress) -> Void) {
    state.withLock { state in
      edit(&state.progress)
      if !state.isStopped, !report(state.progress) { state.isStopped = true }
    }
  }
}
