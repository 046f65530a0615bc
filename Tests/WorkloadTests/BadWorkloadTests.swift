import InputFiles
import Quantities
import Testing
import Workload

/// Bad input: each problem names the key, what was found and what is allowed.
@Suite struct BadWorkloadTests {
  private func texts(_ spec: WorkloadSpec) -> [String] { spec.problems.map(\.description) }

  @Test("a good workload has no problems")
  func good() throws {
    #expect(workload(10).problems.isEmpty)
    for name in WorkloadSpec.presetNames { #expect(try #require(WorkloadSpec.preset(name)).problems.isEmpty) }
  }

  @Test("numbers and rates")
  func numbers() {
    #expect(texts(workload(0)) == ["num_requests: 0; allowed are 1 to 100,000,000"])
    #expect(texts(workload(.max))[0].hasPrefix("num_requests: 9,223,372,036,854,775,807; allowed"))
    #expect(
      texts(workload(nil)) == ["num_requests: missing; only stages and traces have a number of their own"])
    for rate in [0, -1, Double.nan, 1e-12] {
      #expect(
        texts(workload(1, .open(rate: PerSecond(rate), burstiness: 1)))
          == ["arrivals.request_rate: \(rate) requests a second; allowed are 1e-9 and above"])
    }
    for burstiness in [0, -1, Double.nan, -Double.infinity] {
      #expect(
        texts(workload(1, .open(rate: 1, burstiness: burstiness)))
          == ["arrivals.burstiness: \(burstiness); allowed are 1e-6 and above, 1 being Poisson"])
    }
    var spec = workload(1)
    spec.maxConcurrency = 0
    spec.priorities = [.init(priority: 0, share: 1), .init(priority: 1, share: .nan)]
    #expect(
      texts(spec) == [
        "arrivals.max_concurrency: 0; allowed are 1 to 100,000,000",
        "priorities[1].share: nan; allowed is a weight above 0",
      ])
  }

  @Test("stages: exactly one of duration and number, some request at all, and not too many")
  func stages() {
    #expect(texts(workload(1, .stages([]))) == ["arrivals.stages: empty; at least one stage is needed"])
    let bad: [(LoadStage, String)] = [
      (LoadStage(rate: 1), "arrivals.stages[1]: neither duration nor num_requests; exactly one is needed"),
      (
        LoadStage(rate: 1, duration: 1, numRequests: 1),
        "arrivals.stages[1]: both duration and num_requests; exactly one is allowed"
      ),
      (
        LoadStage(rate: 1, duration: 0.4),
        "arrivals.stages[1].duration: 0.4 s at 1.0 requests a second are 0.0 requests; allowed are 1 to 100,000,000"
      ),
      (
        LoadStage(rate: PerSecond(.infinity), duration: 1),
        "arrivals.stages[1].duration: 1.0 s at inf requests a second are inf requests; allowed are 1 to 100,000,000"
      ),
      (
        LoadStage(rate: 1, duration: Seconds(.nan)),
        "arrivals.stages[1].duration: nan s; allowed is a finite time above 0"
      ),
    ]
    for (stage, expected) in bad {
      #expect(texts(workload(1, .stages([LoadStage(rate: 1, numRequests: 1), stage]))) == [expected])
    }
    let many = Array(repeating: LoadStage(rate: 1, numRequests: 60_000_000), count: 2)
    #expect(
      texts(workload(1, .stages(many)))
        == ["arrivals.stages: 120,000,000 requests together; allowed are up to 100,000,000"])
    #expect(
      message { _ = try workload(9, .stages([LoadStage(rate: 1, numRequests: 8)])).stream(seed: 0) }
        == "num_requests: 9; the stages have 8 requests")
  }

  @Test("lengths and quantile tables")
  func lengths() {
    func prompt(_ length: LengthSpec) -> [String] { texts(workload(1, prompt: length)) }
    #expect(prompt(LengthSpec(.constant(0))) == ["prompt_tokens: 0; allowed are 1 to 10,000,000"])
    #expect(
      prompt(LengthSpec(.uniform(9, 3))) == [
        "prompt_tokens.uniform: [9, 3]; the second must not be below the first"
      ])
    #expect(
      prompt(LengthSpec(.lognormal(median: 10, p90: 9)))
        == ["prompt_tokens.lognormal.p90: 9.0; allowed are the median (10.0) to 10,000,000"])
    #expect(
      prompt(LengthSpec(.lognormal(median: 0, p90: 9)))
        == ["prompt_tokens.lognormal.median: 0.0; allowed is above 0, up to 10,000,000"])
    #expect(prompt(LengthSpec(.constant(5), min: 0)) == ["prompt_tokens.min: 0; allowed are 1 to 10,000,000"])
    #expect(
      prompt(LengthSpec(.constant(5), min: 9, max: 3)) == ["prompt_tokens.max: 3, below the minimum of 9"])

    func table(_ points: [(Double, Double)]) -> [String] {
      prompt(LengthSpec(.quantiles(QuantileTable(points: points.map { .init(percent: $0.0, value: $0.1) }))))
    }
    #expect(
      table([(0, 1)]) == ["prompt_tokens.quantiles: 1 quantiles; at least two are needed, 0 % and 100 %"])
    #expect(
      table([(0, 1), (50, .nan), (100, 3)]) == [
        "prompt_tokens.quantiles: 50.0 % is nan; allowed are 0 to 10,000,000"
      ])
    #expect(
      table([(0, 1), (50, 4), (100, 3)])
        == ["prompt_tokens.quantiles: 100.0 % is 3.0, below 4.0 at 50.0 %; values must not fall"])
    #expect(
      table([(0, 1), (0, 4), (100, 5)]) == [
        "prompt_tokens.quantiles: 0.0 % follows 0.0 %; percents must rise"
      ])
    #expect(
      table([(1, 1), (99, 4)]) == ["prompt_tokens.quantiles: runs from 1.0 % to 99.0 %; must be 0 % to 100 %"]
    )
    #expect(table([(.nan, 1), (100, 4)]).count == 1)
    let zeros = QuantileTable(points: [.init(percent: 0, value: 0), .init(percent: 100, value: 0)])
    #expect(
      texts(workload(1, .gapQuantiles(zeros, rate: 1)))
        == ["arrivals.gaps: every gap is 0; an infinite rate sends everything at once"])
  }

  @Test("prefixes, and parts that do not go together")
  func combinations() {
    #expect(texts(workload(1, prefix: .pool(0))) == ["prefix.pool: 0; allowed are 1 to 100,000,000"])
    #expect(
      texts(workload(1, prefix: .groups(count: 0, tokens: 0))) == [
        "prefix.groups: 0; allowed are 1 to 100,000,000", "prefix.tokens: 0; allowed are 1 to 10,000,000",
      ])
    #expect(
      texts(workload(1, prefix: .conversations(turns: 0, thinkTime: -1))) == [
        "prefix.conversations.turns: 0; allowed are 1 to 1,000",
        "prefix.conversations.think_time: -1.0 s; allowed is a finite time from 0",
      ])
    #expect(
      texts(workload(1, prompt: LengthSpec(.trace)))
        == ["trace: missing, although arrivals, lengths or prefix say trace"])
    let file = TraceSpec(path: "t.csv")
    #expect(
      texts(workload(1, trace: file))
        == ["trace: nothing reads it; say trace for arrivals, prompt_tokens, output_tokens or prefix"])
    #expect(
      texts(workload(1, prefix: .trace, trace: file))
        == ["prefix: trace, which describes the trace's own prompts; prompt_tokens must be trace, too"])
    #expect(
      texts(workload(1, .trace(speedup: 1), prefix: .conversations(turns: 2, thinkTime: 1), trace: file))
        == ["prefix: conversations, but a trace times single requests; use another arrival process"])
    #expect(
      texts(workload(1, .trace(speedup: 0), trace: file))
        == ["arrivals.speedup: 0.0; allowed is a number above 0, 1 being the trace's own times"])
  }

  @Test("all problems come at once, in the error that the stream throws")
  func together() {
    let spec = workload(0, .open(rate: 0, burstiness: 0), prompt: LengthSpec(.constant(0)))
    #expect(message { _ = try spec.stream(seed: 0) } == texts(spec).joined(separator: "\n"))
    #expect(spec.problems.count == 4)
  }
}
