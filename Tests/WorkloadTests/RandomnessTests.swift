import Foundation
import Randomness
import Testing

/// Protects the generator's numbers themselves: every stored result depends on them.
@Suite("randomness") struct RandomnessTests {
  /// Known answers published with the generator (Random123, `kat_vectors`).
  @Test("Philox4x32-10 gives the published answers") func knownAnswers() {
    #expect(Philox(key: 0).block(.zero) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox(key: .max).block(SIMD4(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox(key: 0x299f_31d0_a409_3822).block(SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("an item's draws depend on seed, stream and index only") func addressable() {
    let stream = RandomStream(seed: 7, .arrivals)
    var first = stream.draws(at: 12)
    let numbers = (0..<5).map { _ in first.bits() }
    var other = stream.draws(at: 11)
    for _ in 0..<100 { _ = other.bits() }
    var again = stream.draws(at: 12)
    #expect((0..<5).map { _ in again.bits() } == numbers)
    var renamed = RandomStream(seed: 7, .prefixes).draws(at: 12)
    var reseeded = RandomStream(seed: 8, .arrivals).draws(at: 12)
    #expect(renamed.bits() != numbers[0] && reseeded.bits() != numbers[0])
    #expect(Set(numbers).count == 5)
  }

  private func sample(_ n: Int = 40_000, seed: UInt64 = 3, _ draw: (inout Draws) -> Double) -> (
    mean: Double, cv: Double
  ) {
    let stream = RandomStream(seed: seed, .arrivals)
    let values = (0..<n).map { i in
      var draws = stream.draws(at: i)
      return draw(&draws)
    }
    let mean = values.reduce(0, +) / Double(n)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    return (mean, variance.squareRoot() / mean)
  }

  @Test("moments of the distributions") func moments() {
    let uniform = sample { $0.unit() }
    #expect(abs(uniform.mean - 0.5) < 0.005 && abs(uniform.cv - 1 / 3.0.squareRoot()) < 0.01)
    let exponential = sample { $0.exponential() }
    #expect(abs(exponential.mean - 1) < 0.02 && abs(exponential.cv - 1) < 0.02)
    let normal = sample { 10 + $0.normal() }
    #expect(abs(normal.mean - 10) < 0.02 && abs(normal.cv - 0.1) < 0.002)
  }

  @Test("gamma: mean is the shape, coefficient of variation 1/√shape", arguments: [0.0058, 0.25, 1, 2.5, 40])
  func gamma(shape: Double) {
    // The rarer the large values, the longer it takes to see them.
    let n = shape < 0.1 ? 400_000 : 40_000
    let (mean, cv) = sample(n) { $0.gamma(shape: shape) }
    let tolerance = shape < 0.1 ? 0.08 : 0.03
    #expect(abs(mean / shape - 1) < tolerance, "\(mean)")
    #expect(abs(cv * shape.squareRoot() - 1) < tolerance, "\(cv)")
  }

  @Test("integers cover a range evenly, both ends included") func integers() {
    let stream = RandomStream(seed: 1, .prefixes)
    var counts = [Int](repeating: 0, count: 6)
    for i in 0..<60_000 {
      var draws = stream.draws(at: i)
      counts[draws.integer(in: 5...10) - 5] += 1
    }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 }, "\(counts)")
    var draws = stream.draws(at: 0)
    #expect(draws.integer(in: 4...4) == 4)
    _ = draws.integer(in: Int.min...Int.max)
  }
}
