import Foundation
import Metrics
import Testing

@testable import Planning

/// The search on scores that cost nothing.
@Suite struct CapacitySearchTests {
  /// Run r of a seed: normal numbers, the same at every load.
  private static func noise(_ seed: Int, _ run: Int) -> Double {
    var state = UInt64(seed &* 1_000_003 &+ run) &* 0x9E37_79B9_7F4A_7C15
    func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
    }
    return (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  private static func mean(_ samples: ArraySlice<Double>, _ left: Int?) -> Double {
    let kept = samples.enumerated().filter { $0.offset != left }.map(\.element)
    return kept.reduce(0, +) / Double(kept.count)
  }

  /// Score = 3 ln(load ÷ 10) + noise: steep, as latencies are near a capacity, which is 10.
  private static func search(_ seed: Int, noise size: Double = 0.3) -> CapacitySearch<Double> {
    CapacitySearch(loads: 0.01...1e4) { load, runs in
      runs.map { 3 * log(load / 10) + size * Self.noise(seed, $0) }
    }
  }

  @Test("The root of a score without noise is found from any start", arguments: [0.05, 9.9, 10, 3000])
  func exact(start: Double) throws {
    var search = Self.search(1, noise: 0)
    let bracket = try search.bracket(Self.mean, near: start, step: 1.5, ratio: 1.02, runs: 2)
    let root = try #require(search.root(in: bracket))
    #expect(abs(root / 10 - 1) < 1e-6)
    #expect(bracket.ratio <= 1.02)
  }

  @Test("95 % intervals hold the true capacity about 95 times of 100")
  func coverage() throws {
    let seeds = 600
    var held = 0
    for seed in 0..<seeds {
      var search = Self.search(seed)
      let bracket = try search.bracket(Self.mean, near: 8, step: 1.025, ratio: 1.025, runs: 8)
      let root = try #require(search.root(in: bracket))
      let estimate = Jackknife.estimate(
        root, leavingOut: try search.rootsLeavingOut(Self.mean, near: root, runs: 8), level: 0.95)
      if estimate.lower <= 10, 10 <= estimate.upper { held += 1 }
    }
    // Three standard deviations of a binomial share around 0.95 are 0.027.
    #expect(abs(Double(held) / Double(seeds) - 0.95) < 0.03, "\(held) of \(seeds)")
  }

  @Test("Loads that no run carries, and loads that all carry, end the search at the ends")
  func ends() throws {
    var search = Self.search(1)
    let never = try search.bracket({ _, _ in 1 }, near: 3, step: 2, ratio: 1.1, runs: 2)
    #expect(never.lower == nil && search.root(in: never) == nil && never.upper?.load == 0.01)
    let always = try search.bracket({ _, _ in -1 }, near: 3, step: 2, ratio: 1.1, runs: 2)
    #expect(always.upper == nil && search.root(in: always) == 1e4)
  }

  @Test("Whole loads: the last one that is carried")
  func whole() throws {
    var search = CapacitySearch<Double>(loads: 1...1000, isWhole: true) { load, runs in
      runs.map { _ in load - 17.5 }
    }
    let bracket = try search.bracket(Self.mean, near: 3, step: 1.5, ratio: 1.01, runs: 2)
    #expect(search.root(in: bracket) == 17)
  }

  @Test("No run is simulated twice")
  func once() throws {
    var search = Self.search(4)
    _ = try search.bracket(Self.mean, near: 8, step: 1.5, ratio: 1.05, runs: 2)
    let before = search.simulatedRuns
    _ = try search.bracket(Self.mean, near: 8, step: 1.5, ratio: 1.05, runs: 2)
    #expect(search.simulatedRuns == before)
  }

  @Test("Pooled statistics are those of the samples written out")
  func pooled() {
    let parts = (0..<4).map { i in (0..<(50 + 13 * i)).map { exp(Self.noise(i, $0)) } }
    let pooled = PooledDistribution(parts.map { Distribution($0) })
    let whole = Distribution(parts.flatMap(\.self))
    for percent in [0, 1, 50, 90, 99, 99.9, 100] {
      #expect(abs(pooled.percentile(percent) / whole.percentile(percent) - 1) < 1e-12)
    }
    #expect(abs(pooled.mean / whole.mean - 1) < 1e-12 && pooled.count == whole.count)
    let less = PooledDistribution(parts.map { Distribution($0) }, leavingOut: 2)
    #expect(less.percentile(90) == Distribution(parts[0] + parts[1] + parts[3]).percentile(90))
    #expect(PooledDistribution([]).percentile(99) == 0)
  }

  @Test("The interval of a mean is Student's t of the runs")
  func jackknife() throws {
    let values = [3.0, 5, 4, 9, 2]
    let estimate = Jackknife.estimate(count: 5, level: 0.9) { left in
      let kept = values.enumerated().filter { $0.offset != left }.map(\.element)
      return kept.reduce(0, +) / Double(kept.count)
    }
    let expected = try #require(ConfidenceInterval(replications: values, level: 0.9))
    #expect(abs(estimate.value - 4.6) < 1e-12)
    #expect(abs((estimate.interval?.halfWidth ?? 0) / expected.halfWidth - 1) < 1e-9)
  }
}
