import Quantities

/// Times of the same piece of work, done several times.
public struct RepeatedTimes: Hashable, Sendable {
  /// In ascending order; at least one.
  private let sorted: [Double]

  /// - Precondition: at least one.
  init(seconds: [Double]) {
    precondition(!seconds.isEmpty, "no times")
    sorted = seconds.sorted()
  }

  public var count: Int { sorted.count }
  /// In seconds. What the work takes where nothing disturbs it.
  public var minimum: Double { sorted[0] }
  public var maximum: Double { sorted[sorted.count - 1] }
  public var median: Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// Does the work `warmUps` times without and `repeats` times with a clock.
  static func measuring(warmUps: Int, repeats: Int, _ work: () throws -> Void) rethrows -> RepeatedTimes {
    for _ in 0..<warmUps { try work() }
    var times: [Double] = []
    for _ in 0..<max(1, repeats) {
      let start = ContinuousClock.now
      try work()
      times.append((ContinuousClock.now - start).seconds)
    }
    return RepeatedTimes(seconds: times)
  }
}

extension Duration {
  /// The whole of it.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
