import Foundation
import Quantities
import Testing
import Workload

/// The presets against the published statistics of their traces.
@Suite struct PresetTests {
  /// Percentiles by linear interpolation between order statistics.
  static func percentiles(_ values: [Double], _ percents: [Double]) -> [Double] {
    let sorted = values.sorted()
    return percents.map { percent in
      let position = Double(sorted.count - 1) * percent / 100
      let low = min(Int(position), sorted.count - 2)
      return sorted[low] + (sorted[low + 1] - sorted[low]) * (position - Double(low))
    }
  }

  private static func drawn(_ name: String, _ count: Int, seed: UInt64 = 1) throws -> [Request] {
    var spec = try #require(WorkloadSpec.preset(name))
    spec.numRequests = count
    return Array(try spec.stream(seed: seed))
  }

  struct Published: Sendable {
    var preset: String
    /// Percentiles 10, 25, 50, 75, 90, 95, 99, then the mean.
    var prompt: [Double]
    var output: [Double]
    var rate: Double
  }

  @Test(
    "lengths have the published quantiles and means",
    arguments: [
      Published(
        preset: "azure-conv", prompt: [207, 396, 1020, 1189, 2734.5, 4083, 4142, 1154.70],
        output: [54, 85, 129, 395, 424, 451, 601, 211.13], rate: 5.53),
      Published(
        preset: "azure-code", prompt: [147, 578, 1469, 2744.5, 5187.6, 7303.3, 7436, 2047.85],
        output: [7, 9, 13, 24, 55, 90, 251.5, 27.88], rate: 2.566),
      Published(
        preset: "mooncake-conv", prompt: [964, 2306.5, 6909, 15367, 27367, 39550.5, 85400.4, 12035.06],
        output: [24, 156.5, 350, 472, 597, 698, 1118.5, 342.62], rate: 3.4),
    ])
  func lengths(published: Published) throws {
    let requests = try Self.drawn(published.preset, 40_000)
    for (lengths, expected) in [
      (requests.map { Double($0.promptTokens) }, published.prompt),
      (requests.map { Double($0.outputTokens) }, published.output),
    ] {
      let found = Self.percentiles(lengths, [10, 25, 50, 75, 90, 95, 99]) + [moments(lengths).mean]
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 0.04 * expected + 1) }
    }
    #expect(abs((requests.last?.arrival.value ?? 0) * published.rate / 40_000 - 1) < 1e-12)
  }

  @Test("gaps vary as in the traces: nearly Poisson for chat, 13 times the mean for code")
  func gapVariation() throws {
    #expect(abs(moments(gaps(try Self.drawn("azure-conv", 40_000))).cv - 1.094) < 0.03)
    #expect(abs(moments(gaps(try Self.drawn("mooncake-conv", 40_000))).cv - 1) < 0.03)
    // The rare long silences make this one converge slowly, even with 200,000 gaps.
    let code = moments(gaps(try Self.drawn("azure-code", 200_000)))
    #expect(abs(code.cv / 13.151 - 1) < 0.1)
    #expect(abs(code.mean / 0.38965 - 1) < 0.01)
  }

  @Test("presets are known by name, and by no other")
  func names() throws {
    #expect(WorkloadSpec.presetNames == ["azure-conv", "azure-code", "mooncake-conv"])
    for name in WorkloadSpec.presetNames { #expect(WorkloadSpec.preset(name)?.numRequests == 2000) }
    #expect(WorkloadSpec.preset("azure") == nil)
  }
}
