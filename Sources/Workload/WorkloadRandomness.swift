import Quantities

extension WorkloadSpec {
  /// Whether another seed gives other requests. A trace that is replayed whole has nothing random, and neither have requests of one length
  /// at equal distances: their replications would all be the same run.
  public var isRandom: Bool {
    arrivals.isRandom || promptTokens.isRandom || outputTokens.isRandom || prefix.isRandom
      || priorities.count > 1
  }
}

extension ArrivalSpec {
  fileprivate var isRandom: Bool {
    switch self {
    case .open(let rate, let burstiness): rate.value.isFinite && burstiness.isFinite
    case .stages(let stages): stages.contains { $0.rate.value.isFinite && $0.burstiness.isFinite }
    case .gapQuantiles: true
    case .trace: false
    }
  }
}

extension LengthSpec {
  fileprivate var isRandom: Bool {
    switch distribution {
    case .constant, .trace: false
    case .uniform(let low, let high): low < high
    case .lognormal, .quantiles: true
    }
  }
}

extension PrefixSharing {
  fileprivate var isRandom: Bool {
    if case .groups(let count, _) = self { return count > 1 }
    return false
  }
}
