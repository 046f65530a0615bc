import Foundation
import Quantities
import Testing
import Workload

@Suite struct LengthTests {
  private func prompts(_ length: LengthSpec, _ count: Int = 20_000) throws -> [Int] {
    try workload(count, prompt: length).stream(seed: 6).map(\.promptTokens)
  }

  @Test("constant")
  func constant() throws { #expect(Set(try prompts(LengthSpec(.constant(77)), 50)) == [77]) }

  @Test("uniform has every value, both ends included, equally often")
  func uniform() throws {
    let lengths = try prompts(LengthSpec(.uniform(3, 6)))
    let counts = (3...6).map { value in lengths.count { $0 == value } }
    #expect(counts.reduce(0, +) == lengths.count)
    #expect(counts.allSatisfy { abs($0 - 5000) < 250 })
    #expect(Set(try prompts(LengthSpec(.uniform(9, 9)), 20)) == [9])
  }

  @Test("lognormal has the median and the 90th percentile asked for")
  func lognormal() throws {
    let lengths = try prompts(LengthSpec(.lognormal(median: 6000, p90: 16_000))).sorted()
    #expect(abs(Double(lengths[10_000]) / 6000 - 1) < 0.03)
    #expect(abs(Double(lengths[18_000]) / 16_000 - 1) < 0.04)
    // p90 equal to the median leaves no spread.
    #expect(Set(try prompts(LengthSpec(.lognormal(median: 50, p90: 50)), 20)) == [50])
  }

  @Test("lengths are cut to min...max by clamping, and are at least 1 whatever the distribution says")
  func clamped() throws {
    let lengths = try prompts(LengthSpec(.uniform(0, 9), min: 3, max: 5))
    #expect(Set(lengths) == [3, 4, 5])
    #expect(abs(lengths.count { $0 == 3 } - 8000) < 300)
    #expect(Set(try prompts(LengthSpec(.uniform(0, 1)))) == [1])
    // A tail far beyond what an Int holds is cut at the largest length there is.
    #expect(try prompts(LengthSpec(.lognormal(median: 1, p90: 1e7))).max() == 10_000_000)
  }

  @Test("quantile tables are linear between their points")
  func quantiles() throws {
    let table = QuantileTable(points: [
      .init(percent: 0, value: 10), .init(percent: 50, value: 20), .init(percent: 100, value: 1000),
    ])
    #expect(table.value(at: 0) == 10)
    #expect(table.value(at: 0.25) == 15)
    #expect(table.value(at: 0.5) == 20)
    #expect(table.value(at: 1) == 1000)
    #expect(table.mean == 262.5)
    let lengths = try prompts(LengthSpec(.quantiles(table))).map(Double.init)
    #expect(abs(moments(lengths).mean / 262.5 - 1) < 0.03)
    #expect(abs(moments(lengths).cv / table.coefficientOfVariation - 1) < 0.03)
  }
}

@Suite struct PrefixSharingTests {
  @Test("a pool repeats its prompts in a cycle, each with its own lengths")
  func pool() throws {
    let requests = Array(try workload(25, prefix: .pool(10)).stream(seed: 1))
    #expect(requests.map(\.content) == (0..<25).map { .text(UInt64($0 % 10)) })
    #expect((10..<25).allSatisfy { requests[$0].promptTokens == requests[$0 - 10].promptTokens })
    #expect(Set(requests.prefix(10).map(\.promptTokens)).count > 5)
  }

  @Test("prompts of a group begin with the group's tokens, on top of the drawn length")
  func groups() throws {
    let plain = Array(try workload(4000).stream(seed: 1))
    let requests = Array(try workload(4000, prefix: .groups(count: 4, tokens: 300)).stream(seed: 1))
    #expect(zip(requests, plain).allSatisfy { $0.promptTokens == $1.promptTokens + 300 })
    let sizes = (0..<4).map { group in
      requests.count { $0.content == .segments([.init(text: group, tokens: 300)]) }
    }
    #expect(sizes.reduce(0, +) == 4000)
    #expect(sizes.allSatisfy { abs($0 - 1000) < 110 })
  }

  @Test("a conversation's prompt is all that was said before and the new message")
  func conversations() throws {
    let spec = workload(11, .open(rate: 1, burstiness: 1), prefix: .conversations(turns: 4, thinkTime: 8))
    let stream = try spec.stream(seed: 1)
    let starts = Array(stream)
    #expect(stream.count == 11)
    #expect(starts.map(\.followUps.count) == [3, 3, 2])
    #expect(starts.last?.arrival == 3)
    #expect(starts.flatMap { [$0.index] + $0.followUps.map(\.index) } == Array(0..<11))

    var names: Set<UInt64> = []
    for start in starts {
      let turns = [start] + start.followUps
      var said: [PromptContent.Segment] = []
      for (turn, next) in zip(turns, turns.dropFirst().map(Optional.some) + [nil]) {
        guard case .segments(let segments) = turn.content else {
          Issue.record("a turn without segments")
          return
        }
        #expect(segments.count == said.count + 1)
        #expect(Array(segments.dropLast()) == said)
        #expect(segments.reduce(0) { $0 + $1.tokens } == turn.promptTokens)
        #expect((turn.outputContent == nil) == (next == nil))
        said = segments
        if let answer = turn.outputContent { said.append(.init(text: answer, tokens: turn.outputTokens)) }
      }
      #expect(start.followUps.allSatisfy { $0.arrival == 8 && $0.followUps.isEmpty })
      #expect(names.isDisjoint(with: said.map(\.text)))
      names.formUnion(said.map(\.text))
    }
    // Each name once: no message of one turn or conversation is another's.
    #expect(names.count == 11 + 11 - 3)
  }

  @Test("stages count conversations, the number of requests counts turns")
  func stagedConversations() throws {
    let spec = workload(
      nil, .stages([LoadStage(rate: 1, numRequests: 3), LoadStage(rate: 2, numRequests: 2)]),
      prefix: .conversations(turns: 3, thinkTime: 0))
    let stream = try spec.stream(seed: 1)
    #expect(stream.count == 15)
    #expect(Array(stream).map(\.stage) == [0, 0, 0, 1, 1])
  }
}
