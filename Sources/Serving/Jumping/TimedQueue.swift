import DequeModule

/// Things that happen at known times, put in with hardly ever a step back: a queue in which the last comers are put in order.
///
/// Ties go by the number of the request. Taking is O(1), and so is putting in order of time.
struct TimedQueue: Sendable {
  struct Item: Sendable {
    let time: Double
    /// Of the request.
    let index: Int
    let slot: Int32
  }

  private var items: Deque<Item> = []
  private(set) var nextTime = Double.infinity

  mutating func add(_ item: Item) {
    items.append(item)
    var i = items.count - 1
    while i > 0, (items[i].time, items[i].index) < (items[i - 1].time, items[i - 1].index) {
      items.swapAt(i, i - 1)
      i -= 1
    }
    nextTime = min(nextTime, item.time)
  }

  mutating func removeFirst() -> Item {
    let first = items.removeFirst()
    nextTime = items.first?.time ?? .infinity
    return first
  }
}
