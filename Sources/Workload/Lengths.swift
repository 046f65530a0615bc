import Foundation
import Randomness

extension QuantileTable {
  /// The value below which a share `u` in 0 ... 1 lies, linear between the points. O(log n).
  public func value(at u: Double) -> Double {
    let percent = u * 100
    var (low, high) = (0, points.count - 1)
    guard high > 0 else { return points.first?.value ?? 0 }
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle].percent <= percent { low = middle } else { high = middle }
    }
    let (a, b) = (points[low], points[high])
    guard b.percent > a.percent else { return b.value }
    return a.value + (b.value - a.value) * (percent - a.percent) / (b.percent - a.percent)
  }

  /// Mean of the distribution, exactly.
  public var mean: Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.1.percent - pair.0.percent) / 100 * (pair.0.value + pair.1.value) / 2
    }
  }
}

extension LengthSpec {
  /// One length in tokens, at least 1. `traced` is the trace's own, where the distribution says so.
  func sample(_ draws: inout Draws, traced: Int?) -> Int {
    let drawn: Double
    switch distribution {
    case .constant(let tokens): drawn = Double(tokens)
    case .uniform(let low, let high): drawn = Double(draws.integer(in: low...Swift.max(low, high)))
    case .lognormal(let median, let p90):
      // 1.2816 is the 90th percentile of the standard normal.
      let sigma = log(p90 / median) / 1.2815515655446004
      drawn = median * exp(sigma * draws.normal())
    case .quantiles(let table): drawn = table.value(at: draws.unit())
    case .trace: drawn = Double(traced ?? min)
    }
    // Compared as numbers first: a lognormal tail can exceed every integer.
    let longest = Double(max ?? 1_000_000_000)
    let shortest = Double(Swift.max(1, min))
    return Int(Swift.max(shortest, Swift.min(drawn, longest)).rounded())
  }
}
