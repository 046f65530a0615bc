import Foundation
import Testing

@testable import Metrics

@Suite struct WarmUpTests {
  /// MSER-5 by its definition, in O(n²).
  private static func plain(_ observations: [Double]) -> Int? {
    let means = stride(from: 0, through: observations.count - 5, by: 5).map { i in
      observations[i..<(i + 5)].reduce(0, +) / 5
    }
    let errors = (0...(means.count - 5)).map { first in
      let left = means[first...]
      let mean = left.reduce(0, +) / Double(left.count)
      return left.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(left.count * left.count)
    }
    guard let best = errors.min(), let first = errors.firstIndex(of: best) else { return nil }
    return first <= means.count / 2 ? 5 * first : nil
  }

  @Test("a step transient is cut at the step, rounded up to a batch", arguments: [0, 5, 40, 122, 245])
  func step(length: Int) throws {
    var random = SplitMix(state: 1)
    let observations = (0..<500).map { ($0 < length ? 20 : 0) + random.unit() }
    let cut = try #require(WarmUp.truncation(of: observations))
    #expect((length...(length + 25)).contains(cut), "\(cut) of \(length)")
  }

  @Test("an exponential transient is cut where it drowns in the noise")
  func decay() throws {
    var random = SplitMix(state: 2)
    let observations = (0..<2000).map { 10 * exp(-Double($0) / 50) + random.normal() }
    let cut = try #require(WarmUp.truncation(of: observations))
    #expect((50...400).contains(cut), "\(cut)")
  }

  @Test("no steady state: a queue that grows, a step in the second half, too few observations")
  func none() {
    var random = SplitMix(state: 3)
    #expect(WarmUp.truncation(of: (0..<1000).map { Double($0) + 50 * random.unit() }) == nil)
    #expect(WarmUp.truncation(of: (0..<1000).map { ($0 < 700 ? 9 : 0) + random.unit() }) == nil)
    #expect(WarmUp.truncation(of: Array(repeating: 1, count: 99)) == nil)
    #expect(WarmUp.truncation(of: []) == nil)
  }

  @Test("nothing to cut: nothing is cut")
  func constant() {
    #expect(WarmUp.truncation(of: Array(repeating: 0.25, count: 300)) == 0)
  }

  @Test("the fast form is the definition", arguments: UInt64(1)...30)
  func definition(seed: UInt64) {
    var random = SplitMix(state: seed)
    let decay = 300 * random.unit()
    let observations = (0..<(100 + random.below(400))).map { 5 * exp(-Double($0) / decay) + random.unit() }
    #expect(WarmUp.truncation(of: observations) == Self.plain(observations))
  }

  @Test("growth is seen, noise is not taken for it")
  func trend() {
    var random = SplitMix(state: 4)
    #expect(Trend.isGrowing((0..<20).map { Double($0) + 3 * random.unit() }))
    #expect(!Trend.isGrowing((0..<20).map { -Double($0) }))
    #expect(!Trend.isGrowing(Array(repeating: 1, count: 20)) && !Trend.isGrowing([1, 2, 3]))
    let rash = (0..<2000).count { _ in Trend.isGrowing((0..<20).map { _ in random.unit() }) }
    #expect(rash <= 10)
  }
}
