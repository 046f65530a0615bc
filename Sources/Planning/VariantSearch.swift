import CostModel
import EngineSettings
import Experiments
import Foundation
import Metrics
import Models
import Quantities
import Serving

/// The search for one variant's capacity, and what is asked about it afterwards.
struct VariantSearch {
  private let simulator: LoadSimulator
  private let variant: Variant
  private let deployment: Deployment
  private let settings: CapacityStudy.Settings
  private let cache: TableCache
  private let meter: StudyMeter
  private let score: ObjectiveScore
  private var search: CapacitySearch<LoadSample>
  private var replications: Int
  private(set) var capacity = EstimatedFigure(value: 0)
  private var relaxedRuns = 0

  /// Runs that a first look takes, and loads that differ by this factor at its end.
  private static let pilotRuns = 2
  private static let pilotRatio = 1.15
  /// The last two loads around the root differ by this factor; between them a straight line.
  private static let rootRatio = 1.025
  private static let oneRunRatio = 1.01
  /// Runs and factor for questions about the capacity: what binds, what the model's error means.
  private static let sideRuns = 4
  private static let sideRatio = 1.05

  init(
    _ simulator: LoadSimulator, variant: Variant, objective: CapacityObjective,
    settings: CapacityStudy.Settings, cache: TableCache, meter: StudyMeter
  ) throws {
    (self.simulator, self.variant, self.settings, self.cache) = (simulator, variant, settings, cache)
    self.meter = meter
    let deployment = try simulator.scenario.deployment(of: variant, sharing: cache)
    self.deployment = deployment
    let score = ObjectiveScore(objective: objective, unit: simulator.unit)
    self.score = score
    search = Self.search(simulator, deployment, score, meter)
    replications = simulator.isRandom ? settings.replications.lowerBound : 1
  }

  private static func search(
    _ simulator: LoadSimulator, _ deployment: Deployment, _ score: ObjectiveScore, _ meter: StudyMeter
  ) -> CapacitySearch<LoadSample> {
    let isWhole = simulator.unit == .concurrency
    let start = simulator.ownLoad ?? 8
    // With fewer requests than four for each place nothing would be steady.
    let loads =
      isWhole
      ? 1...max(1, Double(simulator.count / 4)) : start / 4096...start * 65536
    return CapacitySearch(loads: loads, isWhole: isWhole) { load, runs in
      let samples = try simulator.simulate(deployment, load: load, runs: runs, metrics: score.metrics)
      meter.count(runs: samples.count)
      return samples
    }
  }

  // MARK: The capacity

  /// - Parameter other: the search that ratios are to.
  mutating func capacity(comparedWith other: inout VariantSearch?) throws -> VariantCapacity {
    // No fewer than the other one, so that both are of the same runs.
    if let other, simulator.isRandom { replications = max(replications, other.replications) }
    let bracket = try findCapacity()
    let load = capacity.value > 0 ? capacity.value : search.loads.lowerBound
    let samples = try point(at: load)
    let point = LoadPoint(
      samples, of: deployment, load: load, unit: simulator.unit, objective: score.objective,
      level: settings.level)
    let relaxations = capacity.value > 0 && settings.relaxes ? try relaxations(samples) : []
    let lengths = try simulator.meanLengths()
    let blocks = Double(deployment.memory.usableBlocks)
    let context = (lengths.prompt + lengths.output) / Double(deployment.memory.blockSize)
    return VariantCapacity(
      variant: variant.name, isProjection: variant.isProjection, gpus: deployment.tensorParallelSize,
      capacity: capacity, modelRange: try modelRange(point, samples), ratio: try ratio(to: &other),
      bindingLimit: try bindingLimit(bracket), relaxations: relaxations,
      bindingResource: Self.bindingResource(relaxations), point: point,
      kvLimitedConcurrency: blocks / max(1, context.rounded(.up)),
      replications: replications,
      probes: search.samples.count, simulatedRuns: search.simulatedRuns + relaxedRuns + samples.count,
      simulatedRequests: (search.simulatedRuns + relaxedRuns + samples.count) * simulator.count,
      isPrecise: capacity.relativeHalfWidth.map { $0 <= settings.tolerance } ?? false)
  }

  private mutating func findCapacity() throws -> CapacitySearch<LoadSample>.Bracket {
    var start = simulator.ownLoad ?? 8
    if simulator.isRandom {
      let pilot = try search.bracket(
        score.value, near: start, step: 1.5, ratio: Self.pilotRatio, runs: Self.pilotRuns)
      start = search.root(in: pilot) ?? search.loads.lowerBound
    }
    while true {
      // One run's score is rough, and there is nothing to weigh it against: the last load that is carried.
      let isOne = replications == 1
      let bracket = try search.bracket(
        score.value, near: start, step: isOne ? 1.5 : Self.rootRatio,
        ratio: isOne ? Self.oneRunRatio : Self.rootRatio, runs: replications)
      guard let root = isOne ? bracket.lower?.load : search.root(in: bracket) else { return bracket }
      capacity =
        replications < 2
        ? EstimatedFigure(value: root)
        : Jackknife.estimate(
          root, leavingOut: try search.rootsLeavingOut(score.value, near: root, runs: replications),
          level: settings.level)
      let isPrecise = capacity.relativeHalfWidth.map { $0 <= settings.tolerance } ?? true
      if isPrecise || replications >= settings.replications.upperBound { return bracket }
      // The half-width falls with the root of the number; at least half as many again, for its own estimate is noisy.
      let wanted = Double(replications) * pow((capacity.relativeHalfWidth ?? 0) / settings.tolerance, 2)
      replications = min(
        settings.replications.upperBound, max(replications + replications / 2, Int(wanted.rounded(.up))))
      start = root
    }
  }

  /// Capacity ÷ the other one's, from the runs that both have.
  private mutating func ratio(to other: inout VariantSearch?) throws -> EstimatedFigure? {
    guard other?.capacity.value ?? 0 > 0, capacity.value > 0, var base = other else { return nil }
    let runs = min(replications, base.replications)
    guard runs > 1 else { return EstimatedFigure(value: capacity.value / base.capacity.value) }
    let (mine, theirs) = (try roots(runs: runs), try base.roots(runs: runs))
    other = base
    return Jackknife.estimate(
      mine.all / theirs.all, leavingOut: zip(mine.leavingOut, theirs.leavingOut).map { $0 / $1 },
      level: settings.level)
  }

  /// The root of the first few runs, and those without one of them each.
  private mutating func roots(runs: Int) throws -> (all: Double, leavingOut: [Double]) {
    var all = search.root(near: capacity.value, score.value, runs: runs)
    if all == nil {
      let bracket = try search.bracket(
        score.value, near: capacity.value, step: Self.sideRatio, ratio: Self.sideRatio, runs: runs)
      all = search.root(in: bracket)
    }
    let root = all ?? capacity.value
    return (root, try search.rootsLeavingOut(score.value, near: root, runs: runs))
  }

  // MARK: What is asked about it

  /// Runs at a load with every latency.
  private mutating func point(at load: Double) throws -> [LoadSample] {
    let samples = try simulator.simulate(
      deployment, load: load, runs: 0..<replications, metrics: Set(LatencyMetric.allCases))
    meter.count(runs: samples.count)
    return samples
  }

  private mutating func bindingLimit(
    _ bracket: CapacitySearch<LoadSample>.Bracket
  ) throws -> VariantCapacity.BindingLimit {
    guard let upper = bracket.upper else { return .none }
    let parts = score.parts(try search.runs(replications, at: upper.load), leavingOut: nil)
    return parts.max { $0.score < $1.score }?.limit ?? .none
  }

  /// The capacity if latencies were longer, and shorter, by the error that validation runs found.
  private mutating func modelRange(
    _ point: LoadPoint, _ samples: [LoadSample]
  ) throws -> VariantCapacity.ModelRange? {
    guard capacity.value > 0 else { return nil }
    let error = ExpectedError(
      simulator.scenario, plans: [deployment.plan], load: point.meanInSystem.value,
      promptWork: Double(samples.reduce(0) { $0 + $1.work.computedTokens })
        / Double(max(1, samples.reduce(0) { $0 + $1.work.outputTokens })))
    let percents: [LatencyMetric: Double?] = [
      .ttft: error.ttft, .tpot: error.tpot, .itl: error.tpot, .e2e: error.e2e,
    ]
    let known = percents.compactMapValues { $0.map { min($0, 95) / 100 } }
    let used = LatencyMetric.allCases.filter { score.metrics.contains($0) }
    guard !used.isEmpty, used.allSatisfy({ known[$0] != nil }) else { return nil }
    // The loads that were tried lie around the capacity; only what they do not span is simulated.
    func carried(_ sign: Double) throws -> Double {
      var moved = score
      moved.latencyFactors = known.mapValues { 1 + sign * $0 }
      if let root = search.root(near: capacity.value, moved.value, runs: replications) { return root }
      let bracket = try search.bracket(
        moved.value, near: capacity.value * (sign > 0 ? 0.9 : 1.1), step: 1.2, ratio: Self.sideRatio,
        runs: replications)
      return search.root(in: bracket) ?? 0
    }
    let assumption = used.map { metric in
      (metric == .e2e ? "E2E" : metric.rawValue.uppercased())
        + String(format: " ±%.1f %%", (known[metric] ?? 0) * 100)
    }
    return VariantCapacity.ModelRange(
      lower: min(capacity.value, try carried(1)), upper: max(capacity.value, try carried(-1)),
      assumption: assumption.joined(separator: ", "))
  }

  /// - Parameter samples: runs at the capacity.
  private mutating func relaxations(_ samples: [LoadSample]) throws -> [VariantCapacity.Relaxation] {
    let runs = min(replications, Self.sideRuns)
    let (own, ownLeavingOut) = try roots(runs: runs)
    var found: [VariantCapacity.Relaxation] = []
    for relaxed in RelaxedScenario.all(simulator.scenario, like: deployment) {
      var gain = EstimatedFigure(value: 1)
      if !isUntouched(relaxed.resource, samples),
        let better = try? relaxed.scenario.deployment(of: variant, sharing: cache)
      {
        var search = Self.search(simulator, better, score, meter)
        // Most change nothing, which one load tells.
        if try search.score(score.value, at: own * Self.sideRatio, runs: runs) <= 0 {
          let bracket = try search.bracket(
            score.value, near: own * Self.sideRatio, step: 1.4, ratio: 1.1, runs: runs)
          let root = search.root(in: bracket) ?? own
          let leavingOut = try search.rootsLeavingOut(score.value, near: root, runs: runs)
          gain = Jackknife.estimate(
            root / own, leavingOut: zip(leavingOut, ownLeavingOut).map { $0 / $1 }, level: settings.level)
        }
        relaxedRuns += search.simulatedRuns
      }
      found.append(.init(resource: relaxed.resource, change: relaxed.change, gain: gain))
    }
    return found
  }

  /// Whether a resource was never used up at the capacity, so that more of it changes nothing at all.
  private func isUntouched(
    _ resource: VariantCapacity.BindingResource, _ samples: [LoadSample]
  ) -> Bool {
    switch resource {
    case .batchLimit: samples.allSatisfy { $0.peakInSystem < deployment.engine.maxNumSeqs }
    // A block that nobody holds may still have content that somebody will ask for.
    case .kvMemory:
      samples.allSatisfy { $0.preemptions == 0 && $0.peakKVUsage < 0.95 && !$0.findsPrefixes }
    case .tokenBudget, .apiServer, .compute, .memoryBandwidth, .gpu: false
    }
  }

  /// Settings, memory and the API server come first if they raise the capacity at all; otherwise it is the GPU itself.
  static func bindingResource(
    _ relaxations: [VariantCapacity.Relaxation]
  ) -> VariantCapacity.BindingResource? {
    let best = relaxations.filter { $0.resource != .compute && $0.resource != .memoryBandwidth }
      .max { $0.gain.value < $1.gain.value }
    if let best, best.gain.value >= noticeableGain, best.gain.lower > 1 { return best.resource }
    let gpu = relaxations.filter { $0.resource == .compute || $0.resource == .memoryBandwidth }
      .sorted { $0.gain.value > $1.gain.value }
    guard let first = gpu.first, first.gain.value > 1 else { return nil }
    let isClear = gpu.dropFirst().allSatisfy { $0.gain.value < first.gain.lower }
    return isClear ? first.resource : .gpu
  }

  /// Below this a gain may be chance.
  private static let noticeableGain = 1.05
}
