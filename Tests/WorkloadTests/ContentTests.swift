import Foundation
import Quantities
import Testing

@testable import Workload

/// How long requests are and what their prompts share.
@Suite("lengths and prefixes") struct ContentTests {
  private func requests(
    _ n: Int = 2000, prompt: LengthSpec = LengthSpec(.constant(100)),
    output: LengthSpec = LengthSpec(.constant(5)),
    prefix: PrefixSharing = .none, seed: UInt64 = 1
  ) throws -> [Request] {
    let spec = WorkloadSpec(
      numRequests: n, arrivals: .open(rate: 5, burstiness: 1), promptTokens: prompt, outputTokens: output,
      prefix: prefix)
    return try Array(spec.stream(seed: seed))
  }

  private func percentile(_ values: [Int], _ p: Double) -> Double {
    let sorted = values.sorted()
    return Double(sorted[Int(p / 100 * Double(sorted.count - 1))])
  }

  @Test("constant, uniform, lognormal, quantiles") func lengths() throws {
    #expect(try requests().allSatisfy { $0.promptTokens == 100 && $0.outputTokens == 5 })
    let uniform = try requests(20_000, prompt: LengthSpec(.uniform(3, 7))).map(\.promptTokens)
    #expect(Set(uniform) == [3, 4, 5, 6, 7])
    let lognormal = try requests(20_000, prompt: LengthSpec(.lognormal(median: 6000, p90: 16000))).map(
      \.promptTokens)
    #expect(abs(percentile(lognormal, 50) / 6000 - 1) < 0.03)
    #expect(abs(percentile(lognormal, 90) / 16000 - 1) < 0.03)
    let table = QuantileTable(points: [
      .init(percent: 0, value: 10), .init(percent: 90, value: 100), .init(percent: 100, value: 1000),
    ])
    let drawn = try requests(20_000, prompt: LengthSpec(.quantiles(table))).map(\.promptTokens)
    #expect(abs(percentile(drawn, 45) - 55) < 2 && abs(percentile(drawn, 95) / 550 - 1) < 0.05)
  }

  @Test("lengths are cut to min ... max and never below one token") func limits() throws {
    let wide = LengthSpec(.lognormal(median: 100, p90: 1e8), min: 50, max: 4000)
    let cut = try requests(prompt: wide).map(\.promptTokens)
    #expect(cut.min() == 50 && cut.max() == 4000)
    let unlimited = try requests(prompt: LengthSpec(.lognormal(median: 100, p90: 1e12)))
    #expect(unlimited.allSatisfy { $0.promptTokens >= 1 && $0.promptTokens <= 1_000_000_000 })
    let tiny = QuantileTable(points: [.init(percent: 0, value: 0), .init(percent: 100, value: 0.2)])
    #expect(try requests(output: LengthSpec(.quantiles(tiny))).allSatisfy { $0.outputTokens == 1 })
  }

  @Test("a pool cycles through its prompts, each with its own length") func pool() throws {
    let made = try requests(100, prompt: LengthSpec(.uniform(1, 5000)), prefix: .pool(30))
    for (i, request) in made.enumerated() {
      #expect(request.content == .text(UInt64(i % 30)))
      #expect(request.promptTokens == made[i % 30].promptTokens)
    }
    #expect(Set(made.map(\.promptTokens)).count > 20)
    #expect(try requests(5, prefix: .pool(30)).count == 5)
  }

  @Test("groups add their prefix to the drawn length") func groups() throws {
    let made = try requests(300, prefix: .groups(count: 3, tokens: 40))
    #expect(made.allSatisfy { $0.promptTokens == 140 })
    let texts = Set(made.map(\.content))
    #expect(texts == Set((0..<3).map { .segments([.init(text: UInt64($0), tokens: 40)]) }))
  }

  @Test("conversations: each prompt is what was said before and a new message") func conversations() throws {
    let made = try requests(
      7, prompt: LengthSpec(.uniform(10, 20)), output: LengthSpec(.uniform(3, 9)),
      prefix: .conversations(turns: 3, thinkTime: 2))
    // Seven requests: two conversations of three turns and one of a single turn.
    #expect(made.map(\.followUps.count) == [2, 2, 0])
    #expect(made.flatMap { [$0] + $0.followUps }.map(\.index) == Array(0..<7))
    for first in made {
      var said: [PromptContent.Segment] = []
      for turn in [first] + first.followUps {
        guard case .segments(let segments) = turn.content else {
          Issue.record("a turn without segments")
          return
        }
        #expect(Array(segments.dropLast()) == said)
        #expect(segments.reduce(0) { $0 + $1.tokens } == turn.promptTokens)
        let answer = try #require(turn.outputContent)
        said = segments + [.init(text: answer, tokens: turn.outputTokens)]
      }
      #expect(first.followUps.allSatisfy { $0.arrival == 2 })
    }
    let stream = try WorkloadSpec(
      numRequests: 7, arrivals: .open(rate: 1, burstiness: 1), promptTokens: LengthSpec(.constant(1)),
      outputTokens: LengthSpec(.constant(1)), prefix: .conversations(turns: 3, thinkTime: 2)
    ).stream(seed: 0)
    #expect(stream.count == 7)
  }

  @Test("priorities are drawn by their shares") func priorities() throws {
    let spec = WorkloadSpec(
      numRequests: 10_000, arrivals: .open(rate: 5, burstiness: 1), promptTokens: LengthSpec(.constant(1)),
      outputTokens: LengthSpec(.constant(1)),
      priorities: [.init(priority: -1, share: 1), .init(priority: 3, share: 3)])
    let urgent = try spec.stream(seed: 2).count { $0.priority == -1 }
    #expect(abs(urgent - 2500) < 150)
  }

  @Test(
    "presets have the medians and tails of their traces",
    arguments: [
      ("azure-conv", 1020.0, 2734.5, 129.0, 5.53), ("azure-code", 1469, 5187.6, 13, 2.567),
      ("mooncake-conv", 6909, 27367, 350, 3.401),
    ])
  func presets(name: String, median: Double, p90: Double, output: Double, rate: Double) throws {
    var spec = try #require(WorkloadSpec.preset(name))
    spec.numRequests = 20_000
    let made = try Array(spec.stream(seed: 1))
    let prompts = made.map(\.promptTokens)
    #expect(abs(percentile(prompts, 50) / median - 1) < 0.03)
    #expect(abs(percentile(prompts, 90) / p90 - 1) < 0.04)
    #expect(abs(percentile(made.map(\.outputTokens), 50) / output - 1) < 0.08)
    #expect(made.last?.arrival == Seconds(20_000 / rate))
  }

  @Test("the code preset comes in bursts: seven of ten seconds are silent") func bursts() throws {
    var spec = try #require(WorkloadSpec.preset("azure-code"))
    spec.numRequests = 9000
    let seconds = try spec.stream(seed: 1).map { Int($0.arrival.value) }
    let span = try #require(seconds.last) + 1
    let silent = 1 - Double(Set(seconds).count) / Double(span)
    // The trace itself: 73 %. A Poisson process of this rate: 8 %.
    #expect(silent > 0.6 && silent < 0.85, "\(silent)")
  }

  @Test("every preset name has a preset") func names() {
    #expect(WorkloadSpec.presetNames.allSatisfy { WorkloadSpec.preset($0) != nil })
    #expect(WorkloadSpec.preset("azure") == nil)
  }
}
