import EngineSettings
import Foundation
import Metrics
import Models
import Quantities
import Testing
import Workload

@testable import Experiments

@Suite("Scenario: changes from the command line")
struct ScenarioOverrideTests {
  private let text =
    ScenarioSample.top + ScenarioSample.workload
    + "variant: baseline # as it is\nengine: {max_num_seqs: 64}\n"

  @Test("a value is replaced, a missing section is made, a later change wins, null takes a key out")
  func applied() throws {
    let scenario = try ScenarioSample.read(
      text,
      set: [
        "engine.max_num_seqs=512", "measurement.warmup_requests=1", "measurement.warmup_requests=2",
        "objective.itl_p99.9=50 ms", "workload.prompt_tokens={uniform: [5, 9]}", "variant=swiftkv-50",
      ], seed: 12)
    #expect(scenario.engine.maxNumSeqs == 512)
    #expect(scenario.measurement.warmupRequests == 2)
    #expect(scenario.objective.limits.map(\.key) == ["itl_p99.9"])
    #expect(scenario.objective.limits.first?.limit == 0.05)
    #expect(scenario.workload.promptTokens == LengthSpec(.uniform(5, 9)))
    #expect(scenario.variant.name == "swiftkv-50")
    #expect(scenario.seed == 12)
    #expect(try ScenarioSample.read(text, set: ["engine.max_num_seqs=null"]).engine.maxNumSeqs == 1024)
  }

  @Test("a stage is reached by its number")
  func listItem() throws {
    let staged =
      ScenarioSample.top
      + "workload: {arrivals: {process: stages, stages: [{request_rate: 1, num_requests: 5}]}, "
      + "prompt_tokens: 1, output_tokens: 1}\n"
    let scenario = try ScenarioSample.read(staged, set: ["workload.arrivals.stages.0.request_rate=3"])
    #expect(scenario.workload.arrivals == .stages([LoadStage(rate: 3, numRequests: 5)]))
    #expect(
      ScenarioSample.problems(staged, set: ["workload.arrivals.stages.1.request_rate=3"])
        == [
          "--set workload.arrivals.stages.1.request_rate=3: workload.arrivals.stages is a list of 1; found '1', allowed is 0 "
            + "to 0"
        ])
  }

  @Test("the stored text is the file's own, or the changed tree, which reads back as the same scenario")
  func source() throws {
    #expect(try ScenarioSample.read(text).source == text)
    let changed = try ScenarioSample.read(
      text + "name: \"007\"\n", set: ["engine.kv_cache_memory_bytes=40 GB", "objective.ttft_p99=2 s"], seed: 3
    )
    #expect(
      changed.source == """
        model: llama
        hardware:
          gpu: H100-SXM-80GB
        workload:
          num_requests: 10
          arrivals:
            process: poisson
            request_rate: 6
          prompt_tokens: 100
          output_tokens: 10
        variant: baseline
        engine:
          max_num_seqs: 64
          kv_cache_memory_bytes: 40 GB
        name: "007"
        objective:
          ttft_p99: 2 s
        seed: 3

        """)
    #expect(try ScenarioSample.read(changed.source) == changed)
  }

  @Test("the stored text of a scenario with aliases stands alone")
  func aliases() throws {
    let shared =
      ScenarioSample.top
      + "workload: {num_requests: 5, arrivals: {process: at_once}, prompt_tokens: &n {uniform: [1, 9]}, "
      + "output_tokens: *n}\n"
    let changed = try ScenarioSample.read(shared, seed: 3)
    #expect(try ScenarioSample.read(changed.source) == changed)
  }

  @Test("a trace named on the command line is relative to the current folder, and stored in full")
  func traceFile() throws {
    let traced =
      ScenarioSample.top
      + "workload: {arrivals: {process: trace}, prompt_tokens: trace, output_tokens: trace}\n"
    // Any file that is there will do; this one is reached from every folder.
    let folder = FileManager.default.currentDirectoryPath
    let file = String(repeating: "../", count: folder.split(separator: "/").count) + "dev/null"
    let full = folder + "/" + file
    for change in ["workload.trace.file=\(file)", "workload.trace={file: \(file)}"] {
      let scenario = try Scenario.parse(
        text: traced, directory: "/nowhere", file: "x.yaml", overrides: [change], seed: nil,
        lookup: ScenarioSample.lookup)
      #expect(scenario.workload.trace?.path == full)
      #expect(scenario.source.contains(full))
    }
  }

  @Test(
    "a change that is no good is named by its option",
    arguments: [
      ("engine.max_num_seqs=abc", "found 'abc'; allowed is a whole number from 1 to 1,000,000"),
      ("engine.max_num_seq=3", "unknown key; did you mean max_num_seqs?"),
      ("engine.max_num_seqs", "found no '='; write PATH=VALUE, for example engine.max_num_seqs=512"),
      ("engine.max_num_seqs=", "no value after '='; null takes the key out"),
      ("=4", "'' is not a path; write the keys with dots between, as in engine.max_num_seqs"),
      (
        "engine..a=1",
        "'engine..a' is not a path; write the keys with dots between, as in engine.max_num_seqs"
      ),
      (
        "seed={a",
        "not valid YAML: the { opened on line 1 is not closed before this point (did not find expected ',' or '}')"
      ),
      (
        "model.layers=5",
        "model is 'llama', not a section; give it a new value as a whole: model={layers: …}"
      ),
      (
        "measurement={warmup_requests: x}",
        "measurement.warmup_requests: found 'x'; allowed is a whole number from 0 to 100,000,000"
      ),
    ])
  func problems(change: String, message: String) {
    #expect(ScenarioSample.problems(text, set: [change]) == ["--set \(change): \(message)"])
  }

  @Test("the baseline can be made a SwiftKV variant by its keys") func baseline() throws {
    let ratio = try ScenarioSample.read(text, set: ["variant.swiftkv.skip_ratio=0.5"])
    #expect(ratio.variant.name == "swiftkv-50")
  }

  @Test("problems of the file and of several options come together")
  func together() {
    #expect(
      ScenarioSample.problems(text + "sed: 1\n", set: ["nonsense", "engine.block_size=7"]) == [
        "rag.yaml:6: sed: unknown key; did you mean seed?",
        "--set nonsense: found no '='; write PATH=VALUE, for example engine.max_num_seqs=512",
        "--set engine.block_size=7: found '7'; allowed is 1, 8, 16, 32, 64, 128, 256",
      ])
  }
}
