import Testing

@testable import Metrics

@Suite struct ConfidenceIntervalTests {
  /// Two-sided quantiles by scipy (`scipy.stats.t.ppf`), which agree with the printed tables.
  @Test(
    "quantiles of Student's t are the tabulated ones",
    arguments: [
      (0.95, 1, 12.706204736174694), (0.95, 2, 4.302652729749462), (0.95, 9, 2.262157162798205),
      (0.95, 19, 2.0930240544083087), (0.95, 29, 2.045229642132703), (0.99, 19, 2.8609346064649794),
      (0.90, 4, 2.131846786326649),
    ])
  func quantiles(level: Double, degreesOfFreedom: Int, expected: Double) {
    let t = StudentT.quantile(level: level, degreesOfFreedom: degreesOfFreedom)
    #expect(abs(t / expected - 1) < 1e-9)
  }

  /// Batch means 2 and 6: mean 4, standard error of the mean 2, t(1) = 12.706.
  @Test("half-width is t × the standard error of the batch means")
  func twoBatches() throws {
    let interval = try #require(ConfidenceInterval(batchMeansOf: [1, 3, 5, 7], batches: 2))
    #expect(interval.mean == 4)
    #expect(abs(interval.halfWidth - 2 * 12.706204736174694) < 1e-6)
    #expect(interval.batchSize == 2 && interval.parts == 2)
    #expect(interval.lower == interval.mean - interval.halfWidth)
  }

  @Test("what does not fill the batches is left out at the start")
  func remainder() {
    #expect(
      ConfidenceInterval(batchMeansOf: [1e9, 1, 3, 5, 7], batches: 2)
        == ConfidenceInterval(batchMeansOf: [1, 3, 5, 7], batches: 2))
  }

  @Test("fewer observations than batches give no interval", arguments: [0, 1, 19])
  func tooFew(count: Int) {
    #expect(ConfidenceInterval(batchMeansOf: Array(repeating: 1, count: count)) == nil)
  }

  @Test("equal observations have no width")
  func constant() throws {
    let interval = try #require(ConfidenceInterval(batchMeansOf: Array(repeating: 2, count: 100)))
    #expect(interval.halfWidth == 0)
  }

  @Test("about 95 % of the intervals hold the true mean")
  func coverage() {
    var random = SplitMix(state: 7)
    let runs = 400
    let hits = (0..<runs).count { _ in
      let observations = (0..<200).map { _ in random.unit() }
      guard let interval = ConfidenceInterval(batchMeansOf: observations) else { return false }
      return interval.lower <= 0.5 && 0.5 <= interval.upper
    }
    #expect((0.92...0.98).contains(Double(hits) / Double(runs)))
  }
}
