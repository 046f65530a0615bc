import Metrics
import Quantities
import Testing

@testable import Figures

/// A title states the finding, so a wrong one is a wrong result.
@Suite("Titles") struct TitleTests {
  private func title(_ metric: LatencyMetric = .ttft, _ runs: PlottedRun...) -> String {
    Charts.latencyCDF(metric, runs: runs, scenario: "s", limit: nil).title
  }

  @Test func `A gain is stated with both values`() {
    let text = title(.ttft, .constant("baseline", ttft: 5.12), .constant("swiftkv-50", ttft: 1.4))
    #expect(text == "swiftkv-50 cuts p99 TTFT from 5.12 s to 1.4 s")
  }

  @Test func `A change below two percent is no gain`() {
    let text = title(.ttft, .constant("baseline", ttft: 0.1), .constant("swiftkv-50", ttft: 0.0985))
    #expect(text == "p99 TTFT hardly changes: 100 ms for baseline, 98.5 ms for swiftkv-50")
  }

  @Test func `A loss is not sold as a gain`() {
    let text = title(.ttft, .constant("baseline", ttft: 0.1), .constant("swiftkv-50", ttft: 0.2))
    #expect(text == "No variant lowers p99 TTFT: 100 ms for baseline, 200 ms or more otherwise")
  }

  @Test func `The baseline need not come first, and projections do not win`() {
    let projection = PlottedRun(
      "swiftkv-50-across2", skip: 50, group: 2, record: .constant(ttft: 0.1))
    let real = PlottedRun("swiftkv-50", skip: 50, record: .constant(ttft: 0.5))
    let text = title(.ttft, projection, real, .constant("baseline", ttft: 1))
    #expect(text == "swiftkv-50 cuts p99 TTFT from 1 s to 500 ms")
    // With nothing else to name, it is named for what it is.
    #expect(
      title(.ttft, projection, .constant("baseline", ttft: 1)).hasPrefix(
        "swiftkv-50-across2 (projection) cuts"))
  }

  @Test func `Lone, empty and one-token runs have their own titles`() {
    #expect(title(.ttft, .constant("baseline", ttft: 2)) == "p99 TTFT is 2 s, the median 2 s (baseline)")
    #expect(title(.ttft, .empty) == "baseline completed no request")
    #expect(title(.tpot, .constant("baseline", ttft: 2)) == "baseline has no TPOT: one-token answers")
    #expect(Charts.latencyCDF(.ttft, runs: [], scenario: "s", limit: nil).title == "No runs to compare")
  }

  @Test func `The skip-ratio title says how latency and throughput move`() {
    let slow = PlottedRun("baseline", record: .constant(ttft: 2))
    let fast = PlottedRun("swiftkv-62.5", skip: 62.5, record: .constant(ttft: 1))
    let text = Charts.againstSkipRatio(runs: [fast, slow], scenario: "s").title
    #expect(
      text == "p99 TTFT falls from 2 s at 0 % to 1 s at 62.5 % of layers skipped; "
        + "throughput rises from 0.625 to 0.833 requests/s")
  }

  @Test func `The parts' title names the largest cause`() {
    let runs = [PlottedRun.constant("baseline", ttft: 0.4), .constant("swiftkv-50", ttft: 0.1)]
    let text = Charts.attribution(runs: runs, scenario: "s").title
    #expect(
      text
        == "The request's own prefill is 100 % of baseline's mean TTFT; swiftkv-50 cuts that from 400 ms to 100 ms"
    )
    #expect(Charts.attribution(runs: [.empty], scenario: "s").title == "No completed request to explain")
    let busy = Charts.busy(runs: runs, scenario: "s").title
    #expect(busy == "GEMM takes 100 % of baseline's mean step; steps of swiftkv-50 are 75 % shorter")
  }

  @Test func `The timeline's title compares queue and cache`() {
    #expect(
      Charts.timeline(runs: [.constant("baseline", ttft: 1)], scenario: "s").title
        == "KV cache use peaks at 1 %; no request waits (baseline)")
    #expect(Charts.timeline(runs: [.empty], scenario: "s").title == "No step was run")
  }

  @Test func `The roofline's title names what sets the step's time`() {
    #expect(SyntheticStep.figure.title == "Arithmetic sets 87 % of the step's time")
    #expect(SyntheticStep.figure.note.contains("0.7 %"))
  }

  @Test func `Failed requests are not passed over`() {
    let figure = Charts.latencyCDF(.ttft, runs: [.empty, .constant("b", ttft: 1)], scenario: "s", limit: nil)
    #expect(figure.setting.hasSuffix("completed: baseline 0 of 1"))
  }

  @Test(arguments: [
    (0, "0 %"), (0.0002, "< 0.1 %"), (0.004, "0.4 %"), (0.37, "37 %"), (0.995, "99.5 %"),
    (0.99999, "> 99.9 %"), (1, "100 %"),
    (.nan, "–"),
  ])
  func `Shares print with no false precision`(share: Double, text: String) {
    #expect(Finding.percent(share) == text)
  }
}
