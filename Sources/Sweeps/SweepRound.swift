import Experiments
import Foundation
import Metrics
import Quantities
import Results
import Synchronization
import Workload

/// One pass over runs that have no result yet: which of them are this process's.
final class SweepRound: Sendable {
  private let desk: SweepDesk
  private let runs: [SweepPlan.Run]
  private let threads: Int
  private let claims: Mutex<Claims>
  private let active = Mutex([Int: SweepPoint]())
  private let start = ContinuousClock.now

  private struct Claims {
    /// nil: not asked for yet.
    var answers: [SweepStore.ClaimAnswer?]
    /// Indices in about the order in which threads take them.
    let order: [Int]
    var next = 0
  }

  init(_ desk: SweepDesk, _ runs: [SweepPlan.Run], threads: Int?) {
    self.desk = desk
    self.runs = runs
    self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let costs = runs.map { desk.plan.points[$0.point].cost }
    claims = Mutex(
      Claims(
        answers: Array(repeating: nil, count: runs.count),
        order: runs.indices.sorted { (-costs[$0], $0) < (-costs[$1], $1) }))
  }

  /// Whether this process is to simulate a run. Claims it, and some that come soon, if that has not been done.
  func mayBegin(_ index: Int) -> Bool {
    guard !desk.stop.isSet else { return false }
    return claims.withLock { claims in
      if claims.answers[index] == nil { ask(for: index, &claims) }
      return claims.answers[index] == .granted
    }
  }

  private func ask(for index: Int, _ claims: inout Claims) {
    var wanted = [index]
    let most = desk.share(since: start, threads: threads)
    while wanted.count < most, claims.next < claims.order.count {
      let next = claims.order[claims.next]
      claims.next += 1
      if next != index, claims.answers[next] == nil { wanted.append(next) }
    }
    do {
      let answers = try desk.store.claim(wanted.map { desk.plan.key(of: runs[$0]) }, for: desk.owner)
      for (index, answer) in zip(wanted, answers) { claims.answers[index] = answer }
      desk.note(elsewhere: claims.answers.count { $0 == .elsewhere || $0 == .done })
    } catch {
      desk.fail(error)
    }
  }

  func isGranted(_ index: Int) -> Bool { claims.withLock { $0.answers[index] == .granted } }

  /// Whether anything was this process's.
  var hasWorked: Bool { claims.withLock { $0.answers.contains(.granted) } }

  /// Runs that another process was at.
  var elsewhere: [SweepPlan.Run] {
    claims.withLock { claims in runs.indices.filter { claims.answers[$0] == .elsewhere }.map { runs[$0] } }
  }

  func begin(_ index: Int, _ point: SweepPoint) { active.withLock { $0[index] = point } }

  func finish(_ index: Int, _ run: RunFigures) {
    guard let point = active.withLock({ $0.removeValue(forKey: index) }) else { return }
    desk.add(.done(SweepFigures(run, of: point)), for: desk.plan.key(of: runs[index]))
  }

  func fail(_ index: Int, _ reason: String) {
    desk.add(.failed(reason), for: desk.plan.key(of: runs[index]))
  }
}
