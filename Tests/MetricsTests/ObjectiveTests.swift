import Metrics
import Quantities
import Testing

@Suite struct ObjectiveTests {
  @Test(
    "names of limits are read and written back", arguments: ["ttft_p99", "tpot_mean", "itl_p99.9", "e2e_p50"])
  func keys(key: String) throws {
    #expect(try Objective.Limit(key: key, limit: 1).key == key)
  }

  @Test(
    "what is no limit is refused with what would be one",
    arguments: [
      "", "ttft", "ttft_", "ttft_p", "ttft_p0", "ttft_p100.1", "ttft_p-5", "ttft_pnan", "ttft_p1e1",
      "ttft_p9.9.9",
      "ttft_p0x10", "TTFT_p99", "p99_ttft", "e2el_p99", "ttft_p99_ms", "ttft_max",
    ])
  func badKeys(key: String) throws {
    let error = try #require(throws: ObjectiveError.self) { try Objective.Limit(key: key, limit: 1) }
    #expect(
      error.description
        == "'\(key)' is not an objective; write METRIC_mean or METRIC_pNN, with METRIC one of ttft, tpot, itl, e2e "
        + "and NN above 0 and at most 100, for example ttft_p99, tpot_mean, itl_p99.9")
  }

  @Test("an objective holds if every limit does; the limit itself is still good")
  func verdict() throws {
    let summary = Summary(record: TinyRun.record)
    let kept = Objective(limits: [
      try .init(key: "ttft_p50", limit: 0.625), try .init(key: "e2e_mean", limit: 1.875),
    ])
    #expect(kept.verdict(on: summary).isMet)
    #expect(kept.verdict(on: summary).findings.map(\.margin) == [0, 0])
    let broken = Objective(limits: kept.limits + [try .init(key: "itl_p100", limit: 0.75)])
    let verdict = broken.verdict(on: summary)
    #expect(!verdict.isMet)
    #expect(verdict.findings.map(\.isMet) == [true, true, false])
    #expect(verdict.findings.last?.margin == -0.25)
  }

  @Test("a run that completed nothing meets no limit; an objective without limits is met")
  func emptyRun() throws {
    let nothing = Summary(record: TinyRun.empty)
    let verdict = Objective(limits: [try .init(key: "ttft_p99", limit: 1000)]).verdict(on: nothing)
    #expect(!verdict.isMet)
    #expect(verdict.findings.first?.measured == nil)
    #expect(Objective(limits: []).verdict(on: nothing).isMet)
  }

  @Test("vLLM's lists of metrics and percentiles are read; repetitions and spaces do not matter")
  func lists() throws {
    #expect(try LatencyMetric.list(parsing: "ttft, e2el,ttft") == [.ttft, .e2e])
    #expect(try LatencyMetric.percentiles(parsing: "50, 99.9 ,50,99") == [50, 99.9, 99])
    #expect([50, 99.9, 100].map(LatencyMetric.percentileWord) == ["50", "99.9", "100"])
  }

  @Test(
    "an unknown metric is named with what is allowed",
    arguments: [
      ("ttft,latency", "'latency' is not a metric; use some of ttft, tpot, itl, e2el"),
      ("e2e", "'e2e' is not a metric; use some of ttft, tpot, itl, e2el; did you mean e2el?"),
      ("", "'' is not a metric; use some of ttft, tpot, itl, e2el"),
    ])
  func badMetrics(text: String, message: String) throws {
    let error = try #require(throws: MetricListError.self) { try LatencyMetric.list(parsing: text) }
    #expect(error.description == message)
  }

  @Test("what is no percentile is named", arguments: ["nan", "-1", "101", "", "p99", "1e999"])
  func badPercentiles(word: String) throws {
    let error = try #require(throws: MetricListError.self) {
      try LatencyMetric.percentiles(parsing: "50,\(word)")
    }
    #expect(error.description == "'\(word)' is not a percentile; use numbers from 0 to 100, as in 50,90,99.9")
  }
}
