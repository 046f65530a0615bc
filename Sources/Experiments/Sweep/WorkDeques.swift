import Synchronization

/// Indices 0 ..< count, shared out over threads so that all have about the same to do, and taken over from one another when the guess was
/// wrong.
///
/// Work is sorted by its estimated cost and dealt out, so each thread has a run of positions with the dearest first. A thread takes from
/// the front of its own run. One that has none left takes the rear half, by cost, of the run with the most left: few big pieces change
/// hands early on, and what is moved late is cheap. All that is shared is one atomic number for each thread, two positions in one word.
struct WorkDeques: ~Copyable, Sendable {
  /// Indices by position: the first thread's run, then the second's, and so on.
  private let order: [Int32]
  /// `costs[p]`: of all positions before p.
  private let costs: [Double]
  private let runs: [Run]

  private final class Run: Sendable {
    /// First position in the upper half, the one behind the last in the lower.
    let bounds: Atomic<UInt64>

    init(_ first: Int, _ end: Int) { bounds = Atomic(Self.word(first, end)) }

    static func word(_ first: Int, _ end: Int) -> UInt64 { UInt64(first) << 32 | UInt64(end) }
    static func positions(_ word: UInt64) -> (first: Int, end: Int) {
      (Int(word >> 32), Int(word & 0xFFFF_FFFF))
    }
  }

  /// - Parameter estimates: cost of each index, in any unit.
  init(estimates: [Double], threads: Int) {
    // Equal estimates stay in order of their indices: neighbours have much in common, what is in a core's caches for one serves the next.
    let sorted = estimates.indices.sorted { (-estimates[$0], $0) < (-estimates[$1], $1) }
    var dealt = [[Int]](repeating: [], count: threads)
    var loads = [Double](repeating: 0, count: threads)
    for index in sorted {
      var lightest = 0
      for thread in 1..<max(1, threads) where loads[thread] < loads[lightest] { lightest = thread }
      dealt[lightest].append(index)
      loads[lightest] += max(estimates[index], .leastNormalMagnitude)
    }
    order = dealt.joined().map { Int32($0) }
    var costs = [0.0]
    costs.reserveCapacity(order.count + 1)
    for index in order { costs.append(costs[costs.count - 1] + estimates[Int(index)]) }
    self.costs = costs
    var first = 0
    runs = dealt.map { indices in
      defer { first += indices.count }
      return Run(first, first + indices.count)
    }
  }

  /// The next index for a thread; nil if nothing is left anywhere, save what others are at.
  borrowing func next(thread: Int) -> Int? {
    while true {
      if let position = takeFirst(thread) { return Int(order[position]) }
      guard let loot = steal() else { return nil }
      // Nobody takes from an empty run, so it can be set without a comparison.
      runs[thread].bounds.store(Run.word(loot.first, loot.end), ordering: .releasing)
    }
  }

  private borrowing func takeFirst(_ thread: Int) -> Int? {
    var seen = runs[thread].bounds.load(ordering: .acquiring)
    while true {
      let (first, end) = Run.positions(seen)
      guard first < end else { return nil }
      let (isOurs, now) = runs[thread].bounds.weakCompareExchange(
        expected: seen, desired: Run.word(first + 1, end), ordering: .acquiringAndReleasing)
      if isOurs { return first }
      seen = now
    }
  }

  /// Takes half of what costs most.
  private borrowing func steal() -> (first: Int, end: Int)? {
    while true {
      var richest: (run: Run, word: UInt64, count: Int, cost: Double)?
      for run in runs {
        let word = run.bounds.load(ordering: .acquiring)
        let (first, end) = Run.positions(word)
        guard first < end else { continue }
        let cost = costs[end] - costs[first]
        if let richest, (richest.cost, richest.count) >= (cost, end - first) { continue }
        richest = (run, word, end - first, cost)
      }
      guard let richest else { return nil }
      let (first, end) = Run.positions(richest.word)
      let split = middle(first, end)
      let (isOurs, _) = richest.run.bounds.compareExchange(
        expected: richest.word, desired: Run.word(first, split), ordering: .acquiringAndReleasing)
      if isOurs { return (split, end) }
    }
  }

  /// The first position from which on no more than half the cost is left, but at least one position.
  private borrowing func middle(_ first: Int, _ end: Int) -> Int {
    let half = (costs[first] + costs[end]) / 2
    var (low, high) = (first, end - 1)
    while low < high {
      let probe = (low + high) / 2
      if costs[probe] < half { low = probe + 1 } else { high = probe }
    }
    return low
  }
}
