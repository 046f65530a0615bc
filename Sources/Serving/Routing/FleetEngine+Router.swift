import Workload

/// The router's choice.
extension FleetEngine {
  /// The replica of a request that is sent now. Ties go to the first in the circle behind the one that got the last request.
  mutating func pick(for request: Request, at time: Double) throws -> Int {
    switch router {
    case .roundRobin: return routed % engines.count
    case .random: return draws.replica(of: request, among: engines.count)
    case .leastOutstanding: return try leastOutstanding(at: time)
    case .powerOfTwoChoices:
      let (a, b) = draws.pair(of: request, among: engines.count)
      try learnAnswers(of: a, until: time)
      try learnAnswers(of: b, until: time)
      return outstanding[b] < outstanding[a] ? b : a
    case .leastKV: return try leastKV(at: time)
    case .prefixAffinity:
      if let text = request.firstText { return draws.home(ofText: text, among: engines.count) }
      return try leastOutstanding(at: time)
    }
  }

  private mutating func leastOutstanding(at time: Double) throws -> Int {
    var best = next(after: last)
    var r = best
    repeat {
      try learnAnswers(of: r, until: time)
      if outstanding[r] < outstanding[best] { best = r }
      r = next(after: r)
    } while r != next(after: last)
    return best
  }

  private mutating func leastKV(at time: Double) throws -> Int {
    var best = next(after: last)
    var least = (used: 1, of: 0)
    var r = best
    repeat {
      try bring(r, to: time)
      let share = (used: engines[r].pool.usedBlocks, of: engines[r].limits.usableBlocks)
      let (mine, others) = (share.used * least.of, least.used * share.of)
      if mine < others || mine == others && outstanding[r] < outstanding[best] { (best, least) = (r, share) }
      r = next(after: r)
    } while r != next(after: last)
    return best
  }

  /// Only a replica that may have answered something since has fewer outstanding requests than it had.
  private mutating func learnAnswers(of r: Int, until time: Double) throws {
    if earliestAnswers[r] <= time || engines[r].client.nextAnswer <= time { try bring(r, to: time) }
  }

  private func next(after r: Int) -> Int { r + 1 < engines.count ? r + 1 : 0 }
}
