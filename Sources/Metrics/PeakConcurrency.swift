/// The most requests that touch a one-second bucket, the buckets of sending and of the last token both included, found while they
/// come and go. Memory is O(seconds between a step's end and its token's arrival), in practice one or two entries.
struct PeakConcurrency: Sendable {
  private(set) var peak = 0
  private var entered = 0
  /// Requests that left in a second which no later sending can share.
  private var left = 0
  /// The others, by second in ascending order.
  private var leaving: [(second: Int, count: Int)] = []

  /// A request was sent; seconds never decrease from call to call.
  mutating func enter(second: Int) {
    entered += 1
    forget(before: second)
    peak = max(peak, entered - left)
  }

  /// - Parameter now: no later sending comes in an earlier second.
  mutating func leave(second: Int, now: Int) {
    forget(before: now)
    let place = leaving.lastIndex { $0.second <= second }
    if let place, leaving[place].second == second {
      leaving[place].count += 1
    } else {
      leaving.insert((second, 1), at: place.map { $0 + 1 } ?? 0)
    }
  }

  private mutating func forget(before second: Int) {
    while let first = leaving.first, first.second < second {
      left += first.count
      leaving.removeFirst()
    }
  }
}
