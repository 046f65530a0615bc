import Randomness

/// How the points of a sweep are made of its axes.
public enum SweepSampling: Hashable, Sendable {
  /// Every combination; the last axis changes fastest.
  case grid
  /// The first values of all axes, then the second ones, and so on.
  case zip
  /// Each axis by itself, evenly over its values or its range.
  case random(samples: Int, seed: UInt64)
  /// As random, but each axis is cut into as many parts as there are samples, and each part has exactly one (McKay, Beckman & Conover
  /// 1979).
  case latinHypercube(samples: Int, seed: UInt64)

  /// The settings of each point, one for each axis. A closure, for a grid of a million points need not be in memory.
  ///
  /// - Precondition: in `zip` all axes have as many values.
  func points(of axes: [SweepAxis]) -> (count: Int, settings: (Int) -> [SweepAxis.Setting]) {
    switch self {
    case .grid:
      let settings = axes.map(\.settings)
      return (
        settings.reduce(1) { $0 * $1.count },
        { point in
          var rest = point
          return settings.reversed().map { axis in
            defer { rest /= axis.count }
            return axis[rest % axis.count]
          }.reversed()
        }
      )
    case .zip:
      let settings = axes.map(\.settings)
      return (settings.first?.count ?? 0, { point in settings.map { $0[point] } })
    case .random(let samples, let seed):
      let draws = axes.map { AxisDraws($0, seed: seed) }
      return (
        samples, { point in zip2(axes, draws).map { $0.setting(at: $1.share(of: point)) } }
      )
    case .latinHypercube(let samples, let seed):
      let draws = axes.map { AxisDraws($0, seed: seed) }
      let strata = draws.map { $0.permutation(of: samples) }
      return (
        samples,
        { point in
          axes.indices.map { i in
            axes[i].setting(
              at: (Double(strata[i][point]) + draws[i].share(of: point)) / Double(samples))
          }
        }
      )
    }
  }
}

private func zip2<A, B>(_ a: [A], _ b: [B]) -> Zip2Sequence<[A], [B]> { Swift.zip(a, b) }

/// The random numbers of an axis. They follow from its name: another axis, or another order of them, changes none.
private struct AxisDraws {
  private let stream: RandomStream
  private let first: Int

  init(_ axis: SweepAxis, seed: UInt64) {
    stream = RandomStream(seed: seed, stream: .sampling)
    // 2^32 items for each axis.
    first = Int(SHA256.hex(axis.name).prefix(7), radix: 16).map { $0 << 32 } ?? 0
  }

  /// In 0 ..< 1.
  func share(of point: Int) -> Double { stream.uniform(at: first + 1 + point) }

  /// A random order of 0 ..< count.
  func permutation(of count: Int) -> [Int] {
    var draws = stream.draws(at: first)
    return (0..<count).shuffled(using: &draws)
  }
}
