import Foundation
import Metrics
import Models
import Quantities
import Results
import Serving
import Testing

@testable import Experiments

/// `replicas` and `router`: what is read, refused, compared and kept.
@Suite("scenarios of several replicas") struct ScenarioFleetTests {
  private static let rest = """
    model: meta-llama/Llama-3.1-8B-Instruct
    hardware: {gpu: H100-SXM-80GB}
    workload:
      num_requests: 60
      arrivals: {process: poisson, request_rate: 40}
      prompt_tokens: {uniform: [100, 2000]}
      output_tokens: {uniform: [2, 30]}
    """

  private func scenario(_ keys: String) throws(ScenarioError) -> Scenario {
    try Scenario.parse(text: "name: fleet\n\(keys)\n\(Self.rest)\n")
  }

  @Test("numbers, groups and routers") func reading() throws {
    #expect(try scenario("").fleet == FleetSpec(replicas: 1, router: .roundRobin))
    #expect(try scenario("replicas: 4\nrouter: least_kv").fleet == FleetSpec(replicas: 4, router: .leastKV))
    let mixed = try scenario("replicas: [{count: 2, variant: baseline}, {count: 3}]\nrouter: random")
    #expect(mixed.fleet.replicas == 5 && mixed.gpus == 5 && !mixed.fleet.isFixed)
    #expect(mixed.fleet.name(for: .baseline) == "baseline")
    #expect(try mixed.fleet.name(for: Variant(name: "swiftkv-50")) == "2×baseline+3×swiftkv-50")
    #expect(try Scenario.parse(text: mixed.source).fleet == mixed.fleet)
    #expect(
      try Scenario.parse(text: Self.rest, overrides: ["replicas=3", "router=prefix_affinity"]).fleet
        == FleetSpec(replicas: 3, router: .prefixAffinity))
  }

  @Test(
    "what makes no sense is refused with what is allowed",
    arguments: [
      ("replicas: 0", "found '0'; allowed is a whole number from 1 to 1024"),
      ("replicas: -1", "found '-1'; allowed is a whole number from 1 to 1024"),
      ("replicas: .nan", "allowed is a whole number from 1 to 1024"),
      ("replicas: 1e9", "allowed is a whole number from 1 to 1024"),
      ("replicas: 2.5", "found '2.5'; allowed is a whole number from 1 to 1024"),
      ("replicas: four", "allowed is a whole number from 1 to 1024"),
      ("replicas: {count: 2}", "allowed is a whole number from 1 to 1024"),
      ("replicas: []", "found a list of 0; allowed is a whole number from 1 to 1024"),
      ("replicas: [{variant: baseline}]", "replicas.0.count: missing; how many replicas the group has"),
      ("replicas: [{count: 0}]", "replicas.0.count: found '0'"),
      ("replicas: [3]", "replicas.0: "),
      ("replicas: [{count: 2, variants: x}]", "unknown key; did you mean variant?"),
      ("replicas: [{count: 2, variant: swiftkv-500}]", "replicas.0.variant: "),
      ("replicas: [{count: 1000}, {count: 1000}]", "found 2000 replicas in all; allowed are up to 1024"),
      ("router: least_outstandin", "did you mean least_outstanding?"),
      ("router: [random]", "allowed is round_robin, random, least_outstanding"),
      (
        "variant: swiftkv-50\nreplicas: [{count: 2, variant: baseline}]",
        "variant: has no effect: every group of replicas names its own"
      ),
    ]) func problems(keys: String, message: String) throws
  {
    let error = try #require(throws: ScenarioError.self) { try scenario(keys) }
    #expect(error.problems.count == 1 && error.description.contains(message), "\(error)")
  }

  @Test("a group that does not fit is named") func unfit() throws {
    let scenario = try Scenario.parse(
      text: Self.rest.replacing("Llama-3.1-8B", with: "Llama-3.1-70B"),
      overrides: ["replicas=[{count: 1}, {count: 2, variant: swiftkv-50}]"])
    let error = try #require(throws: ExperimentError.self) {
      try Experiment(scenario, variants: [.baseline])
    }
    #expect(error.description.contains("replicas of baseline: "), "\(error)")
  }

  @Test("variants go to the groups that name none; without such a group there is no choice") func variants()
    throws
  {
    let half = try Variant(name: "swiftkv-50")
    let mixed = try scenario("replicas: [{count: 1}, {count: 1, variant: baseline}]")
    let runs = try Experiment(mixed, variants: [.baseline, half]).run().runs
    #expect(runs.map(\.name) == ["baseline", "1×swiftkv-50+1×baseline"])
    #expect(runs[1].figures.totals.replicas.map(\.variant) == ["swiftkv-50", "baseline"])
    #expect(runs[1].skipPercent == 25)
    let comparison = Comparison(mixed, runs: runs)
    #expect(comparison.heading.contains("2 replicas of 1 × H100-SXM-80GB (2 GPUs), round_robin"))
    #expect(comparison.tables.contains { $0.columns.first == "of one replica" })

    let fixed = try scenario("replicas: [{count: 2, variant: swiftkv-50}]")
    #expect(throws: ExperimentError(problems: [Scenario.noChoice])) { try fixed.requireChoiceOfVariant() }
    #expect(throws: ExperimentError.self) { try Experiment(fixed, variants: [.baseline, half]) }
    #expect(try Experiment(fixed, variants: [fixed.variant]).run().runs.map(\.name) == ["swiftkv-50"])
    #expect(
      try Inspection(mixed, variants: [half]).variants.map(\.variant.name) == ["swiftkv-50", "baseline"])
  }

  @Test("the same on any number of threads", arguments: Router.allCases) func threads(router: Router) throws {
    var scenario = try scenario("replicas: 3")
    scenario.fleet.router = router
    let experiment = try Experiment(scenario, variants: Comparison.defaultVariants(for: scenario))
    let serial = experiment.run(threads: 1).runs.map(\.figures)
    #expect(experiment.run(threads: 4).runs.map(\.figures) == serial)
  }

  @Test("what is kept is what was: database, JSON and CSV", arguments: [false, true]) func kept(
    detailed: Bool
  ) throws {
    let scenario = try scenario("replicas: 3\nrouter: power_of_two_choices")
    let run = try #require(
      Experiment(scenario, variants: [.baseline]).run(keepsRecords: detailed).runs.first)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let description = RunDescription(run, of: scenario, createdAt: Date(timeIntervalSince1970: 1))
    #expect(description.replicas == 3 && description.router == "power_of_two_choices")

    let store = try ResultStore(path: folder.appendingPathComponent("r.sqlite").path)
    let id = try #require(try store.save([(description, run.figures, run.record)]).first)
    let (stored, content) = try store.load(id)
    #expect(stored == description)
    switch content {
    case .figures(let figures): #expect(!detailed && figures == run.figures)
    case .record(let record):
      // Moments that only timelines need are not stored.
      var kept = try #require(run.record)
      for i in kept.requests.indices {
        kept.requests[i].started = nil
        kept.requests[i].interruptions = []
      }
      #expect(detailed && record == kept)
      #expect(RunFigures(record: record).replicas == run.figures.replicas)
    }

    let json = BenchJSON.text(description, run.figures)
    #expect(json.contains("\"replicas\": 3, \"gpus\": 3, \"router\": \"power_of_two_choices\""))
    #expect(json.components(separatedBy: "\"gpu_busy_share\"").count == 5)
    let report = RunReport.text(run, of: scenario)
    #expect(report.contains("\nReplicas ") && report.contains("\n  2 baseline "))
    guard let record = run.record else { return }
    let lines = RequestCSV.text(description, record).split(separator: "\n")
    #expect(lines.first?.hasSuffix(",replica") == true)
    #expect(Set(lines.dropFirst().compactMap { $0.split(separator: ",").last }) == ["0", "1", "2"])
  }
}
