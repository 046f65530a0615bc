import Metrics

/// The samples of several distributions taken together, without being written out.
struct PooledDistribution {
  private let parts: [Distribution]
  let count: Int

  /// - Parameter leavingOut: position of a part that does not count.
  init(_ parts: [Distribution], leavingOut: Int? = nil) {
    var kept = parts
    if let leavingOut { kept.remove(at: leavingOut) }
    self.parts = kept.filter { !$0.isEmpty }
    count = self.parts.reduce(0) { $0 + $1.count }
  }

  var mean: Double {
    count == 0 ? 0 : parts.reduce(0) { $0 + $1.mean * Double($1.count) } / Double(count)
  }

  /// That of `Distribution` for the same samples written out. O(parts · log samples · 62).
  func percentile(_ percent: Double) -> Double {
    guard count > 0 else { return 0 }
    if parts.count == 1 { return parts[0].percentile(percent) }
    let position = Double(count - 1) * (percent / 100)
    let lower = Int(position)
    let low = orderStatistic(lower)
    guard lower < count - 1 else { return low }
    return low + (orderStatistic(lower + 1) - low) * (position - Double(lower))
  }

  func value(_ statistic: Objective.Statistic) -> Double {
    switch statistic {
    case .mean: mean
    case .percentile(let percent): percentile(percent)
    }
  }

  /// The sample at 0-based position `rank` of all, in ascending order: the least value that more than `rank` samples do not exceed.
  private func orderStatistic(_ rank: Int) -> Double {
    // Samples are not negative, so their bit patterns are in their order.
    var low = (parts.map(\.min).min() ?? 0).bitPattern
    var high = (parts.map(\.max).max() ?? 0).bitPattern
    while low < high {
      let middle = low + (high - low) / 2
      let value = Double(bitPattern: middle)
      let atMost = parts.reduce(0) { $0 + Int(($1.fraction(atMost: value) * Double($1.count)).rounded()) }
      if atMost > rank { high = middle } else { low = middle + 1 }
    }
    return Double(bitPattern: low)
  }
}
