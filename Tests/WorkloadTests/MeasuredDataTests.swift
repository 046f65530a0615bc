import Foundation
import Quantities
import Testing
import Workload

/// The folder of measured data, which is not part of the project: `traces/` with the public Azure 2023 and Mooncake
/// files, `serving/` with measured runs.
private let data = ProcessInfo.processInfo.environment["SWIFTKV_DATA"]

/// Skipped, visibly, where `SWIFTKV_DATA` is not set.
@Suite(.enabled(if: data != nil, "SWIFTKV_DATA names no folder of measured data")) struct MeasuredDataTests {
  private func read(_ file: String) throws -> Trace {
    try Trace.read(TraceSpec(path: "\(try #require(data))/traces/\(file)"))
  }

  private let percents: [Double] = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100]

  private func check(_ lengths: [Int], _ expected: [Double], mean: Double) {
    let values = lengths.map(Double.init)
    for (found, expected) in zip(PresetTests.percentiles(values, percents), expected) {
      #expect(abs(found - expected) <= 0.051)
    }
    #expect(abs(moments(values).mean - mean) < 0.0051)
  }

  private func gaps(_ trace: Trace) -> (mean: Double, cv: Double) {
    moments(zip(trace.records.dropFirst(), trace.records).map { ($0.arrival - $1.arrival).value })
  }

  @Test("Azure chat: count, quantiles, means, gaps")
  func azureConversation() throws {
    let trace = try read("AzureLLMInferenceTrace_conv.csv")
    #expect(trace.records.count == 19_366)
    #expect(trace.dropped == 0)
    check(
      trace.records.map(\.promptTokens), [2, 29, 181, 207, 396, 1020, 1189, 2734.5, 4083, 4142, 14050],
      mean: 1154.70)
    check(
      trace.records.map(\.outputTokens), [7, 16, 41, 54, 85, 129, 395, 424, 451, 601, 1000], mean: 211.13)
    #expect(abs(gaps(trace).mean - 0.18083) < 1e-5)
    #expect(abs(gaps(trace).cv - 1.094) < 1e-3)
  }

  @Test("Azure code: count, quantiles, means, gaps; the preset's table of gaps has their mean and variation")
  func azureCode() throws {
    let trace = try read("AzureLLMInferenceTrace_code.csv")
    #expect(trace.records.count == 8819)
    check(
      trace.records.map(\.promptTokens), [3, 17, 75, 147, 578, 1469, 2744.5, 5187.6, 7303.3, 7436, 7437],
      mean: 2047.85)
    check(trace.records.map(\.outputTokens), [6, 6, 6, 7, 9, 13, 24, 55, 90, 251.5, 1899], mean: 27.88)
    #expect(abs(gaps(trace).mean - 0.38965) < 1e-5)
    #expect(abs(gaps(trace).cv - 13.151) < 1e-3)

    guard case .gapQuantiles(let table, _) = WorkloadSpec.preset("azure-code")?.arrivals else {
      Issue.record("the preset has no table of gaps")
      return
    }
    #expect(abs(table.mean / gaps(trace).mean - 1) < 0.01)
    #expect(abs(table.coefficientOfVariation / gaps(trace).cv - 1) < 0.03)
  }

  @Test("independent gaps keep most of the code trace's bunching: requests a second, variance over mean")
  func azureCodeBunching() throws {
    func dispersion(_ times: [Double]) -> Double {
      let seconds = Int(times.last ?? 0)
      var counts = Array(repeating: 0.0, count: seconds)
      for time in times where Int(time) < seconds { counts[Int(time)] += 1 }
      let (mean, cv) = moments(counts)
      return cv * cv * mean
    }
    let real = dispersion(try read("AzureLLMInferenceTrace_code.csv").records.map(\.arrival.value))
    #expect(abs(real - 13.2) < 0.1)
    var spec = try #require(WorkloadSpec.preset("azure-code"))
    spec.numRequests = 8819
    let drawn = try (0..<9).map { seed in
      dispersion(try spec.stream(seed: seed).map(\.arrival.value))
    }
    #expect((0.6...0.9).contains(drawn.sorted()[4] / real))
  }

  @Test("Mooncake: counts, quantiles, means; equal stamps are spread to Poisson-like gaps, within their tick")
  func mooncake() throws {
    let trace = try read("mooncake_conversation_trace.jsonl")
    #expect(trace.records.count == 12_031)
    check(
      trace.records.map(\.promptTokens),
      [891, 894, 901, 964, 2306.5, 6909, 15367, 27367, 39550.5, 85400.4, 126_195], mean: 12035.06)
    check(
      trace.records.map(\.outputTokens), [1, 3, 10, 24, 156.5, 350, 472, 597, 698, 1118.5, 2000], mean: 342.62
    )
    #expect(abs(gaps(trace).mean - 0.2941) < 0.0003)
    #expect(abs(gaps(trace).cv - 1) < 0.02)
    var texts: Set<UInt64> = []
    for record in trace.records {
      guard case .segments(let segments) = record.content else { continue }
      #expect(segments.reduce(0) { $0 + $1.tokens } == record.promptTokens)
      texts.formUnion(segments.map(\.text))
    }
    #expect(texts.count == 182_790)
  }

  @Test("Mooncake's synthetic trace, with stamps of a millisecond, keeps its gaps")
  func mooncakeSynthetic() throws {
    let trace = try read("mooncake_synthetic_trace.jsonl")
    #expect(trace.records.count == 3993)
    #expect(abs(gaps(trace).mean - 0.25602) < 1e-4)
    #expect(abs(gaps(trace).cv - 1.011) < 0.003)
  }

  @Test("every measured run reads, as a trace and as measurements")
  func serving() throws {
    let folder = "\(try #require(data))/serving"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".csv") }
    #expect(files.count >= 13)
    for file in files {
      let run = try MeasuredRun.read(path: "\(folder)/\(file)")
      let trace = try Trace.read(TraceSpec(path: "\(folder)/\(file)"))
      #expect(trace.format == .csv)
      // Failed requests were sent, too: none is lost.
      #expect(trace.records.count == run.rows.count)
      #expect(trace.dropped == 0)
      #expect(trace.records.map(\.outputTokens) == run.rows.map(\.outputTokens))
    }
    let run = try MeasuredRun.read(path: "\(folder)/qwen3-14b-tp1-8rps.csv")
    #expect(run.rows.count == 4830)
    #expect(run.rows.allSatisfy { $0.ok })
    #expect(run.rows.first?.ttft == 0.070102)
  }
}
