import Foundation
import Randomness
import Testing

@Suite struct RandomnessTests {
  @Test("the generator is Philox4x32-10: the authors' known answers")
  func knownAnswers() {
    #expect(
      Philox.words(at: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox.words(at: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox.words(
        at: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("seed, stream and item each give other numbers; the same three give the same")
  func addressing() {
    func first(_ seed: UInt64, _ name: RandomStream.Name, _ item: Int) -> UInt64 {
      var draws = RandomStream(seed: seed, stream: name).draws(at: item)
      return draws.next()
    }
    var seen: Set<UInt64> = []
    for seed: UInt64 in [0, 1, 1 << 32, .max] {
      for name in RandomStream.Name.allCases {
        for item in [0, 1, 1 << 32, Int.max] { seen.insert(first(seed, name, item)) }
      }
    }
    #expect(seen.count == 4 * RandomStream.Name.allCases.count * 4)
    #expect(first(7, .arrivals, 12) == first(7, .arrivals, 12))
  }

  @Test("an item's sequence does not repeat from block to block")
  func sequence() {
    var draws = RandomStream(seed: 3, stream: .prefixes).draws(at: 5)
    #expect(Set((0..<1000).map { _ in draws.next() }).count == 1000)
  }

  /// One value for each of `count` items.
  private func sample(_ count: Int, seed: UInt64 = 11, _ draw: (inout RandomDraws) -> Double) -> [Double] {
    let stream = RandomStream(seed: seed, stream: .promptLengths)
    return (0..<count).map { item in
      var draws = stream.draws(at: item)
      return draw(&draws)
    }
  }

  /// The largest distance between the samples' distribution and `cdf`, times √n: above 1.63 in 1 % of cases.
  private func kolmogorov(_ samples: [Double], _ cdf: (Double) -> Double) -> Double {
    let n = Double(samples.count)
    let distances = samples.sorted().enumerated().map { i, x in
      max(abs(cdf(x) - Double(i) / n), abs(cdf(x) - Double(i + 1) / n))
    }
    return (distances.max() ?? 0) * n.squareRoot()
  }

  @Test("distributions follow their distribution functions, across items")
  func distributionFunctions() {
    #expect(kolmogorov(sample(20_000) { $0.uniform() }) { $0 } < 1.63)
    #expect(kolmogorov(sample(20_000) { $0.exponential() }) { 1 - exp(-$0) } < 1.63)
    let normal = { (x: Double) in 0.5 * erfc(-x / 2.0.squareRoot()) }
    #expect(kolmogorov(sample(20_000) { $0.normal() }, normal) < 1.63)
    #expect(
      kolmogorov(sample(20_000) { $0.lognormal(median: 100, sigma: 0.5) }) { normal(log($0 / 100) / 0.5) }
        < 1.63)
    // Shape 1 is exponential; shape 2 and mean 1 is the sum of two; shape 1/2 is half a squared normal, scaled.
    #expect(kolmogorov(sample(20_000) { $0.gamma(shape: 1) }) { 1 - exp(-$0) } < 1.63)
    #expect(kolmogorov(sample(20_000) { $0.gamma(shape: 2) }) { 1 - exp(-2 * $0) * (1 + 2 * $0) } < 1.63)
    #expect(kolmogorov(sample(20_000) { $0.gamma(shape: 0.5) }) { erf(($0 / 2).squareRoot()) } < 1.63)
  }

  @Test("the bound can fail: a slightly wrong distribution is told apart")
  func power() {
    #expect(kolmogorov(sample(20_000) { $0.gamma(shape: 1.1) }) { 1 - exp(-$0) } > 1.63)
  }

  @Test(
    "gamma's short cut gives the bits of the method without it",
    arguments: [0.0058, 0.5, 1, 1.5, 30, 1000, 1e9])
  func plainGamma(shape: Double) {
    func plain(_ draws: inout RandomDraws) -> Double {
      let d = (shape < 1 ? shape + 1 : shape) - 1 / 3.0
      let c = 1 / (9 * d).squareRoot()
      while true {
        let x = draws.normal()
        let root = 1 + c * x
        guard root > 0 else { continue }
        let v = root * root * root
        guard log(1 - draws.uniform()) < x * x / 2 + d - d * v + d * log(v) else { continue }
        return shape < 1 ? d * v * pow(1 - draws.uniform(), 1 / shape) / shape : d * v / shape
      }
    }
    #expect(sample(20_000) { $0.gamma(shape: shape) } == sample(20_000) { plain(&$0) })
  }

  @Test("gamma has mean 1 and CV 1/√shape", arguments: [0.0058, 0.05, 0.5, 0.99, 1, 2.5, 100, 1e8])
  func gammaMoments(shape: Double) {
    let n = 100_000
    let values = sample(n) { $0.gamma(shape: shape) }
    let mean = values.reduce(0, +) / Double(n)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    // Four standard errors: of the mean σ/√n; of the variance with gamma's kurtosis 3 + 6/k.
    #expect(abs(mean - 1) < 4 / (shape * Double(n)).squareRoot())
    #expect(abs(variance * shape - 1) < 4 * ((2 + 6 / shape) / Double(n)).squareRoot())
  }

  @Test("whole numbers: every value equally often, ends included, no bias at awkward sizes")
  func integers() {
    var counts = Array(repeating: 0, count: 7)
    for item in 0..<70_000 {
      var draws = RandomStream(seed: 2, stream: .outputLengths).draws(at: item)
      counts[draws.integer(in: -3...3) + 3] += 1
    }
    let chiSquare = counts.reduce(0) { $0 + pow(Double($1) - 10_000, 2) / 10_000 }
    #expect(chiSquare < 16.8)  // 1 % point with 6 degrees of freedom

    // Of 3 · 2⁶² values the lowest third would come up half the time if words were simply folded into the range.
    var low = 0
    for item in 0..<3000 {
      var draws = RandomStream(seed: 2, stream: .outputLengths).draws(at: item)
      if draws.integer(in: Int.min...Int.min + 3 * (1 << 61) + 3 * ((1 << 61) - 1)) < Int.min + (1 << 62) {
        low += 1
      }
    }
    #expect((900...1100).contains(low))
  }

  @Test("whole numbers at the limits of the type")
  func integerLimits() {
    var draws = RandomStream(seed: 2, stream: .outputLengths).draws(at: 0)
    #expect(draws.integer(in: 5...5) == 5)
    #expect(draws.integer(in: Int.max...Int.max) == Int.max)
    let whole = Set((0..<100).map { _ in draws.integer(in: Int.min...Int.max) })
    #expect(whole.count == 100)
  }
}
