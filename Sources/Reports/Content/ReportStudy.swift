public import Experiments
import Figures
public import Hardware
import Metrics
public import Models
public import Planning
import Quantities

/// The simulations behind a page on one scenario.
public struct ReportStudy: Sendable {
  public let scenario: Scenario
  public let variants: [Variant]
  private let experiment: Experiment
  private let inspection: Inspection

  /// Checks everything that can be known without simulating.
  ///
  /// - Throws: `ExperimentError` with every problem: no objective, variants that do not fit the model, models that do not fit the
  ///   device, a workload that cannot be made.
  public init(_ scenario: Scenario, variants: [Variant]) throws(ExperimentError) {
    guard !scenario.objective.limits.isEmpty else {
      throw ExperimentError(problems: [
        "objective: none given; a report says what load keeps one, so add for example objective: {ttft_p99: 2 s, tpot_p99: 50 ms}, "
          + "or --set 'objective={ttft_p99: 2 s}'"
      ])
    }
    experiment = try Experiment(scenario, variants: variants)
    inspection = try Inspection(scenario, variants: variants)
    self.scenario = scenario
    self.variants = variants
  }

  /// What came out.
  public enum Outcome: Sendable {
    case finished(ReportResults)
    /// `progress` stopped it.
    case stopped
  }

  /// How far a study is.
  public struct Progress: Hashable, Sendable {
    /// "searching the capacity of swiftkv-50".
    public var doing: String
    /// Of all the work, as far as that can be foreseen, 0 ... 1.
    public var share: Double
  }

  /// What takes time, in order.
  private enum Stage: CaseIterable {
    case ownLoad, capacity, otherLoads, users

    /// Where in the whole it begins and ends, by about how long each takes.
    var span: ClosedRange<Double> {
      switch self {
      case .ownLoad: 0...0.05
      case .capacity: 0.05...0.6
      case .otherLoads: 0.6...0.9
      case .users: 0.9...1
      }
    }

    func progress(_ share: Double, _ doing: String) -> Progress {
      Progress(
        doing: doing, share: span.lowerBound + min(1, max(0, share)) * (span.upperBound - span.lowerBound))
    }
  }

  /// - Parameters:
  ///   - request: what to plan beside the capacity of one replica.
  ///   - price: USD a GPU-hour; nil takes the usual rental, if the device has one.
  ///   - threads: nil is one per core. The outcome does not depend on it.
  ///   - progress: called now and then, from any thread but never from two at once. Returning false stops the study.
  /// - Throws: what a simulation failed with.
  public func run(
    _ request: PlanRequest? = nil, price: PriceRange? = nil, threads: Int? = nil,
    progress: @escaping @Sendable (Progress) -> Bool = { _ in true }
  ) throws -> Outcome {
    let own = experiment.run(threads: threads) {
      progress(Stage.ownLoad.progress($0.share, "simulating the scenario's load"))
    }
    guard own.failures.isEmpty else {
      throw ExperimentError(problems: own.failures.map { "\($0.variant.name): \($0.message)" })
    }
    guard !own.wasStopped else { return .stopped }

    let search = try CapacityStudy.run(scenario, variants: variants, threads: threads) {
      progress(
        Stage.capacity.progress(
          Double($0.finishedVariants) / Double(max(1, $0.variants)), "searching the capacity of \($0.variant)"
        ))
    }
    guard !search.wasStopped else { return .stopped }
    var document = CapacityDocument(search.study, price: price)
    if let request { try document.plan(scenario, request, threads: threads) }

    let planner = try PlannerFigures(
      scenario, variants: variants, options: options(search.study, threads: threads))
    guard
      let loads = try planner.loadStudy(
        search.study, progress: { progress(Stage.otherLoads.progress($0, "simulating other loads")) }),
      let users = try planner.pareto(progress: {
        progress(Stage.users.progress($0, "simulating waiting clients"))
      })
    else { return .stopped }
    guard progress(Stage.users.progress(1, "writing the page")) else { return .stopped }
    return .finished(
      ReportResults(
        scenario: scenario, runs: own.runs, inspection: inspection, capacity: document,
        figures: ReportResults.Figures(
          latencyAgainstLoad: planner.latencyAgainstLoad(loads), users: users,
          gpusNeeded: planner.gpusNeeded(search.study), keyValues: try planner.kvCapacity(),
          steps: try planner.stepBreakdown())))
  }

  private func options(_ study: CapacityStudy, threads: Int?) -> PlannerFigures.Options {
    var options = PlannerFigures.Options()
    // As many runs as the capacities are made of, so that the curves pass through them.
    options.replications = max(2, study.variants.map(\.replications).max() ?? 2)
    options.level = study.settings.level
    options.tensorParallelSizes = [scenario.tensorParallelSize]
    options.threads = threads
    return options
  }
}
