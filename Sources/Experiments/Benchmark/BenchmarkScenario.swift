import EngineSettings
import Foundation
import Hardware
import Models
import Quantities
public import Workload

/// A scenario for measuring the simulator itself.
public struct BenchmarkScenario: Hashable, Sendable {
  /// Short, for a table and for the command line.
  public var name: String
  /// What it makes the engine do.
  public var about: String
  public var scenario: Scenario

  public init(name: String, about: String, scenario: Scenario) {
    self.name = name
    self.about = about
    self.scenario = scenario
  }

  /// A user's scenario, with another number of requests if one is given.
  public init(_ scenario: Scenario, requests: Int?) {
    var scenario = scenario
    if let requests { scenario.workload.numRequests = requests }
    self.init(name: scenario.name, about: "", scenario: scenario)
  }

  /// Names of the built-in scenarios, in the order of ``builtIn(requests:)``.
  public static let names = builtIn(requests: 1).map(\.name)

  /// Those that a list names.
  ///
  /// - Parameter list: names separated by commas.
  /// - Returns: names in the order of `known`.
  /// - Throws: ``ExperimentError`` with every name that is not known.
  public static func names(_ list: String, among known: [String]) throws(ExperimentError) -> [String] {
    let wanted = list.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    let wrong = wanted.filter { !known.contains($0) }
    guard wrong.isEmpty else {
      throw ExperimentError(
        problems: wrong.map { name in
          name == "trace"
            ? "--only: 'trace' needs --trace"
            : "--only: found '\(name)'; known are \(known.joined(separator: ", "))"
        })
    }
    return known.filter(wanted.contains)
  }

  /// - Parameter n: requests of each scenario.
  public static func builtIn(requests n: Int) -> [BenchmarkScenario] {
    [
      BenchmarkScenario(
        name: "below", about: "the common workload, Poisson just below saturation",
        scenario: common("below", requests: n, rate: saturation)),
      BenchmarkScenario(
        name: "at-once", about: "the common workload, all requests at time 0",
        scenario: common("at-once", requests: n, rate: .infinity)),
      BenchmarkScenario(
        name: "idle",
        about: "the common workload, 8 requests a second: small batches, so many steps a request",
        scenario: common("idle", requests: n, rate: 8)),
      BenchmarkScenario(
        name: "prefix-cached", about: "50 groups with 1,000 common tokens each, 500 own ones a request",
        scenario: prefixCached(n)),
      BenchmarkScenario(
        name: "conversations", about: "5 turns of 300 new tokens, 5 s to think, history cached",
        scenario: conversations(n)),
      BenchmarkScenario(
        name: "preempting",
        about:
          "300 prompt and 400 output tokens, all at time 0, 6,000 KV blocks: two of three requests are preempted",
        scenario: preempting(n)),
      BenchmarkScenario(
        name: "closed-loop", about: "the common workload from 64 clients", scenario: closedLoop(n)),
      BenchmarkScenario(
        name: "swiftkv-50",
        about: "the common workload under SwiftKV, half the layers skipped, 25.5 a second",
        scenario: swiftKV(n)),
      BenchmarkScenario(
        name: "azure-conv", about: "lengths and gaps by the quantiles of the Azure 2023 conversation trace",
        scenario: azure(n)),
    ]
  }

  /// A trace replayed at its own times, whole.
  public static func replay(_ source: TraceSpec) -> BenchmarkScenario {
    var scenario = common("trace", requests: 1, rate: 1)
    scenario.workload = WorkloadSpec(
      numRequests: nil, arrivals: .trace(speedup: 1), promptTokens: LengthSpec(.trace),
      outputTokens: LengthSpec(.trace), trace: source)
    return BenchmarkScenario(
      name: "trace", about: "a trace file, read and replayed whole", scenario: scenario)
  }

  // MARK: The common workload

  /// Requests a second that the common deployment just sustains.
  static let saturation = 17.9
  static let promptTokens = 1500
  static let outputTokens = 200
  static let maxNumBatchedTokens = 2048
  static let maxNumSeqs = 256
  static let modelName = "meta-llama/Llama-3.1-8B-Instruct"
  static let deviceName = "H100-SXM-80GB"

  /// Llama-3.1-8B-Instruct on one H100, 1,500 prompt and 200 output tokens: the workload on which simulators are compared.
  ///
  /// - Parameter rate: requests a second; infinity sends all at time 0.
  static func common(_ name: String, requests: Int, rate: Double) -> Scenario {
    guard let model = ModelConfig.named(modelName), let device = DeviceProfile.calibrated(deviceName) else {
      // Both are part of the program, and a test makes this scenario.
      fatalError("\(modelName) or \(deviceName) is missing")
    }
    var engine = EngineConfig()
    engine.maxNumBatchedTokens = maxNumBatchedTokens
    engine.maxNumSeqs = maxNumSeqs
    return Scenario(
      name: name, model: model, device: device, tensorParallelSize: 1, engine: engine, variant: .baseline,
      workload: WorkloadSpec(
        numRequests: requests, arrivals: .open(rate: PerSecond(rate), burstiness: 1),
        promptTokens: LengthSpec(.constant(promptTokens)), outputTokens: LengthSpec(.constant(outputTokens))),
      seed: 1)
  }

  /// The common workload as a scenario file.
  static func commonYAML(requests: Int, rate: Double?) -> String {
    let arrivals = rate.map { "{process: poisson, request_rate: \($0)}" } ?? "{process: at_once}"
    return """
      name: common
      model: \(modelName)
      hardware: {gpu: \(deviceName)}
      engine: {max_num_batched_tokens: \(maxNumBatchedTokens), max_num_seqs: \(maxNumSeqs)}
      workload:
        num_requests: \(requests)
        arrivals: \(arrivals)
        prompt_tokens: {constant: \(promptTokens)}
        output_tokens: {constant: \(outputTokens)}
      seed: 1

      """
  }

  // MARK: The others

  private static func prefixCached(_ n: Int) -> Scenario {
    var scenario = common("prefix-cached", requests: n, rate: 30)
    scenario.workload.prefix = .groups(count: 50, tokens: 1000)
    scenario.workload.promptTokens = LengthSpec(.constant(500))
    return scenario
  }

  private static func conversations(_ n: Int) -> Scenario {
    var scenario = common("conversations", requests: n, rate: 4)
    scenario.workload.prefix = .conversations(turns: 5, thinkTime: 5)
    scenario.workload.promptTokens = LengthSpec(.constant(300))
    return scenario
  }

  private static func preempting(_ n: Int) -> Scenario {
    var scenario = common("preempting", requests: n, rate: .infinity)
    scenario.engine.numGPUBlocksOverride = 6000
    // Answers longer than their prompts: what is admitted does not fit any more when it has grown.
    scenario.workload.promptTokens = LengthSpec(.constant(300))
    scenario.workload.outputTokens = LengthSpec(.constant(400))
    return scenario
  }

  private static func closedLoop(_ n: Int) -> Scenario {
    var scenario = common("closed-loop", requests: n, rate: .infinity)
    scenario.workload.maxConcurrency = 64
    return scenario
  }

  private static func swiftKV(_ n: Int) -> Scenario {
    var scenario = common("swiftkv-50", requests: n, rate: 25.5)
    scenario.variant = Variant(technique: .swiftKV(layers: .skipping(0.5), keyValueGroupSize: 1))
    return scenario
  }

  private static func azure(_ n: Int) -> Scenario {
    var scenario = common("azure-conv", requests: n, rate: 1)
    if let preset = WorkloadSpec.preset("azure-conv") { scenario.workload = preset }
    scenario.workload.numRequests = n
    return scenario
  }
}
