import Foundation
import Results
import Testing

@testable import Sweeps

/// Small sweeps, and a folder for what they make.
enum SweepFixture {
  /// Simulated in milliseconds.
  static let scenario = """
    model: meta-llama/Llama-3.1-8B-Instruct
    hardware: {gpu: H100-SXM-80GB}
    workload:
      num_requests: 30
      arrivals: {process: poisson, request_rate: 20}
      prompt_tokens: {uniform: [200, 3000]}
      output_tokens: {uniform: [2, 20]}
    objective: {ttft_p99: 100 ms}
    seed: 7

    """

  static let axes = """
      variant: [baseline, swiftkv-50]
      engine.max_num_seqs: [4, 64]
      workload.arrivals.request_rate: {from: 5, to: 40, steps: 4, scale: log}
    """

  /// The text of a sweep of the scenario, which stands inside it.
  static func text(
    _ keys: String = "", axes: String = axes, scenario: String = scenario, name: String = "small"
  ) -> String {
    let inner = scenario.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    return "name: \(name)\n\(keys)\nscenario:\n\(inner)\naxes:\n\(axes)\n"
  }

  static func plan(_ text: String = text(), changes: SweepFile.Changes = .init()) throws -> SweepPlan {
    try SweepPlan(SweepFile.parse(text: text, path: "s.yaml", changes: changes))
  }

  /// The CSV of a sweep that is simulated at one go.
  static func csv(_ plan: SweepPlan, threads: Int? = nil) throws -> String {
    try withFolder { folder in
      let outcome = try SweepRun(plan, in: SweepStore(path: "\(folder)/reference.sqlite"))
        .execute(LocalExecutor(threads: threads))
      #expect(outcome.failure == nil && !outcome.wasStopped)
      return SweepTable(plan, results: outcome.results).csv
    }
  }

  static func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweeps-tests-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }
}
