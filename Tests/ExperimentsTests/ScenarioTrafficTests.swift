import Foundation
import Quantities
import Testing
import Workload

@testable import Experiments

@Suite("Scenario: the workload section")
struct ScenarioTrafficTests {
  private static let lengths = "  prompt_tokens: 100\n  output_tokens: 10\n"

  @Test(
    "each arrival process",
    arguments: [
      ("{process: poisson, request_rate: 6}", ArrivalSpec.open(rate: 6, burstiness: 1), nil),
      ("{process: poisson, request_rate: 120 /min}", .open(rate: 2, burstiness: 1), nil),
      ("{process: gamma, request_rate: 6, burstiness: 0.5}", .open(rate: 6, burstiness: 0.5), nil),
      ("{process: constant, request_rate: 6}", .open(rate: 6, burstiness: .infinity), nil),
      ("{process: at_once}", .open(rate: PerSecond(.infinity), burstiness: 1), nil),
      ("{process: closed, max_concurrency: 64}", .open(rate: PerSecond(.infinity), burstiness: 1), 64),
      (
        "{process: quantiles, gaps: {p0: 0 s, p100: 2000 ms}, request_rate: 3}",
        .gapQuantiles(ScenarioSample.gaps, rate: 3),
        nil
      ),
    ] as [(String, ArrivalSpec, Int?)])
  func arrivals(text: String, spec: ArrivalSpec, concurrency: Int?) throws {
    let workload = try ScenarioSample.traffic("  arrivals: \(text)\n" + Self.lengths)
    #expect(workload.arrivals == spec)
    #expect(workload.maxConcurrency == concurrency)
  }

  @Test("stages end by time or by number, and say how many requests there are")
  func stages() throws {
    let text = """
      workload:
        arrivals:
          process: stages
          stages:
            - {request_rate: 2, duration: 1 min}
            - {request_rate: 8, num_requests: 500, burstiness: 0.5}

      """
    let workload = try ScenarioSample.read(ScenarioSample.top + text + Self.lengths).workload
    #expect(workload.numRequests == nil)
    #expect(
      workload.arrivals
        == .stages([LoadStage(rate: 2, duration: 60), LoadStage(rate: 8, burstiness: 0.5, numRequests: 500)]))
  }

  @Test(
    "each form of a length",
    arguments: [
      ("1500", LengthSpec(.constant(1500))),
      ("{constant: 1500}", LengthSpec(.constant(1500))),
      ("{uniform: [10, 20], min: 12}", LengthSpec(.uniform(10, 20), min: 12)),
      // vllm bench serve --random-input-len 1000 --random-range-ratio 0.333: ⌊667.0⌋ to ⌈1333.0⌉.
      ("{mean: 1000, range_ratio: 0.333}", LengthSpec(.uniform(667, 1333))),
      ("{mean: 101, range_ratio: 0.25}", LengthSpec(.uniform(75, 127))),
      ("{mean: 1, range_ratio: 0.9}", LengthSpec(.uniform(1, 2))),
      ("{mean: 128}", LengthSpec(.uniform(128, 128))),
      (
        "{lognormal: {median: 6000, p90: 16000}, max: 32000}",
        LengthSpec(.lognormal(median: 6000, p90: 16000), max: 32000)
      ),
      (
        "{quantiles: {p100: 900, p0: 2, p99.9: 500.5}}",
        LengthSpec(
          .quantiles(
            QuantileTable(points: [
              .init(percent: 0, value: 2), .init(percent: 99.9, value: 500.5),
              .init(percent: 100, value: 900),
            ])))
      ),
    ])
  func lengths(text: String, spec: LengthSpec) throws {
    let workload = try ScenarioSample.traffic(
      "  arrivals: {process: at_once}\n  prompt_tokens: \(text)\n  output_tokens: 10\n")
    #expect(workload.promptTokens == spec)
  }

  @Test(
    "each form of prefix sharing",
    arguments: [
      ("none", PrefixSharing.none), ("{pool: 100}", .pool(100)),
      ("{groups: 5, tokens: 1000}", .groups(count: 5, tokens: 1000)),
      ("{conversations: {turns: 4, think_time: 500 ms}}", .conversations(turns: 4, thinkTime: 0.5)),
    ])
  func prefix(text: String, sharing: PrefixSharing) throws {
    let workload = try ScenarioSample.traffic(
      "  arrivals: {process: at_once}\n  prefix: \(text)\n" + Self.lengths)
    #expect(workload.prefix == sharing)
  }

  @Test("priorities are a list of weights")
  func priorities() throws {
    let workload = try ScenarioSample.traffic(
      "  arrivals: {process: at_once}\n  priorities: [{priority: 0, share: 9}, {priority: 1, share: 1}]\n"
        + Self.lengths)
    #expect(workload.priorities == [.init(priority: 0, share: 9), .init(priority: 1, share: 1)])
  }

  @Test("a trace is looked for beside the scenario, and decides the number of requests")
  func trace() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "scenario-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("arrival_s\n".utf8).write(to: folder.appendingPathComponent("t.csv"))
    let text =
      ScenarioSample.top
      + "workload: {trace: {file: t.csv, format: csv}, arrivals: {process: trace, speedup: 2}, "
      + "prompt_tokens: {trace: true, max: 8000}, output_tokens: trace, prefix: trace}\n"
    let workload = try Scenario.parse(
      text: text, directory: folder.path, file: "x.yaml", overrides: [], seed: nil,
      lookup: ScenarioSample.lookup
    ).workload
    #expect(
      workload
        == WorkloadSpec(
          numRequests: nil, arrivals: .trace(speedup: 2), promptTokens: LengthSpec(.trace, max: 8000),
          outputTokens: LengthSpec(.trace), prefix: .trace,
          trace: TraceSpec(path: folder.path + "/t.csv", format: .csv)))
  }

  @Test("a preset is a base: keys beside it replace its parts, a rate alone adjusts its arrivals")
  func presets() throws {
    let plain = try ScenarioSample.traffic("  preset: bursty\n")
    #expect(plain.arrivals == .gapQuantiles(ScenarioSample.gaps, rate: nil))
    #expect(plain.promptTokens == LengthSpec(.constant(1000)))
    let changed = try ScenarioSample.traffic(
      "  preset: bursty\n  arrivals: {request_rate: 4}\n  output_tokens: 7\n")
    #expect(changed.arrivals == .gapQuantiles(ScenarioSample.gaps, rate: 4))
    #expect(changed.promptTokens == LengthSpec(.constant(1000)))
    #expect(changed.outputTokens == LengthSpec(.constant(7)))
    let other = try ScenarioSample.traffic(
      "  preset: bursty\n  arrivals: {process: at_once, max_concurrency: 8}\n")
    #expect(other.arrivals == .open(rate: PerSecond(.infinity), burstiness: 1))
    #expect(other.maxConcurrency == 8)
    let faster = try ScenarioSample.traffic("  preset: steady\n  arrivals: {request_rate: 9}\n")
    #expect(faster.arrivals == .open(rate: 9, burstiness: 1))
  }

  @Test("anchors and aliases repeat a value")
  func aliases() throws {
    let workload = try ScenarioSample.traffic(
      "  arrivals: {process: at_once}\n  prompt_tokens: &n {uniform: [1, 9]}\n  output_tokens: *n\n")
    #expect(workload.outputTokens == workload.promptTokens)
  }
}
