import EngineSettings
import Foundation
import Hardware
import Metrics
import Models
import Quantities
import Serving
import Testing
import Workload

/// Predictions against measured vLLM runs on H100 (public replay data of inference-sim), replayed at the measured sending
/// times. Runs only where `SWIFTKV_DATA` names the folder with the data, which is not part of the project.
@Suite("validation: measured runs", .enabled(if: MeasuredData.folder != nil, "SWIFTKV_DATA is not set"))
struct MeasuredRunTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var file: String
    var model: String
    var tensorParallelSize: Int
    var release: VLLMRelease
    var budget: Int
    var sequences: Int
    var blocks: Int
    /// Prompts come from a pool, so equal ids are equal prompts.
    var sharesPrompts: Bool
    var cap: Int?
    /// Requests of each load stage.
    var stages: [Int]
    /// Largest error of a stage's mean TTFT, TPOT and E2E in percent.
    var bounds: (ttft: Double, tpot: Double, e2e: Double)

    var testDescription: String { file }
  }

  private static func llama(_ file: String, _ stages: [Int], _ bounds: (Double, Double, Double)) -> Case {
    Case(
      file: "llama-2-7b-tp1-\(file).csv", model: "meta-llama/Llama-2-7b-hf", tensorParallelSize: 1,
      release: .v0_15, budget: 2048, sequences: 128, blocks: 7462, sharesPrompts: true, cap: nil,
      stages: stages, bounds: bounds)
  }

  private static func codeLlama(_ file: String, _ stages: [Int], _ bounds: (Double, Double, Double)) -> Case {
    Case(
      file: "codellama-34b-tp2-\(file).csv", model: "codellama/CodeLlama-34b-Instruct-hf",
      tensorParallelSize: 2, release: .v0_15, budget: 2048, sequences: 128, blocks: 26602,
      sharesPrompts: true, cap: nil, stages: stages, bounds: bounds)
  }

  private static func qwen(_ file: String, _ requests: Int, _ bounds: (Double, Double, Double)) -> Case {
    Case(
      file: "qwen3-14b-tp1-\(file).csv", model: "Qwen/Qwen3-14B", tensorParallelSize: 1, release: .v0_23,
      budget: 8192, sequences: 256, blocks: 18038, sharesPrompts: false, cap: 256, stages: [requests],
      bounds: bounds)
  }

  /// Bounds are a little above what was found; runs whose client cap ruled when requests were sent, and overload, cannot be
  /// replayed at their sending times and are left out.
  static let cases = [
    llama("codegen", [3000, 6000], (2, 4, 4)), llama("roleplay", [7200], (2, 4, 4)),
    llama("general", [4800, 12000], (6, 8, 8)), codeLlama("general", [4800, 12000], (8, 3, 3)),
    codeLlama("codegen", [3000, 6000], (3, 3, 3)), qwen("2rps", 1212, (7, 2, 2)),
    qwen("4rps", 2363, (5, 2, 2)),
    qwen("6rps", 3610, (5, 2, 2)), qwen("8rps", 4830, (3, 3, 3)), qwen("mixed-6rps", 3623, (5, 5, 5)),
  ]

  @Test("mean TTFT, TPOT and E2E of every stage", arguments: cases) func means(example: Case) throws {
    let run = try MeasuredRun.read(path: #require(MeasuredData.folder) + example.file)
    let stageOf = example.stages.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    try #require(stageOf.count == run.rows.count)
    let requests = run.rows.enumerated().map { i, row in
      Request(
        index: i, arrival: row.arrival, promptTokens: row.promptTokens, outputTokens: row.outputTokens,
        content: row.promptID.map { example.sharesPrompts ? .text($0) : .unique } ?? .unique,
        stage: stageOf[i])
    }
    var engine = EngineConfig(release: example.release)
    engine.maxNumBatchedTokens = example.budget
    engine.maxNumSeqs = example.sequences
    engine.numGPUBlocksOverride = example.blocks
    let deployment = try Deployment(
      model: #require(ModelConfig.named(example.model)), variant: .baseline,
      device: #require(DeviceProfile.calibrated("H100-SXM-80GB")),
      tensorParallelSize: example.tensorParallelSize, engine: engine)
    let record = try Simulation.run(
      deployment, requests: RequestStream(requests), options: .init(maxConcurrency: example.cap))

    for stage in example.stages.indices {
      let summary = Summary(record: record, stage: stage)
      let rows = run.rows.indices.filter { stageOf[$0] == stage }.map { run.rows[$0] }
      func error(_ predicted: Double, _ measured: [Double]) -> Double {
        100 * (predicted / (measured.reduce(0, +) / Double(measured.count)) - 1)
      }
      let ttft = error(summary.ttft.mean, rows.compactMap { $0.ttft?.value })
      let tpot = error(summary.tpot.mean, rows.compactMap(\.secondsPerToken))
      let e2e = error(summary.e2e.mean, rows.compactMap { $0.e2e?.value })
      #expect(abs(ttft) <= example.bounds.ttft, "stage \(stage): TTFT \(ttft) %")
      #expect(abs(tpot) <= example.bounds.tpot, "stage \(stage): TPOT \(tpot) %")
      #expect(abs(e2e) <= example.bounds.e2e, "stage \(stage): E2E \(e2e) %")
    }
  }
}

enum MeasuredData {
  static let folder = ProcessInfo.processInfo.environment["SWIFTKV_DATA"].map { $0 + "/serving/" }
}

extension MeasuredRun.Row {
  /// (E2E − TTFT) / (output − 1) in seconds; nil for one-token answers and failed requests.
  fileprivate var secondsPerToken: Double? {
    guard let ttft, let e2e, outputTokens > 1 else { return nil }
    return (e2e - ttft).value / Double(outputTokens - 1)
  }
}
