import Figures
import Foundation
import Testing

@testable import Experiments

/// A folder of two small "measured" runs that a simulation made up: what validate says of it is known.
@Suite("validate") struct ValidationTests {
  private static let settings = """
    "model": "meta-llama/Llama-3.1-8B", "gpu": "H100-SXM-80GB", "tensor_parallel_size": 1, "dtype": "bfloat16",
    "max_num_batched_tokens": 2048, "max_num_seqs": 64, "block_size": 16, "num_gpu_blocks": 20000, "vllm": "0.15.1",
    "enable_prefix_caching": true, "enable_chunked_prefill": true, "prompt_pool": null, "max_concurrency": null,
    "client_capped": false
    """

  private func inFolder<T>(_ files: [String: String], _ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "validate-\(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: folder + "/" + name)) }
    return try body(folder)
  }

  private func manifest(_ entries: [(file: String, failed: Int, requests: Int)]) -> String {
    let runs = entries.map { entry in
      "{\"file\": \"\(entry.file)\", \"failed\": \(entry.failed), \(Self.settings), "
        + "\"stages\": [{\"rate\": 2, \"num_requests\": \(entry.requests)}]}"
    }
    return "[\(runs.joined(separator: ",\n"))]"
  }

  private let header = "arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s\n"

  @Test("errors are predicted over measured, stage by stage; overload runs count in no mean") func errors()
    throws
  {
    // Alone on the machine, every request takes the same time: twice that is an error of −50 %.
    func rows(_ ttft: Double, _ e2e: Double, lost: Bool = false) -> String {
      header
        + (0..<4).map { "\($0 * 5),200,11,\($0),\(lost && $0 == 3 ? 0 : 1),\(ttft),\(e2e)\n" }.joined()
    }
    let exact = try inFolder(["manifest.json": manifest([("a.csv", 0, 4)]), "a.csv": rows(1, 2)]) { folder in
      try Validation(folder: folder).run()
    }
    let stage = try #require(exact.report.runs.first?.stages.first)
    let (ttft, e2e) = (stage.ttft.mean.predicted / 1e3, stage.e2e.mean.predicted / 1e3)
    #expect(ttft > 0.01 && ttft < 0.05 && e2e > ttft)

    let files = [
      "manifest.json": manifest([("a.csv", 0, 4), ("b.csv", 0, 4), ("c.csv", 1, 4)]),
      "a.csv": rows(ttft, e2e),
      "b.csv": rows(2 * ttft, 2 * e2e), "c.csv": rows(9, 10, lost: true),
    ]
    let outcome = try inFolder(files) { folder in try Validation(folder: folder).run(threads: 2) }
    let report = outcome.report
    #expect(report.runs.map(\.file) == ["a.csv", "b.csv", "c.csv"])
    #expect(report.runs.map(\.isOverload) == [false, false, true])
    let errors = report.runs.map { $0.stages[0].ttft.mean.errorPercent }
    #expect(abs(errors[0]) < 1e-3 && abs(errors[1] + 50) < 1e-3 && errors[2] < -90)
    #expect(
      abs(report.mape.ttft - 25) < 1e-3 && abs(report.mape.e2e - 25) < 1e-3
        && abs(report.mape.tpot - 25) < 1e-3)
    #expect(report.runs[2].stages[0].requests == 3, "only answered requests are compared")
    #expect(report.tables.last?.rows.count == 1)

    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    let run = try #require((json["runs"] as? [[String: Any]])?[1])
    let figures = try #require((run["stages"] as? [[String: Any]])?.first?["ttft_ms"] as? [String: Any])
    #expect(Set(figures.keys) == ["measured", "predicted", "error_percent", "p50", "p90", "p99"])
    #expect(Set((json["mape"] as? [String: Any] ?? [:]).keys) == ["ttft", "tpot", "e2e"])
    #expect(
      ValidationFigures.figures(outcome).map(\.name) == [
        "validation-means", "validation-errors", "validation-cdf-llama-3.1-8b",
      ])
  }

  @Test("the outcome does not depend on the number of threads") func threads() throws {
    let rows = header + (0..<30).map { "\(Double($0) / 20),500,20,0,1,0.1,0.4\n" }.joined()
    let files = [
      "manifest.json": manifest([("a.csv", 0, 30), ("b.csv", 0, 30)]), "a.csv": rows, "b.csv": rows,
    ]
    try inFolder(files) { folder in
      let one = try Validation(folder: folder).run(threads: 1).report
      #expect(try Validation(folder: folder).run(threads: 2).report == one)
    }
  }

  private func problems(_ files: [String: String]) throws -> [String] {
    try inFolder(files) { folder in
      do throws(MeasuredDataError) {
        _ = try Validation(folder: folder)
        return []
      } catch {
        return error.problems.map { $0.replacingOccurrences(of: folder + "/", with: "") }
      }
    }
  }

  @Test("what is wrong with a folder is said with its place") func badFolders() throws {
    #expect(
      try problems([:]) == ["manifest.json: no such file; a folder of measured runs has a manifest.json"])
    #expect(try problems(["manifest.json": "[{"]) == ["manifest.json: is not valid JSON, or cut off"])
    #expect(try problems(["manifest.json": "[]"]) == ["manifest.json: lists no run"])
    #expect(
      try problems(["manifest.json": "[{\"file\": \"a.csv\"}]"]) == ["manifest.json: [0].model: missing"])
    #expect(
      try problems([
        "manifest.json": manifest([("a.csv", 0, 2)]).replacingOccurrences(of: "Llama-3.1-8B", with: "Lama")
      ])
        == ["manifest.json: [0] a.csv: model: 'meta-llama/Lama' is not in the catalogue"])
    #expect(
      try problems([
        "manifest.json": manifest([("a.csv", 0, 2), ("b.csv", 0, 1)]), "a.csv": header + "0,1,1,0,1,1,1\n",
      ])
        == ["a.csv: found 1 requests; its stages in manifest.json have 2", "b.csv: no such file"])
    let absurd = manifest([("a.csv", 0, 0)]).replacingOccurrences(of: "20000", with: "-1")
      .replacingOccurrences(of: "0.15.1", with: "nightly")
    #expect(
      try problems(["manifest.json": absurd]) == [
        "manifest.json: [0] a.csv: num_gpu_blocks: found -2; allowed is a whole number from 1",
        "manifest.json: [0] a.csv: num_requests: found 0; allowed is a whole number from 1",
        "manifest.json: [0] a.csv: vllm: found 'nightly'; allowed is a release such as 0.15.1",
      ])
  }

  @Test(
    "published figures: closed-loop 70B FP8, which nothing was fitted to, and the pair that measures SwiftKV")
  func published()
    throws
  {
    let comparison = try PublishedComparison()
    func mape(_ group: String, _ kind: String) -> Double {
      comparison.mape.first { $0.group == group && $0.kind == kind }?.percent ?? .infinity
    }
    #expect(mape("70B FP8 TP4", "mean TPOT (ms)") <= 3 && mape("70B FP8 TP4", "mean TTFT (ms)") <= 5)
    #expect(!comparison.figures.contains { $0.group == "70B FP8 TP4" && $0.isFitted })
    let stages = comparison.figures.filter { $0.group == PublishedRun.stagesGroup }
    #expect(stages.count == 48 && stages.allSatisfy(\.isFitted))
    #expect(mape("vLLM stages", "mean TTFT (ms)") <= 5 && mape("vLLM stages", "mean TPOT (ms)") <= 2)
    func ratio(_ kind: String, _ value: KeyPath<ValidationReport.Compared, Double>) -> Double {
      let own = comparison.figures.filter { $0.group == "8B FP8 TP4" && $0.kind == kind }.map(\.compared)
      return own.count == 2 ? own[1][keyPath: value] / own[0][keyPath: value] : 0
    }
    #expect(mape("8B FP8 TP4", "tokens/s") <= 5 && mape("8B FP8 TP4", "mean TPOT (ms)") <= 8)
    for kind in ["tokens/s", "mean TPOT (ms)"] {
      #expect(
        abs(ratio(kind, \.predicted) / ratio(kind, \.measured) - 1) <= 0.1, "SwiftKV over baseline: \(kind)")
    }
    #expect(
      Set(comparison.figures.map(\.group)) == Set(comparison.sources.map(\.group)),
      "every figure has a source")
  }
}
