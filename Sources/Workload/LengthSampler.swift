import Foundation
import Randomness

/// Draws lengths of one kind, by item.
struct LengthSampler: Sendable {
  private let spec: LengthSpec
  private let source: RandomStream

  /// - Precondition: `spec` has no problems.
  init(_ spec: LengthSpec, seed: UInt64, stream: RandomStream.Name) {
    self.spec = spec
    source = RandomStream(seed: seed, stream: stream)
  }

  /// - Parameter traced: the length that the trace has for this item, if there is a trace.
  func tokens(at item: Int, traced: Int?) -> Int {
    var draws = source.draws(at: item)
    let length: Double
    switch spec.distribution {
    case .constant(let tokens): length = Double(tokens)
    case .uniform(let low, let high): length = Double(draws.integer(in: low...high))
    case .lognormal(let median, let p90):
      length = draws.lognormal(median: median, sigma: log(p90 / median) / Self.normal90)
    case .quantiles(let table): length = table.value(at: draws.uniform())
    case .trace: length = Double(traced ?? 1)
    }
    // Cut before the conversion: a lognormal's tail may lie beyond what an Int holds.
    let most = Double(spec.max ?? LengthSpec.limit)
    return Int(Swift.min(Swift.max(length.rounded(), Double(spec.min)), most))
  }

  /// The standard normal's 90th percentile.
  private static let normal90 = 1.2815515655446004
}
