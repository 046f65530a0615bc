import Experiments
import Figures
import Foundation
import Metrics
import Models
import Planning
import Reports
import Synchronization
import Testing

/// What a page on a scenario says, from a real but small study.
@Suite struct ScenarioReportTests {
  private static let text = """
    name: <b>small
    model: meta-llama/Llama-3.1-8B-Instruct
    hardware: {gpu: H100-SXM-80GB}
    workload:
      num_requests: 60
      arrivals: {process: poisson, request_rate: 3}
      prompt_tokens: {lognormal: {median: 2000, p90: 4000}, max: 8000}
      output_tokens: 16
    objective: {ttft_p90: 500 ms}
    seed: 3
    """

  private static func variants() throws -> [Variant] {
    try ["baseline", "swiftkv-50", "swiftkv-50-across2"].map { try Variant(name: $0) }
  }

  private static let invocation = Invocation(
    options: ["--variant", "baseline,swiftkv-50"], version: "9.8.7", date: Date(timeIntervalSince1970: 86_400)
  )

  private static let results = Result {
    let study = try ReportStudy(Scenario.parse(text: text), variants: variants())
    guard case .finished(let results) = try study.run(threads: 1) else { throw CancellationError() }
    return results
  }

  @Test func theAnswerIsThatOfTheStudy() throws {
    let results = try Self.results.get()
    let page = results.page(Self.invocation)
    let capacity = results.capacity.study
    let first = try #require(capacity.variants.first)
    #expect(page.question.contains("p90 TTFT ≤ 500 ms".replacing(" ", with: "\u{A0}")))
    let lead = try #require(page.answer.first)
    #expect(lead.contains(String(format: "%.1f", first.capacity.value)))
    #expect(
      lead.contains("swiftkv-50") && !lead.contains("across2"), "a projection is not the answer: \(lead)")
    #expect(page.highlights.count >= 3)
  }

  @Test func everythingThatWasAssumedIsSaid() throws {
    let html = try Self.results.get().page(Self.invocation).html()
    for expected in [
      "max_num_batched_tokens", "enable_prefix_caching", "lognormal, median 2,000, p90 4,000, at most 8,000",
      "Poisson, 3", "Expected error of means", "Answer quality is not simulated", "projections",
      "swiftkv-sim report b-small.yaml --variant baseline,swiftkv-50", "1970-01-02 00:00 UTC", "9.8.7",
      "SOURCE_DATE_EPOCH=86400", "num_requests: 60",
    ] {
      #expect(html.contains(expected), "\(expected)")
    }
    #expect(!html.contains("<b>small"), "the scenario's name is text")
    #expect(html.utf8.count < 1_000_000)
  }

  @Test func theCommandOfThePageIsForAShell() throws {
    let invocation = Invocation(
      options: ["--target-rate", "2", "it's"], version: "1", date: Date(timeIntervalSince1970: 0))
    let html = try Self.results.get().page(invocation).html()
    #expect(html.contains("--target-rate 2 &#39;it&#39;\\&#39;&#39;s&#39;"))
  }

  @Test func threadsChangeNothing() throws {
    let study = try ReportStudy(Scenario.parse(text: Self.text), variants: Self.variants())
    guard case .finished(let results) = try study.run(threads: 2) else {
      Issue.record("stopped")
      return
    }
    #expect(
      try results.page(Self.invocation).html()
        == Self.results.get().page(Self.invocation).html())
  }

  @Test func withoutAnObjectiveThereIsNoQuestion() throws {
    let text = Self.text.replacing("objective: {ttft_p90: 500 ms}\n", with: "")
    let scenario = try Scenario.parse(text: text)
    let error = #expect(throws: ExperimentError.self) { try ReportStudy(scenario, variants: Self.variants()) }
    #expect(error?.description.contains("objective: none given") == true)
  }

  @Test func anObjectiveThatNothingMeetsIsSaid() throws {
    let text = Self.text.replacing("500 ms", with: "1 ms")
    let study = try ReportStudy(Scenario.parse(text: text), variants: Self.variants())
    guard case .finished(let results) = try study.run() else {
      Issue.record("stopped")
      return
    }
    let page = results.page(Self.invocation)
    #expect(page.answer.first?.contains("met at no load") == true, "\(page.answer)")
    #expect(try page.html().contains("met at no load"))
  }

  @Test(arguments: [0.0, 0.05, 0.2, 0.8]) func itStopsWhenAsked(share: Double) throws {
    let study = try ReportStudy(Scenario.parse(text: Self.text), variants: Self.variants())
    let calls = Mutex(0)
    let outcome = try study.run(threads: 1) { progress in
      calls.withLock { $0 += 1 }
      return progress.share < share
    }
    guard case .stopped = outcome else {
      Issue.record("went on after \(calls.withLock { $0 }) calls")
      return
    }
  }

  @Test func progressRises() throws {
    let study = try ReportStudy(Scenario.parse(text: Self.text), variants: Self.variants())
    let shares = Mutex<[Double]>([])
    _ = try study.run { progress in
      shares.withLock { $0.append(progress.share) }
      return true
    }
    let seen = shares.withLock { $0 }
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 <= $1 }, "\(seen)")
    #expect(seen.last == 1)
  }
}
