import CostModel
public import Experiments
import Hardware
import Metrics
public import Models
import Quantities
import Serving
import Workload

extension CapacityStudy {
  /// How far a study is.
  public struct Progress: Hashable, Sendable {
    public var variant: String
    public var finishedVariants: Int
    public var variants: Int
    /// Simulated so far, for all variants.
    public var runs: Int
  }

  /// What came out.
  public struct Outcome: Sendable {
    /// Every variant that was finished.
    public var study: CapacityStudy
    /// Whether `progress` stopped it.
    public var wasStopped: Bool
  }

  /// Searches the capacity of each variant.
  ///
  /// - Parameters:
  ///   - objective: nil takes the scenario's.
  ///   - threads: runs simulated at once; nil is one per core. The outcome does not depend on it.
  ///   - progress: called when some runs are done. Returning false stops the study; variants that are finished are kept.
  /// - Throws: `ExperimentError` with every problem: no objective, variants that do not fit, a workload that cannot be made; or what a
  ///   simulation failed with.
  public static func run(
    _ scenario: Scenario, variants: [Variant], objective: CapacityObjective? = nil,
    settings: Settings = Settings(), threads: Int? = nil,
    progress: @escaping @Sendable (Progress) -> Bool = { _ in true }
  ) throws -> Outcome {
    let objective = objective ?? CapacityObjective(limits: scenario.objective.limits)
    // Finds whatever keeps a variant from being simulated, and reports it as every other command does.
    _ = try Experiment(scenario, variants: variants)
    guard !objective.isEmpty else {
      throw ExperimentError(problems: [
        "objective: missing; a capacity is the largest load that keeps one. Add, for example, "
          + "objective: {ttft_p99: 2 s, tpot_p99: 50 ms} to the scenario, --set 'objective={ttft_p99: 2 s}', "
          + "or --goodput ttft:2000 tpot:50"
      ])
    }
    let window = LoadWindow(scenario)
    let meter = StudyMeter(count: variants.count, report: progress)
    let simulator = try LoadSimulator(
      scenario, window: window, limits: objective.goodputLimits, threads: threads,
      isStopped: { meter.isStopped })
    let lengths = try simulator.meanLengths()
    var study = CapacityStudy(
      scenario: scenario.name, model: scenario.model.name, device: scenario.device.spec.name,
      gpus: scenario.tensorParallelSize, seed: scenario.seed, unit: simulator.unit, objective: objective,
      window: window, requestsPerRun: simulator.count, meanPromptTokens: lengths.prompt,
      meanOutputTokens: lengths.output, settings: settings, variants: [])
    let cache = TableCache()
    var first: VariantSearch?
    do {
      for variant in variants {
        meter.begin(variant.name)
        var search = try VariantSearch(
          simulator, variant: variant, objective: objective, settings: settings, cache: cache, meter: meter)
        study.variants.append(try search.capacity(comparedWith: &first))
        if first == nil { first = search }
        meter.finish()
      }
    } catch is CancellationError {
      return Outcome(study: study, wasStopped: true)
    }
    return Outcome(study: study, wasStopped: false)
  }
}

extension LoadWindow {
  /// The usual one, with the scenario's warm-up if it has one.
  init(_ scenario: Scenario) {
    self = .usual
    if scenario.measurement.warmupRequests > 0, let count = scenario.workload.numRequests, count > 0 {
      warmUpShare = Double(scenario.measurement.warmupRequests) / Double(count)
    }
  }
}
