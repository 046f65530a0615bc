import CostModel
import EngineSettings
import Experiments
public import Figures
import Foundation
import Metrics
import Models
import Planning
import Quantities
import Workload

extension PlannerFigures {
  /// Prompts of the maps, in tokens.
  private static let promptLengths = [512, 1024, 2048, 4096, 8192, 16384, 32768]
  /// Prompt tokens for each output token.
  private static let ratios = [0.25, 1, 4, 16, 64, 256]
  /// Prompt and output of each request where their ratio is what varies.
  private static let totalTokens = 4096
  /// Of the first variant's largest throughput.
  private static let shares = [0.2, 0.4, 0.6, 0.8, 0.9]

  /// The time to first token by prompt length and rate, for the first variant and its contrast. Prompts are all of one length and
  /// share nothing; answers are the scenario's.
  ///
  /// - Returns: nil if it was stopped.
  public func ttftMap(progress: @escaping @Sendable (Double) -> Bool = { _ in true }) throws -> Figure? {
    let shown = [variants[0]] + (contrast.map { [$0] } ?? [])
    let longest = try longestModelLen()
    let output = scenario.workload.outputTokens.distribution == .trace ? LengthSpec(.constant(256)) : nil
    let prompts = Self.promptLengths.filter { $0 * 5 / 4 < longest }
    func traffic(prompt: Int) -> Scenario {
      var changed = independent()
      changed.workload.promptTokens = LengthSpec(.constant(prompt))
      if let output { changed.workload.outputTokens = output }
      return changed
    }
    guard let first = prompts.first, let last = prompts.last else {
      throw ExperimentError(problems: [
        "ttft-map: max_model_len is \(longest), which leaves no room for prompts"
      ])
    }
    let rates = Self.rates(
      from: try saturatedRate(of: traffic(prompt: last), variants[0]) / 2,
      to: try saturatedRate(of: traffic(prompt: first), variants[0]))
    let limit = scenario.objective.limits.first { $0.metric == .ttft }
    let statistic = limit?.statistic ?? .percentile(99)
    var cells = shown.map { _ in rates.map { _ in [PlottedGrid.Cell]() } }
    for (i, prompt) in prompts.enumerated() {
      guard
        let curves = try LoadCurve.run(
          traffic(prompt: prompt), variants: shown, loads: rates,
          objective: CapacityObjective(limits: limit.map { [$0] } ?? []), replications: 1,
          threads: options.threads,
          progress: { progress((Double(i) + $0) / Double(prompts.count)) })
      else { return nil }
      for (v, curve) in curves.enumerated() {
        for (row, point) in curve.points.enumerated() {
          cells[v][row].append(
            .init(
              point[.ttft, statistic].map { PlottedEstimate($0) } ?? PlottedEstimate(.nan),
              isSaturated: point.isSaturated))
        }
      }
    }
    let columns = prompts.map { PlottedGrid.Place(Double($0), $0 < 1024 ? "\($0)" : "\($0 / 1024)k") }
    let rows = rates.map { PlottedGrid.Place($0, Self.plain($0)) }
    return Charts.ttftMap(
      zip(shown, cells).map { (plotted($0), PlottedGrid(columns: columns, rows: rows, cells: $1)) },
      statistic: statistic.name, scenario: scenario.name, limit: limit?.limit)
  }

  /// What the contrast changes in the mean end-to-end latency, by the ratio of prompt to output and by load. Each request has 4,096
  /// tokens and shares none; both variants serve the same requests in every run, and the interval is that of the paired differences.
  ///
  /// - Returns: nil if it was stopped.
  public func gainMap(progress: @escaping @Sendable (Double) -> Bool = { _ in true }) throws -> Figure? {
    guard let contrast else {
      throw ExperimentError(problems: ["gain-map: one variant has nothing to be compared with; name two"])
    }
    let pair = [variants[0], contrast]
    let runs = max(2, options.replications)
    let ratios = Self.ratios
    var rows = Self.shares.map { _ in [PlottedGrid.Cell]() }
    for (i, ratio) in ratios.enumerated() {
      let prompt = Int((Double(Self.totalTokens) * ratio / (1 + ratio)).rounded())
      var traffic = independent()
      traffic.workload.promptTokens = LengthSpec(.constant(prompt))
      traffic.workload.outputTokens = LengthSpec(.constant(max(2, Self.totalTokens - prompt)))
      let most = try saturatedRate(of: traffic, variants[0])
      var changes = Self.shares.map { _ in [Double]() }
      var saturated = Self.shares.map { _ in 0 }
      for run in 0..<runs {
        traffic.seed = scenario.seed &+ UInt64(run)
        guard
          let curves = try LoadCurve.run(
            traffic, variants: pair, loads: Self.shares.map { $0 * most },
            objective: CapacityObjective(limits: []), replications: 1, threads: options.threads,
            progress: { progress((Double(i) + (Double(run) + $0) / Double(runs)) / Double(ratios.count)) })
        else { return nil }
        for (row, (old, new)) in zip(curves[0].points, curves[1].points).enumerated() {
          guard let before = old[.e2e, .mean]?.value, let after = new[.e2e, .mean]?.value, before > 0 else {
            continue
          }
          changes[row].append(after / before - 1)
          if old.isSaturated || new.isSaturated { saturated[row] += 1 }
        }
      }
      for row in rows.indices {
        let interval = ConfidenceInterval(replications: changes[row], level: options.level)
        let mean = changes[row].isEmpty ? .nan : changes[row].reduce(0, +) / Double(changes[row].count)
        rows[row].append(
          .init(
            PlottedEstimate(mean, lower: interval?.lower, upper: interval?.upper),
            isSaturated: saturated[row] * 2 > runs))
      }
    }
    return Charts.gainMap(
      PlottedGrid(
        columns: ratios.map { .init($0, $0 < 1 ? "1/\(Self.plain(1 / $0))" : Self.plain($0)) },
        rows: Self.shares.map { .init($0, "\(Int(($0 * 100).rounded()))") }, cells: rows),
      of: plotted(contrast), against: plotted(variants[0]), what: "mean end-to-end latency",
      rows: "load (% of \(variants[0].name)'s peak)", scenario: scenario.name,
      level: options.level)
  }

  /// Throughput of a GPU against the speed for one user, at rising concurrency, for the first variant and those that can be run today.
  ///
  /// - Returns: nil if it was stopped.
  public func pareto(progress: @escaping @Sendable (Double) -> Bool = { _ in true }) throws -> Figure? {
    let shown = [variants[0]] + (contrast.map { [$0] } ?? [])
    let sizes = options.tensorParallelSizes ?? [scenario.tensorParallelSize, scenario.tensorParallelSize * 2]
    var configurations: [PlottedConfiguration] = []
    for (i, size) in sizes.enumerated() {
      var deployed = scenario
      deployed.tensorParallelSize = size
      // Twice the GPUs are an offer, not a demand: a model whose heads they do not divide has none of it.
      guard size == scenario.tensorParallelSize || (try? Experiment(deployed, variants: shown)) != nil else {
        continue
      }
      var points = shown.map { _ in [PlottedConfiguration.Point]() }
      for (j, concurrency) in options.concurrencies.enumerated() {
        let closed = atOnce(deployed, requests: max(options.requestsPerCell, 6 * concurrency))
        guard
          let curves = try LoadCurve.run(
            closed, variants: shown, loads: [Double(concurrency)], replications: 1, threads: options.threads,
            progress: {
              progress(
                (Double(i) + (Double(j) + $0) / Double(options.concurrencies.count)) / Double(sizes.count))
            })
        else { return nil }
        for (v, curve) in curves.enumerated() {
          guard let point = curve.points.first, let perUser = point.tokensPerSecondPerUser else { continue }
          points[v].append(
            .init(
              perUser: perUser.value, perGPU: point.outputThroughput.value / Double(size),
              concurrency: concurrency,
              isWithinObjective: scenario.objective.limits.allSatisfy { limit in
                (point[limit.metric, limit.statistic]?.value ?? .infinity) <= limit.limit.value
              }))
        }
      }
      configurations += zip(shown, points).map { PlottedConfiguration(plotted($0), gpus: size, points: $1) }
    }
    return Charts.pareto(configurations, scenario: scenario.name)
  }

  // MARK: Traffic

  /// The scenario with Poisson arrivals of single requests that share nothing, as many as a cell has.
  private func independent() -> Scenario {
    var changed = scenario
    changed.workload = WorkloadSpec(
      numRequests: options.requestsPerCell, arrivals: .open(rate: 1, burstiness: 1),
      promptTokens: scenario.workload.promptTokens, outputTokens: scenario.workload.outputTokens)
    changed.measurement = MeasurementWindow()
    return changed
  }

  /// Everything sent at once, for clients that wait: load is then their number.
  private func atOnce(_ scenario: Scenario, requests: Int) -> Scenario {
    var changed = scenario
    changed.workload.arrivals = .open(rate: PerSecond(.infinity), burstiness: 1)
    // A trace has only as many.
    if changed.workload.trace == nil { changed.workload.numRequests = requests }
    changed.measurement = MeasurementWindow()
    return changed
  }

  /// Requests a second that a variant completes when there is always another one.
  func saturatedRate(of scenario: Scenario, _ variant: Variant) throws -> Double {
    let full = scenario.engine.maxNumSeqs
    let closed = atOnce(scenario, requests: max(options.requestsPerCell, 3 * full))
    let curves = try LoadCurve.run(
      closed, variants: [variant], loads: [Double(full)], objective: CapacityObjective(limits: []),
      replications: 1,
      threads: options.threads)
    return curves?.first?.points.first?.completedRate.value ?? 0
  }

  private func longestModelLen() throws -> Int {
    try Inspection(scenario, variants: [variants[0]]).variants.map(\.memory.maxModelLen).min() ?? 0
  }

  /// Rates of the 1-2-5 series, at most eight, each twice the one before if that covers the range and more otherwise.
  static func rates(from low: Double, to high: Double) -> [Double] {
    guard low > 0, high.isFinite, high > low else { return [1, 2, 5, 10] }
    let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let series = exponents.flatMap { power in [1.0, 2, 5].map { Double("\(Int($0))e\(power)") ?? .nan } }
    let inside = series.filter { $0 >= low / 2 && $0 <= high * 1.5 }
    let step = (inside.count + 7) / 8
    return stride(from: 0, to: inside.count, by: max(1, step)).map { inside[$0] }
  }

  private static func plain(_ value: Double) -> String { String(format: "%g", value) }
}
