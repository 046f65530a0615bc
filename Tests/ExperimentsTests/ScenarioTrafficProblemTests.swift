import Testing

@testable import Experiments

/// Bad input: each message is asserted as the user reads it.
@Suite("Scenario: what is wrong with the workload")
struct ScenarioTrafficProblemTests {
  @Test(
    "arrivals that contradict themselves",
    arguments: [
      (
        "{process: posson, request_rate: 6}",
        "process: found 'posson'; allowed is poisson, gamma, constant, at_once, closed, stages, quantiles, trace; did you "
          + "mean poisson?"
      ),
      (
        "{request_rate: 6}",
        "process: missing; one of poisson, gamma, constant, at_once, closed, stages, quantiles, trace"
      ),
      ("{process: poisson, request_rate: 0}", "request_rate: found '0'; \(rate)"),
      ("{process: poisson, request_rate: -3}", "request_rate: found '-3'; \(rate)"),
      ("{process: poisson, request_rate: .nan}", "request_rate: found '.nan'; \(rate)"),
      ("{process: poisson, request_rate: 1e9}", "request_rate: found '1e9'; \(rate)"),
      (
        "{process: poisson, request_rate: .inf}",
        "request_rate: an infinite rate sends everything at once; write process: at_once"
      ),
      (
        "{process: poisson, request_rate: 6 s}",
        "request_rate: found '6 s': unknown unit 's'; use one of /s, req/s, rps, /min; for example 6"
      ),
      (
        "{process: poisson, request_rate: 6, burstiness: 2}",
        "burstiness: does not apply to process: poisson; use process: gamma"
      ),
      (
        "{process: gamma, request_rate: 6}",
        "burstiness: missing; the shape of the gamma distribution of gaps, 1 is Poisson"
      ),
      (
        "{process: gamma, request_rate: 6, burstiness: 0}",
        "burstiness: found '0'; allowed is a number from 0.001 to 1000 (1 is Poisson, below 1 burstier; for equal gaps use "
          + "process: constant)"
      ),
      ("{process: closed}", "max_concurrency: missing; a closed loop keeps this many requests in flight"),
      (
        "{process: closed, max_concurrency: 4, request_rate: 2}",
        "request_rate: does not apply to process: closed; in a closed loop the answers set the pace; for a rate with a limit "
          + "use poisson"
      ),
      (
        "{process: at_once, speedup: 2}",
        "speedup: does not apply to process: at_once; it belongs to process: trace"
      ),
      (
        "{process: quantiles}",
        "gaps: missing; quantiles of the time between requests, as {p0: 0 s, p50: 100 ms, p100: 4 s}"
      ),
      ("{process: quantiles, gaps: {p0: 0, p100: 0}}", "gaps: all gaps are 0; write process: at_once"),
    ])
  func arrivals(text: String, message: String) {
    #expect(
      problems("arrivals: \(text), prompt_tokens: 5, output_tokens: 5") == ["workload.arrivals." + message])
  }

  private static let rate = "allowed is above 0, at most 1,000,000 requests a second, for example 6"

  @Test("each stage is checked, and named by its place from 0")
  func stages() {
    let text = """
      workload:
        num_requests: 10
        arrivals:
          process: stages
          stages:
            - {request_rate: 2, duration: 5 s, num_requests: 6}
            - {request_rate: 2}
            - {duration: 0}
            - 7
            - {request_rate: 1e6, duration: 1000 h}
        prompt_tokens: 5
        output_tokens: 5
      """
    #expect(
      ScenarioSample.problems(ScenarioSample.top + text) == [
        "rag.yaml:4: workload.num_requests: the stages say how many requests there are; take this out",
        "rag.yaml:8: workload.arrivals.stages.0: duration and num_requests say the same thing; keep one",
        "rag.yaml:9: workload.arrivals.stages.1: missing; a stage has a duration or num_requests",
        "rag.yaml:10: workload.arrivals.stages.2.request_rate: missing; requests a second, for example 6",
        "rag.yaml:10: workload.arrivals.stages.2.duration: found '0'; allowed is above 0 s, at most 365 days, for example 60 s",
        "rag.yaml:11: workload.arrivals.stages.3: found '7'; allowed is a section with keys of request_rate, duration, "
          + "num_requests, burstiness",
        "rag.yaml:12: workload.arrivals.stages.4.duration: at this rate more than 100,000,000 requests would be sent",
      ])
  }

  @Test(
    "lengths that are no distribution",
    arguments: [
      ("-5", ": found '-5'; allowed is a whole number from 1 to 10,000,000"),
      (".inf", ": found '.inf'; allowed is a whole number from 1 to 10,000,000"),
      ("{constant: 0}", ".constant: found '0'; allowed is a whole number from 1 to 10,000,000"),
      ("{constant: 5, max: 9}", ".max: has no effect on a constant; take it out"),
      ("{uniform: [9, 1]}", ".uniform: found ['9', '1']; \(pair)"),
      ("{uniform: [1, 2, 3]}", ".uniform: found ['1', '2', '3']; \(pair)"),
      ("{uniform: 5}", ".uniform: found '5'; \(pair)"),
      (
        "{mean: 5, range_ratio: 1}",
        ".range_ratio: found '1'; allowed is a number 0 up to, but not including, 1"
      ),
      ("{uniform: [1, 2], range_ratio: 0.5}", ".range_ratio: goes with mean"),
      ("{uniform: [1, 2], min: 5, max: 3}", ".min: found 5; allowed is at most max (3)"),
      ("{lognormal: {median: 5}}", ".lognormal.p90: missing; tokens"),
      (
        "{lognormal: {median: 5, p90: 2}}",
        ".lognormal.p90: found 2.0, below the median (5.0); 90 % of values cannot lie below it"
      ),
      (
        "{quantiles: {p0: 1, p50: 9, p90: 5, p100: 10}}",
        ".quantiles.p90: is below p50; quantiles cannot fall"
      ),
      ("{quantiles: {p0: 1, p50: 9, p50.0: 9, p100: 10}}", ".quantiles.p50.0: is the same quantile as p50"),
      ("{quantiles: {p0: 1, q: 9, p100: 10}}", ".quantiles.q: unknown key; allowed are p0 to p100"),
      (
        "{quantiles: {p50: 9}}",
        ".quantiles: p0 (smallest) and p100 (largest) are needed; allowed is quantiles such as {p0: 2, p50: 1020, p99.9: "
          + "9000, p100: 14050}, p0 and p100 among them"
      ),
    ])
  func lengths(text: String, message: String) {
    #expect(
      problems("arrivals: {process: at_once}, prompt_tokens: \(text), output_tokens: 5")
        == ["workload.prompt_tokens" + message])
  }

  private static let pair =
    "allowed is [SMALLEST, LARGEST] in whole tokens from 1 to 10,000,000, for example [100, 200]"

  @Test(
    "prefixes, priorities, traces and presets",
    arguments: [
      ("prefix: {pool: 3, groups: 2, tokens: 5}", ["prefix: pool and groups exclude each other; keep one"]),
      ("prefix: {groups: 2}", ["prefix.tokens: missing; how many tokens a group's prompts begin with"]),
      (
        "prefix: {pool: 2, tokens: 5}",
        ["prefix.tokens: goes with groups; a pool's prompts are equal as a whole"]
      ),
      (
        "prefix: {conversations: {think_time: 3 s}}",
        ["prefix.conversations.turns: missing; requests of one conversation"]
      ),
      (
        "prefix: shared",
        [
          "prefix: found 'shared'; allowed is none, trace, {pool: N}, {groups: N, tokens: N} or {conversations: {turns: N, "
            + "think_time: 10 s}}"
        ]
      ),
      (
        "priorities: {0: 1}",
        [
          "priorities: found a section (0); allowed is a list such as [{priority: 0, share: 0.9}, {priority: 1, share: 0.1}]"
        ]
      ),
      (
        "priorities: [{priority: 0, share: 0}]",
        ["priorities.0.share: found '0'; allowed is a number above 0, at most 1,000,000 (a weight)"]
      ),
      (
        "trace: {file: absent.csv}",
        [
          "trace.file: no such file: absent.csv",
          "trace: nothing uses it; say trace in arrivals (process: trace), prompt_tokens, output_tokens or prefix, or take it "
            + "out",
        ]
      ),
      ("prefix: trace", ["trace: missing; prefix takes its values from it: give trace: {file: …}"]),
      ("prefix: trace, trace: {file: /}", ["trace.file: is a folder: /; name one trace file"]),
      (
        "prefix: trace, trace: {format: csv}",
        ["trace.file: missing; the path of the trace, relative to this file's folder"]
      ),
      ("preset: burst", ["preset: found 'burst'; allowed is bursty, steady, replay; did you mean bursty?"]),
    ])
  func parts(text: String, messages: [String]) {
    #expect(
      problems("arrivals: {process: at_once}, prompt_tokens: 5, output_tokens: 5, \(text)")
        == messages.map { "workload." + $0 })
  }

  @Test("a trace's arrivals take no rate, and start no conversations")
  func traceArrivals() {
    #expect(
      problems(
        "arrivals: {process: trace, request_rate: 3}, prompt_tokens: 5, output_tokens: 5, trace: {file: /dev/null}"
      )
        == [
          "workload.arrivals.request_rate: does not apply to process: trace; a trace brings its own times; speedup: 2 sends "
            + "it twice as fast"
        ])
    #expect(
      problems(
        "arrivals: {process: trace}, prompt_tokens: 5, output_tokens: 5, trace: {file: /dev/null}, "
          + "prefix: {conversations: {turns: 2}}")
        == ["workload.prefix: conversations make their own later turns; a trace's arrivals cannot start them"]
    )
  }

  @Test("a preset's arrivals take only what adjusts them")
  func presetArrivals() {
    #expect(
      problems("preset: bursty, arrivals: {request_rate: 2, burstiness: 3}")
        == [
          "workload.arrivals.burstiness: needs a process beside it, which then replaces the preset's (quantiles)"
        ])
  }

  @Test("too many requests, and none at all", arguments: ["1e9", "0", "-1", "many"])
  func count(text: String) {
    #expect(
      ScenarioSample.problems(
        ScenarioSample.top
          + ScenarioSample.workload.replacing("num_requests: 10", with: "num_requests: \(text)"))
        == [
          "rag.yaml:3: workload.num_requests: found '\(text)'; allowed is a whole number from 1 to 100,000,000 (more takes "
            + "minutes and tells nothing new)"
        ])
  }

  /// Of line 3, without its place.
  private func problems(_ keys: String) -> [String] {
    ScenarioSample.problems(ScenarioSample.top + "workload: {num_requests: 10, \(keys)}\n")
      .map { $0.hasPrefix("rag.yaml:3: ") ? String($0.dropFirst(12)) : $0 }
  }
}
