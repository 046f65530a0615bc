import Testing

@testable import Metrics

@Suite struct DistributionTests {
  private static let samples = [3.2, 0.1, 7.7, 7.7, 1.5, 2.25, 9.0]

  /// Expected values are numpy 2.4's (`numpy.percentile`, method linear), to the last bit.
  @Test(
    "percentiles are numpy's, bit for bit",
    arguments: [
      (0, 0.1), (1, 0.184), (10, 0.9400000000000002), (25, 1.875), (50, 3.2), (75, 7.7), (90, 8.22),
      (99, 8.921999999999999), (99.9, 8.9922), (100, 9.0),
    ])
  func percentiles(percent: Double, expected: Double) {
    #expect(Distribution(Self.samples).percentile(percent) == expected)
  }

  @Test("an even number of samples: the median is the mean of the middle two; percentiles interpolate")
  func evenCount() {
    let four = Distribution([4, 1, 3, 2])
    #expect(four.median == 2.5)
    #expect([25, 50, 90, 99].map { four.percentile($0) } == [1.75, 2.5, 3.7, 3.9699999999999998])
  }

  @Test("the standard deviation divides by n, not by n − 1")
  func populationDeviation() {
    #expect(Distribution([1, 2, 3, 4]).std == 1.118033988749895)
    #expect(Distribution(Self.samples).mean == 4.492857142857143)
    #expect(abs(Distribution(Self.samples).std - 3.291594117860629) < 1e-15)
  }

  @Test("an empty set is 0 everywhere, as in vLLM's reports")
  func empty() {
    let none = Distribution([Double]())
    #expect(none.isEmpty)
    #expect(
      [none.mean, none.std, none.median, none.min, none.max, none.percentile(99)] == [0, 0, 0, 0, 0, 0])
    #expect(none.fraction(atMost: 1) == 0)
    #expect(none.samples.isEmpty)
  }

  @Test("one sample is every percentile of itself")
  func single() {
    let one = Distribution([2.5])
    #expect([0, 37, 50, 100].map { one.percentile($0) } == [2.5, 2.5, 2.5, 2.5])
    #expect(one.std == 0)
  }

  @Test("weighted samples give exactly what the same samples written out give", arguments: 1...20)
  func weightedEqualsWrittenOut(seed: UInt64) {
    var random = SplitMix(state: seed)
    let weighted = (0..<(1 + random.below(50))).map { _ in
      WeightedSample(value: Double(random.below(20)) * 0.01 + 0.003, count: random.below(6))
    }
    let writtenOut = weighted.flatMap { Array(repeating: $0.value, count: $0.count) }
    let (a, b) = (Distribution(weighted), Distribution(writtenOut))
    #expect(a == b)
    for percent in stride(from: 0.0, through: 100, by: 2.5) {
      #expect(a.percentile(percent) == b.percentile(percent))
    }
    #expect(a.median == b.median)
  }

  @Test("counts of zero or less are no samples")
  func emptyWeights() {
    let samples = [WeightedSample(value: 9, count: 0), WeightedSample(value: 1, count: -3)]
    #expect(Distribution(samples).isEmpty)
  }

  @Test("the empirical distribution: shares at, between and beyond the samples")
  func fractions() {
    let distribution = Distribution([1, 2, 2, 4])
    #expect([0.5, 1, 1.5, 2, 3.9, 4, 100].map(distribution.fraction) == [0, 0.25, 0.25, 0.75, 0.75, 1, 1])
    #expect(
      distribution.samples
        == [.init(value: 1, count: 1), .init(value: 2, count: 2), .init(value: 4, count: 1)])
  }

  @Test("sums keep what plain addition loses")
  func compensatedSum() {
    var sum = CompensatedSum()
    for x in [1, 1e100, 1, -1e100] { sum.add(x) }
    #expect(sum.value == 2)
    var repeated = CompensatedSum()
    repeated.add(0.1, times: 1_000_000)
    var plain = CompensatedSum()
    for _ in 0..<1_000_000 { plain.add(0.1) }
    #expect(repeated.value == plain.value)
  }
}

/// SplitMix64: reproducible random numbers for tests.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In 0 ..< bound.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// In 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
