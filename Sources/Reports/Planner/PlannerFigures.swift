public import Experiments
public import Figures
import Foundation
public import Hardware
import Metrics
public import Models
public import Planning
public import Quantities

/// The figures that a capacity planner looks at, for one scenario and some variants.
///
/// Two equal ones give equal figures, on any number of threads.
public struct PlannerFigures: Sendable {
  public let scenario: Scenario
  /// The first is what the others are compared with.
  public let variants: [Variant]
  public var options: Options

  /// A figure by what it shows.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case latencyLoad = "latency-load"
    case goodputLoad = "goodput-load"
    case pareto
    case ttftMap = "ttft-map"
    case gainMap = "gain-map"
    case ttftPartsLoad = "ttft-parts-load"
    case kvCapacity = "kv-capacity"
    case stepBreakdown = "step-breakdown"
    case gpusNeeded = "gpus-needed"
    case gpusDay = "gpus-day"
    case cost

    /// Whether it says nothing about a scenario without an objective.
    var needsObjective: Bool {
      switch self {
      case .goodputLoad, .gpusNeeded, .gpusDay, .cost: true
      case .latencyLoad, .pareto, .ttftMap, .gainMap, .ttftPartsLoad, .kvCapacity, .stepBreakdown: false
      }
    }

    /// Whether it shows capacities, loads around them, or both.
    var needsStudy: Bool {
      switch self {
      case .latencyLoad, .goodputLoad, .ttftPartsLoad, .gpusNeeded, .gpusDay, .cost: true
      case .pareto, .ttftMap, .gainMap, .kvCapacity, .stepBreakdown: false
      }
    }
  }

  /// How much is simulated.
  public struct Options: Hashable, Sendable {
    /// Independent runs of each load of the curves, and of each cell of the gains; at least 2, or there are no intervals.
    public var replications: Int
    /// Of the intervals.
    public var level: Double
    /// Requests of one cell of a heat map, and of one point of the Pareto figure at least.
    public var requestsPerCell: Int
    /// GPUs of the Pareto figure's replicas; nil takes the scenario's number and twice that.
    public var tensorParallelSizes: [Int]?
    /// Requests in flight in the Pareto figure.
    public var concurrencies: [Int]
    /// USD for an hour of one GPU; nil takes what it is rented for.
    public var pricePerGPUHour: PriceRange?
    /// Share of a replica's capacity that is kept free, 0 ..< 1.
    public var headroom: Double
    /// From the order of a replica to its first answer; it is paid for meanwhile.
    public var startUp: Seconds
    /// Runs simulated at once; nil is one per core.
    public var threads: Int?

    public init(
      replications: Int = 6, level: Double = 0.95, requestsPerCell: Int = 400,
      tensorParallelSizes: [Int]? = nil,
      concurrencies: [Int] = [1, 4, 16, 32, 64, 128, 256], pricePerGPUHour: PriceRange? = nil,
      headroom: Double = 0.1, startUp: Seconds = 300, threads: Int? = nil
    ) {
      self.replications = replications
      self.level = level
      self.requestsPerCell = requestsPerCell
      self.tensorParallelSizes = tensorParallelSizes
      self.concurrencies = concurrencies
      self.pricePerGPUHour = pricePerGPUHour
      self.headroom = headroom
      self.startUp = startUp
      self.threads = threads
    }
  }

  /// How far the drawing is.
  public struct Progress: Hashable, Sendable {
    public var kind: Kind
    public var finished: Int
    public var figures: Int
    /// Of the figure under way, 0 ... 1.
    public var share: Double
  }

  /// What was made before it was done, or stopped.
  public struct Outcome: Sendable {
    public var figures: [Figure]
    public var wasStopped: Bool
  }

  /// - Throws: `ExperimentError` with everything that keeps the variants from being simulated.
  public init(_ scenario: Scenario, variants: [Variant], options: Options = Options()) throws {
    _ = try Experiment(scenario, variants: variants)
    self.scenario = scenario
    self.variants = variants
    self.options = options
  }

  /// Those that the scenario and the variants allow: without an objective, or with one variant, some have nothing to show.
  public var kinds: [Kind] {
    Kind.allCases.filter { kind in
      (!kind.needsObjective || !scenario.objective.limits.isEmpty) && (kind != .gainMap || variants.count > 1)
        && (kind != .cost || price != nil)
    }
  }

  /// Whether some figures can be made.
  ///
  /// - Throws: `ExperimentError` with every reason why not.
  public func check(_ kinds: [Kind]?) throws(ExperimentError) {
    var problems: [String] = []
    let needy = (kinds ?? []).filter { $0.needsObjective && scenario.objective.limits.isEmpty }.map(
      \.rawValue)
    if !needy.isEmpty {
      problems.append(
        "\(needy.joined(separator: ", ")): \(scenario.name) has no objective; "
          + "add one with --set 'objective={ttft_p99: 2 s, tpot_p99: 50 ms}'")
    }
    if variants.count < 2, kinds?.contains(.gainMap) ?? false {
      problems.append("gain-map: one variant has nothing to be compared with; name two")
    }
    if price == nil, kinds?.contains(.cost) ?? false {
      problems.append("cost: \(scenario.device.spec.name) has no rental price; name a GPU that has")
    }
    guard problems.isEmpty else { throw ExperimentError(problems: problems) }
  }

  /// Several figures, simulating what is not known yet once for all of them.
  ///
  /// - Parameters:
  ///   - kinds: nil takes all that the scenario allows, see ``kinds``.
  ///   - study: of the same scenario and variants, if it is known already; else it is made where a figure needs it.
  ///   - progress: called now and then, on the calling thread or another. Returning false stops after what is under way.
  /// - Throws: see ``check(_:)``; what a simulation failed with.
  public func figures(
    _ kinds: [Kind]? = nil, study: CapacityStudy? = nil,
    progress: @escaping @Sendable (Progress) -> Bool = { _ in true }
  ) throws -> Outcome {
    try check(kinds)
    let chosen = kinds ?? self.kinds
    var outcome = Outcome(figures: [], wasStopped: false)
    var loads: LoadStudy?
    for (i, kind) in chosen.enumerated() {
      let report: @Sendable (Double) -> Bool = {
        progress(Progress(kind: kind, finished: i, figures: chosen.count, share: $0))
      }
      guard report(0) else { return Outcome(figures: outcome.figures, wasStopped: true) }
      if kind.needsStudy, loads == nil { loads = try loadStudy(study, progress: report) }
      guard let figure = try figure(kind, loads, report) else {
        return Outcome(figures: outcome.figures, wasStopped: true)
      }
      outcome.figures.append(figure)
    }
    return outcome
  }

  /// - Returns: nil if it was stopped.
  private func figure(
    _ kind: Kind, _ loads: LoadStudy?, _ progress: @escaping @Sendable (Double) -> Bool
  ) throws -> Figure? {
    switch kind {
    case .latencyLoad: loads.map { latencyAgainstLoad($0) }
    case .goodputLoad: loads.map { goodputAgainstLoad($0) }
    case .ttftPartsLoad: try loads.flatMap { try attributionAgainstLoad($0, progress: progress) }
    case .gpusNeeded: loads.flatMap(\.study).map { gpusNeeded($0) }
    case .gpusDay: loads.flatMap(\.study).map { gpusOverDay($0) }
    case .cost: loads.flatMap(\.study).flatMap { cost($0) }
    case .pareto: try pareto(progress: progress)
    case .ttftMap: try ttftMap(progress: progress)
    case .gainMap: try gainMap(progress: progress)
    case .kvCapacity: try kvCapacity()
    case .stepBreakdown: try stepBreakdown()
    }
  }

  // MARK: What the others share

  func plotted(_ variant: Variant) -> PlottedVariant {
    PlottedVariant(
      variant.name, position: variants.firstIndex(of: variant) ?? 0, isProjection: variant.isProjection)
  }

  /// The variant that the first one is compared with where a figure has room for one: that nearest to half the layers skipped among
  /// those that can be run today.
  var contrast: Variant? {
    let others = variants.dropFirst()
    func skipped(_ variant: Variant) -> Double {
      (try? variant.plan(for: scenario.model, kvPrecision: .bfloat16).skipRatio) ?? 0
    }
    return others.filter { !$0.isProjection && $0.kvPrecision == nil }
      .min { abs(skipped($0) - 0.5) < abs(skipped($1) - 0.5) } ?? others.first
  }
}

extension PlottedEstimate {
  init(_ estimate: EstimatedFigure) {
    self.init(estimate.value, lower: estimate.interval?.lower, upper: estimate.interval?.upper)
  }
}
