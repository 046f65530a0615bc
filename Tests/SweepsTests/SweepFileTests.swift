import Experiments
import Foundation
import Metrics
import Quantities
import Randomness
import Testing
import Workload

@testable import Sweeps

/// Reading sweep files, and what is said of bad ones.
@Suite struct SweepFileTests {
  @Test("Every key is read")
  func everything() throws {
    let text = SweepFixture.text(
      """
      sampling: latin_hypercube
      samples: 12
      seed: 3
      replications: 2
      skip_invalid: true
      goodput: {ttft: 500 ms, tpot: 50 ms, e2e: 10}
      """,
      axes: """
          both:
            - {hardware.gpu: H100-SXM-80GB, hardware.tensor_parallel_size: 2}
            - {hardware.tensor_parallel_size: 1, hardware.gpu: H200-SXM-141GB}
          workload.prompt_tokens: [500, {lognormal: {median: 600, p90: 1600}}]
          engine.max_num_seqs: {from: 1, to: 100, scale: log}
        """)
    let file = try SweepFile.parse(text: text, path: "s.yaml")
    #expect(file.name == "small" && file.sampling == .latinHypercube(samples: 12, seed: 3))
    #expect(file.replications == 2 && file.skipsInvalid)
    #expect(file.goodputLimits == .init(ttft: 0.5, tpot: 0.05, e2e: 10))
    #expect(
      file.parameters == [
        "hardware.gpu", "hardware.tensor_parallel_size", "workload.prompt_tokens", "engine.max_num_seqs",
      ])
    let joint = file.axes[0].settings.map { $0.parameters.map(\.json) }
    #expect(joint == [["\"H100-SXM-80GB\"", "2"], ["\"H200-SXM-141GB\"", "1"]])
    let lengths = file.axes[1].settings.map { $0.parameters.map(\.json) }
    #expect(lengths == [["500"], ["{\"lognormal\": {\"median\": 600, \"p90\": 1600}}"]])
  }

  @Test("JSON is read as well; a scenario in a file of its own is found beside the sweep")
  func json() throws {
    try SweepFixture.withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
      try SweepFixture.scenario.write(toFile: folder + "/base.yaml", atomically: true, encoding: .utf8)
      let path = folder + "/sub/s.json"
      let json =
        #"{"scenario": "../base.yaml", "axes": {"variant": ["baseline", "swiftkv-50"], "seed": [1, 2]}}"#
      try json.write(toFile: path, atomically: true, encoding: .utf8)
      let plan = try SweepPlan(SweepFile.load(path: path))
      #expect(plan.file.name == "s" && plan.points.count == 4)
      #expect(plan.file.files == [path, "\(folder)/sub/../base.yaml"])
      #expect(plan.points.map(\.seed) == [1, 2, 1, 2])
    }
  }

  @Test("Options change the scenario and the sweep")
  func changes() throws {
    let changes = SweepFile.Changes(
      overrides: ["workload.num_requests=5"], seed: 9, replications: 3, skipsInvalid: true)
    let plan = try SweepFixture.plan(changes: changes)
    let scenario = try plan.scenario(of: .init(point: 0, replicate: 2))
    #expect(scenario.workload.numRequests == 5)
    #expect(scenario.seed == ReplicationSeed.seed(9, replication: 2))
    #expect(plan.file.replications == 3 && plan.file.skipsInvalid)
  }

  private static let valid = SweepFixture.text()

  @Test(
    "Each mistake is named with its line and what is allowed",
    arguments: [
      ("", "s.yaml: empty; a sweep has at least scenario and axes"),
      ("- a", "s.yaml:1: found a list at top level; a sweep consists of keys: scenario, axes, …"),
      ("name: x", "s.yaml:1: scenario: missing; the path of a scenario file, or a scenario"),
      (valid + "sampels: 3", "s.yaml:17: sampels: unknown key; did you mean samples?"),
      (valid + "samples: 3", "samples: goes with sampling: random or latin_hypercube; take it out"),
      (valid + "sampling: random", "samples: missing; how many points are drawn"),
      (valid + "sampling: gird", "s.yaml:17: sampling: found 'gird'; allowed is grid, zip, random"),
      (valid + "replications: 0", "replications: found '0'; allowed is a whole number from 1 to 1,000"),
      (valid + "replications: 1.5", "replications: found '1.5'; allowed is a whole number"),
      (valid + "skip_invalid: maybe", "skip_invalid: found 'maybe'; allowed is true or false"),
      (valid + "goodput: {ttft: -1}", "goodput.ttft: found '-1'; allowed is above 0 s"),
      (valid + "goodput: {ttft: .nan}", "goodput.ttft: found '.nan'; allowed is above 0 s"),
      (valid + "goodput: {tfft: 1}", "goodput.tfft: unknown key; did you mean ttft?"),
      (valid + "seed: -1", "seed: found '-1'; allowed is a whole number from 0"),
      (valid + "name: a/b", "s.yaml:17: name: appears twice"),
      ("scenario: missing.yaml\naxes: {seed: [1]}", "missing.yaml: no such file"),
    ])
  func mistakes(text: String, message: String) throws {
    let error = try #require(throws: ScenarioError.self) {
      try SweepFile.parse(text: text, path: "s.yaml")
    }
    #expect(error.description.contains(message), "\(error)")
  }

  @Test(
    "Mistakes of axes",
    arguments: [
      ("{}", "axes: found no axis"),
      ("[1]", "axes: found a list; allowed is a section of keys"),
      ("{engin.max_num_seqs: [1]}", "not a key of a scenario; did you mean engine?"),
      ("{name: [a, b]}", "not a key of a scenario"),
      ("{engine..x: [1]}", "not a key of a scenario"),
      ("{seed: []}", "axes.seed: found an empty list; allowed is a list of values, or {from: 1"),
      ("{seed: 4}", "axes.seed: found '4'; allowed is a list of values"),
      ("{seed: {from: 1, to: 9}}", "axes.seed.steps: missing; how many values"),
      ("{seed: {from: 1, steps: 2}}", "axes.seed.to: missing; a range has from and to"),
      ("{seed: {from: 1, to: .inf, steps: 2}}", "axes.seed.to: found '.inf'; allowed is a number"),
      ("{seed: {from: 1, to: x, steps: 2}}", "axes.seed.to: found 'x'; allowed is a number"),
      ("{seed: {from: 0, to: 9, steps: 2, scale: log}}", "axes.seed.from: a log scale has ends above 0"),
      ("{seed: {from: 1, to: 9, steps: 2, scale: cubic}}", "found 'cubic'; allowed is linear, log"),
      ("{seed: {from: 1, to: 9, steps: 0}}", "axes.seed.steps: found '0'"),
      ("{seed: {from: 1, to: 9, steps: 1}}", "a range has two different ends and at least two steps"),
      ("{seed: {from: 1, to: 1, steps: 3}}", "a range has two different ends and at least two steps"),
      ("{seed: {from: 1, to: 9, step: 3}}", "axes.seed.step: unknown key; did you mean steps?"),
      ("{hw: [{seed: 1, variant: baseline}, {seed: 2}]}", "every value of an axis sets the same ones"),
      ("{hw: [{sed: 1}]}", "axes.hw.0.sed: not a key of a scenario; did you mean seed?"),
      ("{hw: {from: 1, to: 2, steps: 2}}", "axes.hw: not a key of a scenario"),
      (
        "{engine: [{max_num_seqs: 3}], engine.max_num_seqs: [4]}",
        "sets engine.max_num_seqs, which axis engine sets, too"
      ),
      (
        "{seed: {from: 1, to: 1e6, steps: 2000}, workload.num_requests: {from: 1, to: 1e6, steps: 2000}}",
        "4,000,000 points"
      ),
    ])
  func axes(text: String, message: String) throws {
    let whole = "scenario: {model: x}\naxes: \(text)\n"
    let error = try #require(throws: ScenarioError.self) {
      try SweepFile.parse(text: whole, path: "s.yaml")
    }
    #expect(error.description.contains(message), "\(error)")
    #expect(error.problems.allSatisfy { $0.description.hasPrefix("s.yaml:2: axes") }, "\(error)")
  }

  @Test("All mistakes of a file are found in one pass")
  func several() throws {
    let text =
      "scenario: missing.yaml\nsampling: zip\nsamples: 2\nreplications: no\naxes: {seed: [1, 2], variant: [x]}\n"
    let changes = SweepFile.Changes(overrides: ["seed=3", "nonsense"])
    let error = try #require(throws: ScenarioError.self) {
      try SweepFile.parse(text: text, path: "s.yaml", changes: changes)
    }
    let message = error.description
    for part in [
      "s.yaml:3: samples: goes with", "s.yaml:4: replications: found 'no'", "missing.yaml: no such file",
      "s.yaml:5: axes: with sampling: zip all axes have as many values; seed has 2, variant has 1",
      "--set seed=3: is set by the axis seed of the sweep",
    ] {
      #expect(message.contains(part), "\(part) is not in \(message)")
    }
  }

  @Test("An option that cannot be read, or sets what an axis sets, is refused")
  func options() throws {
    for (option, message) in [
      ("nonsense", "found no '='"),
      ("engine.max_num_seqs=9", "is set by the axis engine.max_num_seqs of the sweep"),
      ("engine={}", "is set by the axis engine.max_num_seqs of the sweep"),
    ] {
      let error = try #require(throws: ScenarioError.self) {
        try SweepFile.parse(text: Self.valid, path: "s.yaml", changes: .init(overrides: [option]))
      }
      #expect(error.description.contains(message), "\(error)")
    }
  }
}
