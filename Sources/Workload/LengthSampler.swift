import Foundation
import Randomness

/// Draws lengths of one kind, by item.
struct LengthSampler: Sendable {
  private let kind: Kind
  private let source: RandomStream
  private let min: Double
  private let max: Double

  /// A distribution with what does not change from item to item worked out.
  private enum Kind: Sendable {
    case constant(Int)
    case uniform(ClosedRange<Int>)
    case lognormal(median: Double, sigma: Double)
    case quantiles(QuantileTable)
    case trace
  }

  /// - Precondition: `spec` has no problems.
  init(_ spec: LengthSpec, seed: UInt64, stream: RandomStream.Name) {
    source = RandomStream(seed: seed, stream: stream)
    min = Double(spec.min)
    max = Double(spec.max ?? LengthSpec.limit)
    kind =
      switch spec.distribution {
      case .constant(let tokens):
        .constant(Swift.min(Swift.max(tokens, spec.min), spec.max ?? LengthSpec.limit))
      case .uniform(let low, let high): .uniform(low...high)
      case .lognormal(let median, let p90):
        .lognormal(median: median, sigma: log(p90 / median) / Self.normal90)
      case .quantiles(let table): .quantiles(table)
      case .trace: .trace
      }
  }

  /// - Parameter traced: the length that the trace has for this item, if there is a trace.
  func tokens(at item: Int, traced: Int?) -> Int {
    let length: Double
    switch kind {
    case .constant(let tokens): return tokens
    case .uniform(let range): length = Double(source.integer(at: item, in: range))
    case .lognormal(let median, let sigma):
      length = source.lognormal(at: item, median: median, sigma: sigma)
    case .quantiles(let table): length = table.value(at: source.uniform(at: item))
    case .trace: length = Double(traced ?? 1)
    }
    // Cut before the conversion: a lognormal's tail may lie beyond what an Int holds.
    return Int(Swift.min(Swift.max(length.rounded(), min), max))
  }

  /// The standard normal's 90th percentile.
  private static let normal90 = 1.2815515655446004
}
