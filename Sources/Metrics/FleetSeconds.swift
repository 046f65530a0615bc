public import Quantities

/// The most tokens and requests in any one-second bucket of a run of several replicas, whose observers each know a part of every
/// second. Memory is O(seconds not settled).
public struct FleetSeconds: Sendable {
  private(set) var peakTokens = 0
  private(set) var peakRequests = 0
  private var open: [Int: Counts] = [:]
  private var entered = 0
  private var left = 0

  struct Counts: Sendable {
    var tokens = 0
    var entered = 0
    var left = 0
  }

  public init() {}

  mutating func add(_ log: SecondLog) {
    for item in log.tokens { open[item.second, default: Counts()].tokens += item.count }
    for item in log.entered { open[item.second, default: Counts()].entered += item.count }
    for item in log.left { open[item.second, default: Counts()].left += item.count }
  }

  /// Counts the seconds that nothing can be added to any more.
  ///
  /// - Parameter time: since the first sending; everything before has been told.
  public mutating func settle(before time: Seconds) {
    let limit = time.value < 0x1p62 ? Int(max(0, time.value)) : .max
    for second in open.keys.filter({ $0 < limit }).sorted() {
      guard let counts = open.removeValue(forKey: second) else { continue }
      entered += counts.entered
      if counts.entered > 0 { peakRequests = max(peakRequests, entered - left) }
      left += counts.left
      peakTokens = max(peakTokens, counts.tokens)
    }
  }
}

/// What one replica's observer knows of each second, counted from the fleet's first sending, since it was last asked.
struct SecondLog: Sendable {
  private(set) var tokens: [Item] = []
  private(set) var entered: [Item] = []
  private(set) var left: [Item] = []

  struct Item: Sendable {
    let second: Int
    var count: Int
  }

  mutating func addTokens(_ count: Int, second: Int) { Self.add(count, second, to: &tokens) }
  mutating func enter(second: Int) { Self.add(1, second, to: &entered) }
  mutating func leave(second: Int) { Self.add(1, second, to: &left) }

  private static func add(_ count: Int, _ second: Int, to items: inout [Item]) {
    if let last = items.last, last.second == second {
      items[items.count - 1].count += count
    } else {
      items.append(Item(second: second, count: count))
    }
  }

  mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    entered.removeAll(keepingCapacity: true)
    left.removeAll(keepingCapacity: true)
  }
}
