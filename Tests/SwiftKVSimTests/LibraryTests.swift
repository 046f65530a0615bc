import Foundation
import SwiftKVSim
import Testing

/// What a package that depends on this one writes, with the one import.
@Suite struct LibraryTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
  }

  @Test("the lines of examples/swift/ give results")
  func example() throws {
    let scenario = try Scenario.load(
      path: Self.repository.appending(path: "scenarios/rag.yaml").path,
      overrides: ["workload.num_requests=50"])
    let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]
    let outcome = try Experiment(scenario, variants: variants).run()
    #expect(outcome.runs.map(\.name) == ["baseline", "swiftkv-50"] && outcome.failures.isEmpty)
    for run in outcome.runs {
      #expect(run.summary.completed == 50)
      let ttft: Seconds = run.summary.percentile(99, of: .ttft)
      #expect(ttft.value == run.summary.ttft.percentile(99) && ttft > 0)
      #expect(run.summary.requestThroughput > 0)
    }
  }

  @Test(
    "the page and the documentation quote the example as it is",
    arguments: [
      "docs/library.md", "Sources/SwiftKVSim/SwiftKVSim.docc/SwiftKVSim.md",
    ])
  func quotation(page: String) throws {
    let example = try Self.text("examples/swift/Sources/compare-variants/main.swift")
    #expect(try Self.text(page).contains("```swift\n\(example)```"))
  }

  @Test("the tutorial ends with the code of the example, which is built and run")
  func tutorial() throws {
    #expect(
      try Self.text("Sources/SwiftKVSim/SwiftKVSim.docc/Resources/capacity-6.swift")
        == Self.text("examples/swift/Sources/capacity/main.swift"))
  }

  @Test("a scenario is made in code, inspected, kept and read back")
  func everyStage() throws {
    let text = """
      name: in-code
      model: meta-llama/Llama-3.1-8B-Instruct
      hardware: {gpu: H100-SXM-80GB, tensor_parallel_size: 1}
      workload:
        num_requests: 20
        arrivals: {process: poisson, request_rate: 4}
        prompt_tokens: {constant: 1000}
        output_tokens: {constant: 10}
      seed: 1
      """
    var scenario = try Scenario.parse(text: text)
    scenario.seed = 2
    let inspection = try Inspection(scenario, variants: [.baseline])
    #expect(inspection.variants[0].memory.usableBlocks > 1000)
    let outcome = try Experiment(scenario, variants: [.baseline]).run(keepsRecords: true)
    let run = try #require(outcome.runs.first)
    let record = try #require(run.record)
    #expect(record.requests.count == 20 && !record.steps.isEmpty)

    let folder = FileManager.default.temporaryDirectory.appending(
      path: "swiftkv-library-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let outputs = ResultOutputs(
      database: folder.appending(path: "r.sqlite").path, json: folder.appending(path: "r.json").path,
      timeline: folder.appending(path: "t.json.gz").path, detailed: true)
    let saved = outputs.save(outcome.runs, of: scenario, createdAt: Date(), fileDate: Date())
    #expect(saved.failures.isEmpty && saved.files.count == 2)
    let stored = try StoredRuns.open(folder.appending(path: "r.sqlite").path).load(
      try #require(saved.ids.first))
    #expect(StoredRuns.figures(stored.0, stored.1).summary.ttft.mean == run.summary.ttft.mean)
  }

  @Test("errors are told with every problem, and can be caught by name")
  func errors() throws {
    let error = #expect(throws: ScenarioError.self) {
      try Scenario.parse(text: "name: x\nmodel: no-such-model\nengine: {max_num_seq: 1}\n")
    }
    #expect(try #require(error).problems.count >= 3)
    let variant = #expect(throws: VariantError.self) { try Variant(name: "swift-50") }
    #expect(try #require(variant).description.contains("swift-50"))
  }
}
