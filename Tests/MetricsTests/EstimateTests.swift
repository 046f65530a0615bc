import Foundation
import Testing

@testable import Metrics

@Suite struct EstimateTests {
  // MARK: Closed forms

  /// t(2) = 4.302652729749462; of 1, 2, 6 the mean is 3 and the standard error √7/√3.
  @Test("replications: the mean and Student's t")
  func replications() throws {
    let interval = try #require(Estimate(replications: [1, 2, 6])).interval()
    #expect(interval.mean == 3)
    #expect(abs(interval.halfWidth - 4.302652729749462 * (7.0 / 3).squareRoot()) < 1e-9)
    #expect(interval.parts == 3)
    #expect(Estimate(replications: [1]) == nil)
  }

  @Test("a difference that is the same in every replication is certain, however much both vary")
  func pairedDifference() throws {
    let (a, b) = ([10.0, 40, 25], [7.0, 37, 22])
    let paired = try #require(ConfidenceInterval(differenceOf: a, from: b))
    #expect((paired.mean, paired.halfWidth) == (3, 0))
    let (first, second) = (try #require(Estimate(replications: a)), try #require(Estimate(replications: b)))
    #expect(first.difference(from: second) == paired)
    #expect(ConfidenceInterval(differenceOf: a, from: [1, 2]) == nil)
  }

  @Test("a ratio that is the same in every replication is certain; of sums and counts it is the pooled mean")
  func pairedRatio() throws {
    let ratio = try #require(ConfidenceInterval(ratioOf: [2, 4, 9], to: [4, 8, 18]))
    #expect(ratio.mean == 0.5 && ratio.halfWidth < 1e-12)
    // (1 + 5) / (1 + 3) = 1.5, residuals −0.5 and 0.5 over a mean count of 2: standard error 0.25, t(1) = 12.706.
    let pooled = try #require(ConfidenceInterval(ratioOf: [1, 5], to: [1, 3]))
    #expect(pooled.mean == 1.5)
    #expect(abs(pooled.halfWidth - 0.25 * 12.706204736174694) < 1e-9)
    #expect(ConfidenceInterval(ratioOf: [1, 2], to: [1, -1]) == nil)
    let half = try #require(Estimate(replications: [2, 4, 9]))
    let whole = try #require(Estimate(replications: [4, 8, 18]))
    let fromEstimates = try #require(half.ratio(to: whole))
    #expect(fromEstimates.mean == 0.5 && fromEstimates.halfWidth < 1e-12)
  }

  @Test("what is not paired is not compared")
  func unpaired() throws {
    let three = try #require(Estimate(replications: [1, 2, 3]))
    let two = try #require(Estimate(replications: [1, 2]))
    let batches = Estimate(value: 2, parts: [1, 2, 3], origin: .batches(size: 50))
    #expect(three.difference(from: two) == nil && three.ratio(to: batches) == nil)
    let none = try #require(Estimate(replications: [0, 0, 0]))
    #expect(three.ratio(to: none) == nil)
  }

  @Test("a share of good requests: binomial where requests are independent")
  func share() throws {
    var random = SplitMix(state: 3)
    let good = (0..<20).map { _ in Double((0..<500).count { _ in random.unit() < 0.9 }) }
    let estimate = try #require(
      Estimate(sums: good, counts: Array(repeating: 500, count: 20), batchSize: 500))
    let binomial = 1.96 * (0.9 * 0.1 / 10_000).squareRoot()
    #expect((0.5...2).contains(estimate.interval().halfWidth / binomial))
  }

  @Test("empty batches are left out, and too few or too short ones give nothing")
  func tooFew() {
    let (sums, counts) = (Array(repeating: 2.0, count: 12), Array(repeating: 1.0, count: 12))
    #expect(Estimate(sums: sums + [0, 0], counts: counts + [0, 0], batchSize: 5)?.parts.count == 12)
    #expect(Estimate(sums: sums, counts: counts, batchSize: 4) == nil)
    #expect(Estimate(sums: Array(sums.prefix(9)), counts: Array(counts.prefix(9)), batchSize: 50) == nil)
  }

  @Test("batches that lean on their neighbours widen the interval; ones that alternate do not narrow it")
  func correlated() {
    let slow = (0..<20).map { sin(Double($0) / 3) }
    let mixed = stride(from: 0, to: 20, by: 2).flatMap { [slow[$0], slow[19 - $0]] }
    func halfWidth(_ parts: [Double]) -> Double {
      Estimate(value: 0, parts: parts, origin: .batches(size: 10)).interval().halfWidth
    }
    let plain = ConfidenceInterval(replications: mixed)?.halfWidth ?? 0
    #expect(abs(halfWidth(mixed) / plain - 1) < 0.35)
    #expect(halfWidth(slow) > 2 * plain)
    let alternating = (0..<20).map { $0 % 2 == 0 ? 1.0 : -1.0 }
    let narrow = ConfidenceInterval(replications: alternating)?.halfWidth ?? 0
    #expect(abs(halfWidth(alternating) / narrow - 1) < 1e-12)
  }

  @Test("a percentile without spread around it is certain; one without samples beyond it is unknown")
  func percentileEdges() throws {
    let same = try #require(Self.percentile(99, of: Array(repeating: 2, count: 2000)))
    #expect(same.value == 2 && same.interval().halfWidth == 0)
    var random = SplitMix(state: 5)
    let few = (0..<200).map { _ in random.unit() }
    #expect(Self.percentile(50, of: few) != nil && Self.percentile(99.9, of: few) == nil)
    #expect(Self.percentile(100, of: few) == nil && Self.percentile(50, of: Array(few.prefix(60))) == nil)
  }

  // MARK: Coverage

  /// How many of `runs` intervals hold the true value; of those that could be given.
  private static func coverage(_ runs: Int, _ truth: Double, _ interval: () -> ConfidenceInterval?) -> Double
  {
    let intervals = (0..<runs).compactMap { _ in interval() }
    return intervals.count < runs / 2
      ? 0 : Double(intervals.count { $0.contains(truth) }) / Double(intervals.count)
  }

  static func mean(of observations: [Double]) -> Estimate? {
    let batches = batches(observations)
    return Estimate(
      sums: batches.map { $0.reduce(0, +) }, counts: batches.map { Double($0.count) },
      batchSize: batches[0].count)
  }

  static func percentile(_ percent: Double, of observations: [Double]) -> Estimate? {
    let (samples, batches) = (Distribution(observations), batches(observations))
    let q = samples.percentile(percent)
    // Samples equal to the percentile are dealt out so that the run as a whole has exactly its share of them at or below.
    let below = batches.map { batch in Double(batch.count { $0 < q }) }
    let equal = batches.map { batch in Double(batch.count { $0 == q }) }
    let ties = equal.reduce(0, +)
    let share = ties > 0 ? (percent / 100 * Double(samples.count) - below.reduce(0, +)) / ties : 0
    return Estimate(
      percentile: percent, of: samples, below: zip(below, equal).map { $0 + $1 * share },
      counts: batches.map { Double($0.count) }, batchSize: batches[0].count)
  }

  private static func batches(_ observations: [Double]) -> [[Double]] {
    let size = max(1, observations.count / 20)
    return (0..<20).map { Array(observations.dropFirst($0 * size).prefix(size)) }
  }

  @Test(
    "AR(1) with φ = 0.7: 95 % intervals of the mean and of percentiles hold the truth in 91 to 98 of 100 runs"
  )
  func autoregressive() {
    var random = SplitMix(state: 11)
    func run() -> [Double] {
      var x = random.normal() / (1 - 0.49).squareRoot()
      return (0..<2000).map { _ in
        x = 0.7 * x + random.normal()
        return x
      }
    }
    let deviation = 1 / (1 - 0.49).squareRoot()
    let means = Self.coverage(300, 0) { Self.mean(of: run())?.interval() }
    #expect((0.91...0.98).contains(means))
    for (percent, normal) in [(50.0, 0.0), (90, 1.2815515655446004), (99, 2.3263478740408408)] {
      let hits = Self.coverage(300, normal * deviation) { Self.percentile(percent, of: run())?.interval() }
      #expect((0.91...0.98).contains(hits), "p\(percent)")
    }
  }

  /// Time in system of M/M/1 in its steady state is exponential with mean 1/(μ − λ), here 1/(2 − 1) = 1; started empty, so a warm-up is left out.
  @Test(
    "M/M/1 at half load: 95 % intervals of mean, p50, p90, p99 hold the truth in 90 to 98 of 100 runs of 10,000 requests"
  )
  func queue() {
    var random = SplitMix(state: 12)
    let runs = (0..<200).map { _ in
      var wait = 0.0
      return (0..<11_000).map { _ in
        let inSystem = wait + random.exponential() / 2
        wait = max(0, inSystem - random.exponential())
        return inSystem
      }.suffix(10_000).map { $0 }
    }
    func covered(_ truth: Double, _ estimate: ([Double]) -> Estimate?) -> Double {
      let intervals = runs.compactMap { estimate($0)?.interval() }
      return intervals.count < 150
        ? 0 : Double(intervals.count { $0.contains(truth) }) / Double(intervals.count)
    }
    #expect((0.9...0.98).contains(covered(1) { Self.mean(of: $0) }))
    for percent in [50.0, 90, 99] {
      let hits = covered(-log(1 - percent / 100)) { Self.percentile(percent, of: $0) }
      #expect((0.9...0.98).contains(hits), "p\(percent)")
    }
  }

  @Test("common arrivals: the paired ratio holds the truth, and is far narrower than either interval alone")
  func pairedQueues() throws {
    var random = SplitMix(state: 13)
    var (hits, narrower) = (0, 0)
    for _ in 0..<200 {
      var (slow, fast) = (0.0, 0.0)
      var (a, b): ([Double], [Double]) = ([], [])
      for _ in 0..<4000 {
        let (service, gap) = (random.exponential() / 2, random.exponential())
        a.append(slow + service)
        b.append(fast + service / 2)
        slow = max(0, slow + service - gap)
        fast = max(0, fast + service / 2 - gap)
      }
      let (base, variant) = (try #require(Self.mean(of: a)), try #require(Self.mean(of: b)))
      let ratio = try #require(variant.ratio(to: base))
      // Means 1/(4 − 1) and 1/(2 − 1).
      hits += ratio.contains(1.0 / 3) ? 1 : 0
      narrower += ratio.halfWidth / ratio.mean < base.interval().halfWidth / base.value ? 1 : 0
    }
    #expect((0.9...0.99).contains(Double(hits) / 200))
    #expect(narrower > 150)
  }
}

extension SplitMix {
  mutating func exponential() -> Double { -log(1 - unit()) }

  /// Box–Muller.
  mutating func normal() -> Double { (2 * exponential()).squareRoot() * cos(2 * .pi * unit()) }
}
