import Testing

@testable import Metrics

@Suite struct LatencyHistogramTests {
  private static let bound = LatencyHistogram.relativeError

  private static func histogram(_ samples: [WeightedSample]) -> LatencyHistogram {
    var histogram = LatencyHistogram()
    for sample in samples { histogram.add(sample.value, count: sample.count) }
    return histogram
  }

  /// Everything that a histogram promises, against the exact distribution of the same samples.
  private static func check(
    _ samples: [WeightedSample], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let histogram = histogram(samples)
    let (exact, figures) = (Distribution(samples), Distribution(histogram))
    #expect(histogram.count == exact.count && figures.count == exact.count, sourceLocation: sourceLocation)
    #expect(
      figures.min == exact.min && histogram.minimum == exact.min, sourceLocation: sourceLocation)
    #expect(
      figures.max == exact.max && histogram.maximum == exact.max, sourceLocation: sourceLocation)
    #expect(abs(figures.mean - exact.mean) <= 1e-14 * exact.mean, sourceLocation: sourceLocation)
    // A variance is known to 10⁻¹³ of a bucket's width squared.
    let noise = 1e-13 * exact.max * exact.max * bound * bound
    #expect(
      abs(figures.std * figures.std - exact.std * exact.std) <= 1e-13 * exact.std * exact.std + noise,
      sourceLocation: sourceLocation)
    #expect(
      figures.samples.map(\.value) == figures.samples.map(\.value).sorted(), sourceLocation: sourceLocation)
    for percent in [0, 0.1, 1, 10, 25, 33.3, 50, 66.6, 75, 90, 99, 99.9, 99.99, 100] {
      let (mine, theirs) = (figures.percentile(percent), exact.percentile(percent))
      #expect(
        abs(mine - theirs) <= bound * theirs + 0x1p-1033, "p\(percent): \(mine) and \(theirs)",
        sourceLocation: sourceLocation)
    }
    #expect(
      abs(figures.median - exact.median) <= bound * exact.median + 0x1p-1033, sourceLocation: sourceLocation)
  }

  @Test(
    "percentiles are within the bound and moments exact, whatever the samples look like", arguments: 1...40)
  func randomSamples(seed: UInt64) {
    var random = SplitMix(state: seed)
    let kind = random.below(5)
    let centre = 1e-4 * Double(1 + random.below(1_000_000))
    Self.check(
      (0..<(1 + random.below(3000))).map { _ in
        let value =
          switch kind {
          case 0: centre * (1 + 1e-6 * random.unit())
          case 1: 1e-9 * Double(sign: .plus, exponent: random.below(50), significand: 1 + random.unit())
          case 2: random.unit()
          case 3: random.below(2) == 0 ? 0.01 + 1e-5 * random.unit() : 300 + random.unit()
          default: Double(random.below(4)) * centre
          }
        return WeightedSample(value: value, count: 1 + random.below(300))
      })
  }

  @Test("nasty samples") func nasty() {
    func once(_ values: [Double]) -> [WeightedSample] { values.map { WeightedSample(value: $0, count: 1) } }
    Self.check([])
    Self.check(once([0]))
    Self.check(once([-0.0, 0, 1]))
    Self.check(once([0.0123456]))
    Self.check(
      once([.leastNonzeroMagnitude, .leastNormalMagnitude / 7, .leastNormalMagnitude.nextDown, 0, 1]))
    Self.check(once([1e-9, 1e6, 1e-9, 1e6, 0.02]))
    // Both sides of a bucket's bounds, and of an octave's.
    Self.check(once([1.0, 1.0.nextDown, 1 + 0x1p-11, (1 + 0x1p-11).nextDown, 2.0.nextDown, 2]))
    Self.check(once([Double.greatestFiniteMagnitude / 1e170]))
    Self.check([WeightedSample(value: 0.02, count: 1 << 50), WeightedSample(value: 0.03, count: 1 << 50)])
    Self.check([WeightedSample(value: 7, count: 0), WeightedSample(value: 1, count: -3)])
    Self.check([WeightedSample(value: 0.1, count: 1_000_000)])
  }

  @Test("equal samples are reported exactly, with no deviation at all") func equal() {
    var histogram = LatencyHistogram()
    for _ in 0..<1000 { histogram.add(0.1) }
    #expect(Distribution(histogram) == Distribution([WeightedSample(value: 0.1, count: 1000)]))
  }

  @Test("merging gives the histogram of all samples, in whatever order", arguments: 1...20)
  func merging(seed: UInt64) {
    var random = SplitMix(state: seed)
    let parts = (0..<3).map { part in
      (0..<random.below(200)).map { _ in
        WeightedSample(
          value: (1 + random.unit()) * 0.01 * Double(1 + part * part * 90), count: random.below(9))
      }
    }
    let whole = Self.histogram(parts.flatMap { $0 })
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
      var merged = LatencyHistogram()
      for part in order { merged.merge(Self.histogram(parts[part])) }
      #expect(merged.count == whole.count)
      #expect(Distribution(merged).samples.map(\.count) == Distribution(whole).samples.map(\.count))
      #expect(abs(merged.mean - whole.mean) <= 1e-14 * whole.mean)
      #expect(abs(merged.std - whole.std) <= 1e-12 * whole.std)
      #expect((merged.minimum, merged.maximum) == (whole.minimum, whole.maximum))
      // It goes on counting where it was.
      var more = merged
      more.add(0.015, count: 4)
      #expect(more.count == whole.count + 4)
    }
  }

  @Test("memory follows the spread of the samples, not their number") func memory() {
    var histogram = LatencyHistogram()
    var random = SplitMix(state: 1)
    for _ in 0..<100_000 { histogram.add(0.02 * (1 + random.unit()), count: 100) }
    // An octave that straddles page bounds: nine pages of 4 KB and their directory.
    #expect(histogram.memory <= 9 * 4096 + 64)
  }

  @Test("what is no latency is a mistake of the caller") func noLatency() async {
    await #expect(processExitsWith: .failure) {
      var histogram = LatencyHistogram()
      histogram.add(-1)
    }
    await #expect(processExitsWith: .failure) {
      var histogram = LatencyHistogram()
      histogram.add(.nan)
    }
    await #expect(processExitsWith: .failure) {
      var histogram = LatencyHistogram()
      histogram.add(.infinity)
    }
  }
}
