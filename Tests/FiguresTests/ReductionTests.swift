import Metrics
import Quantities
import Testing

@testable import Figures

@Suite("Reduction of large series") struct ReductionTests {
  /// A curve that is not monotone, or ends below 1, tells lies about percentiles.
  @Test(arguments: [1, 2, 7, 199, 200, 201, 1000, 20_000])
  func `A cumulative curve ascends to 1 within its limit`(count: Int) throws {
    let distribution = Distribution((0..<count).map { Double(($0 * 7919) % count) })
    let points = CumulativeCurve.points(of: distribution)
    #expect(points.count <= CumulativeCurve.pointLimit)
    for (a, b) in zip(points, points.dropFirst()) { #expect(a.value <= b.value && a.share <= b.share) }
    #expect(points.first?.share == 0)
    #expect(points.last?.share == 1)
    #expect(points.last?.value == distribution.max)
  }

  /// Dropping points must not move the curve: each kept one lies on the exact distribution.
  @Test func `Kept points lie on the exact distribution`() {
    let distribution = Distribution((0..<5000).map { Double($0 * $0) })
    for point in CumulativeCurve.points(of: distribution).dropFirst() {
      #expect(abs(distribution.fraction(atMost: point.value) - point.share) < 1e-12)
    }
  }

  /// The tail is what objectives are about, so a p99 read off the curve must be right.
  @Test func `The tail keeps its shape`() throws {
    let distribution = Distribution((0..<10_000).map { $0 < 9_800 ? 1 + Double($0) * 1e-5 : Double($0) })
    let points = CumulativeCurve.points(of: distribution, limit: 200)
    let above = try #require(points.first { $0.share >= 0.99 })
    #expect(abs(above.value - distribution.percentile(99)) < 10)
  }

  @Test func `Few samples give exact steps, and repeated ones a single step`() {
    let points = CumulativeCurve.points(of: Distribution([1, 1, 2, 4]))
    #expect(points.map(\.value) == [1, 1, 2, 2, 4, 4])
    #expect(points.map(\.share) == [0, 0.5, 0.5, 0.75, 0.75, 1])
    #expect(CumulativeCurve.points(of: Distribution([Double]())).isEmpty)
  }

  /// The number of requests integrated over time is what Little's law speaks of.
  @Test func `Bins keep the integral over time`() {
    let steps = [(0.0, 0.7, 3), (0.7, 1.9, 5), (1.9, 2.0, 1)].map { step($0.0, $0.1, running: $0.2) }
    let exact = 0.7 * 3 + 1.2 * 5 + 0.1 * 1
    for bins in [1, 2, 3, 7, 240] {
      let means = StepTimeline.means(of: steps, end: 2, bins: bins) { Double($0.running) }
      #expect(means.count == bins)
      let integral = means.reduce(0) { $0 + $1.mean } * 2 / Double(bins)
      #expect(abs(integral - exact) < 1e-12)
    }
  }

  /// A short pause between two steps is the host's; a long one is an empty replica, which must not look busy.
  @Test func `Long pauses are idle and short ones are not`() {
    let steps = [step(0, 1, running: 4), step(1.5, 2, running: 4), step(7.5, 8, running: 4)]
    let means = StepTimeline.means(of: steps, end: 8, bins: 8) { Double($0.running) }
    #expect(means.map(\.mean) == [4, 4, 0, 0, 0, 0, 0, 2])
  }

  @Test func `A run without steps or length has no timeline`() {
    #expect(StepTimeline.means(of: [], end: 8) { Double($0.running) }.isEmpty)
    #expect(StepTimeline.means(of: [step(0, 1, running: 1)], end: 0) { Double($0.running) }.isEmpty)
  }

  private func step(_ start: Seconds, _ end: Seconds, running: Int) -> StepRecord {
    StepRecord(
      composed: start, start: start, end: end, prefillTokens: 0, decodeTokens: 0, running: running,
      waiting: 0,
      usedBlocks: 0, preemptions: 0)
  }
}
