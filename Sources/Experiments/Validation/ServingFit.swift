import Calibration
import Foundation
public import Hardware
import Models
import Quantities
import Workload

/// Fits what a sum of kernel times leaves out, to measured runs of several models at once. No term belongs to a run or a model.
///
/// Two groups of terms, one after the other: what measured runs of asynchronous engines show, and the CPU time that only a
/// synchronous engine, or one without full graphs, waits for, which is fitted to the published figures that `PublishedRun`
/// marks.
public struct ServingFit: Sendable {
  private let replays: [MeasuredReplay]
  private let base: DeviceProfile

  /// A term of the profile that the fit moves, by its logarithm.
  struct Term: Sendable {
    /// As in the profile file: "host.per_step".
    let name: String
    /// What would be said of it without these runs.
    let start: Double
    /// Standard deviation of its logarithm before these runs are seen.
    let spread: Double
    let set: @Sendable (inout DeviceProfile, Double) -> Void
  }

  /// Seen in runs whose CPU works ahead of the GPU.
  ///
  /// Starting values are guesses from what the terms stand for: clocks under load a tenth below the boost clock of a short
  /// benchmark, a dozen small kernels between two steps, a few milliseconds of HTTP, tokeniser and inter-process hops, half a
  /// millisecond of Python a request and 30 µs a token. They were chosen knowing the runs.
  static let measuredTerms: [Term] = [
    Term(name: "serving.slowdown", start: 1.1, spread: 0.05) { $0.serving.slowdown = $1 },
    Term(name: "host.per_step", start: 200e-6, spread: 0.7) { $0.host.perStep = Seconds($1) },
    Term(name: "host.front_end", start: 5e-3, spread: 0.3) { $0.host.frontEnd = Seconds($1) },
    Term(name: "host.front_end_0_23", start: 5e-3, spread: 0.5) { $0.host.frontEnd23 = Seconds($1) },
    Term(name: "host.per_request", start: 500e-6, spread: 0.7) { $0.host.perRequest = Seconds($1) },
    Term(name: "host.per_output_token", start: 30e-6, spread: 0.5) {
      $0.host.perOutputToken = Seconds($1)
    },
  ]

  /// Seen where the GPU waits for the CPU.
  static let synchronousTerms: [Term] = [
    Term(name: "host.scheduling", start: 800e-6, spread: 0.7) { $0.host.scheduling = Seconds($1) },
    Term(name: "host.scheduling_per_request", start: 15e-6, spread: 0.5) {
      $0.host.schedulingPerRequest = Seconds($1)
    },
    Term(name: "host.attention_launch", start: 60e-6, spread: 0.5) {
      $0.host.attentionLaunch = Seconds($1)
    },
  ]

  /// Of each stage, from its beginning; the errors reported are those of all.
  private static let fittedRequests = 2000
  /// Mean error that a fit must save to move a term by its spread. Keeps terms that the runs hardly show, as with a model left
  /// out, where they would be without the runs.
  private static let priorWeight = 0.001
  private static let minimizer = Minimizer(maxEvaluations: 160, rounds: 2, step: 0.5, tolerance: 5e-3)

  /// - Parameters:
  ///   - base: kernels, and every term that is not fitted.
  /// - Throws: ``MeasuredDataError`` if none of the runs was measured on the device, below overload.
  public init(_ validation: Validation, base: DeviceProfile) throws(MeasuredDataError) {
    replays = validation.replays.filter { !$0.run.isOverload && $0.device.spec.name == base.spec.name }
    self.base = base
    guard !replays.isEmpty else {
      let found = Set(validation.replays.map(\.device.spec.name)).sorted().joined(separator: ", ")
      throw MeasuredDataError(problems: [
        "no run to fit to: runs on \(base.spec.name) without failed requests are needed; found are runs on \(found)"
      ])
    }
  }

  /// Models of the runs, in their order.
  public var models: [String] {
    replays.map(\.run.model).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Everything that a fit yields.
  public struct Outcome: Sendable {
    /// With both groups of terms fitted to all runs, and rounded as its file has it.
    public var profile: DeviceProfile
    /// Every stage's error by the profile, and by a fit without the stage's model.
    public var record: ValidationRecord
  }

  /// Fits to all runs, and for each model to the others' runs.
  ///
  /// - Parameter progress: the share done; false ends the fits, and then there is no outcome.
  public func run(
    threads: Int? = nil, progress: (Experiment.Progress) -> Bool = { _ in true }
  ) throws -> Outcome? {
    let models = models
    let fits = models.count + 2
    var done = 0
    func fit(_ terms: [Term], _ device: DeviceProfile, _ loss: (DeviceProfile) throws -> Double) throws
      -> DeviceProfile?
    {
      defer { done += 1 }
      return try self.fit(
        terms, from: device,
        progress: { share in
          progress(.init(finishedRuns: done, runs: fits, share: (Double(done) + share) / Double(fits)))
        }, loss: loss)
    }
    let published = PublishedRun.all.filter { $0.figures.contains(where: \.isFitted) }
    guard let measured = try fit(Self.measuredTerms, base, measuredLoss(without: nil, threads)),
      var profile = try fit(
        Self.synchronousTerms, measured, { try Self.loss(published, on: $0, threads: threads) })
    else { return nil }
    profile.serving.fit = .init(
      source: "\(replays.count) measured vLLM runs of \(models.count) models, one fit for all")
    profile.host.fit = .init(
      source: "the same runs; scheduling and attention_launch: published figures of synchronous engines")
    profile = try profile.rounded()

    var leftOut: [String: [ValidationReport.Run]] = [:]
    for model in models where models.count > 1 {
      guard let fitted = try fit(Self.measuredTerms, base, measuredLoss(without: model, threads)) else {
        return nil
      }
      leftOut[model] = try Self.compare(
        replays.filter { $0.run.model == model }, on: fitted, threads: threads)
    }
    let record = ValidationRecord(
      device: profile.spec.name, runs: try Self.compare(replays, on: profile, threads: threads),
      leftOut: models.flatMap { leftOut[$0] ?? [] },
      published: try PublishedRun.all.filter {
        $0.workload.maxConcurrency != nil && $0.variant == .baseline
      }.map { ($0, try PublishedComparison.compare($0, on: profile)) })
    return Outcome(profile: profile, record: record)
  }

  /// The loss on all runs but a model's.
  func measuredLoss(without model: String?, _ threads: Int? = nil) -> (DeviceProfile) throws -> Double {
    let runs = replays.filter { $0.run.model != model }.map { $0.shortened(to: Self.fittedRequests) }
    return { device in try Self.loss(Self.compare(runs, on: device, threads: threads).flatMap(\.stages)) }
  }

  /// - Returns: the device with the terms where the loss and the terms' priors together are least; nil if `progress` ended it.
  func fit(
    _ terms: [Term], from device: DeviceProfile, progress: (Double) -> Bool = { _ in true },
    loss: (DeviceProfile) throws -> Double
  ) throws -> DeviceProfile? {
    // In spreads from the starting value, on a logarithmic scale: so every term is equally easy to move.
    func applied(_ point: [Double]) -> DeviceProfile {
      var device = device
      for (term, z) in zip(terms, point) { term.set(&device, term.start * exp(z * term.spread)) }
      return device
    }
    var failure: (any Error)?
    var evaluations = 0
    var wasStopped = false
    let minimum = Self.minimizer.minimize(
      from: terms.map { _ in 0 }, within: terms.map { _ in -4...4 },
      isStopped: {
        wasStopped = wasStopped || !progress(Double(evaluations) / Double(Self.minimizer.maxEvaluations))
        return wasStopped || failure != nil
      }
    ) { point in
      evaluations += 1
      do {
        let deviation = point.reduce(0) { $0 + $1 * $1 }
        return try loss(applied(point)) + Self.priorWeight * deviation
      } catch {
        failure = failure ?? error
        return .infinity
      }
    }
    if let failure { throw failure }
    return wasStopped ? nil : applied(minimum.point)
  }

  // MARK: Loss

  private static func compare(
    _ replays: [MeasuredReplay], on device: DeviceProfile, threads: Int?
  ) throws -> [ValidationReport.Run] {
    try ParallelLoop.map(count: replays.count, threads: threads) { i in
      try Validation.compare(replays[i], on: device).run
    }
  }

  /// Mean over the stages of the absolute log errors: of the three means, half as much of the median and the 90th percentile of
  /// TTFT; and a tenth of the largest error of a mean, so that no stage pays for the others.
  static func loss(_ stages: [ValidationReport.Stage]) -> Double {
    func error(_ figure: ValidationReport.Compared) -> Double { abs(log(figure.predicted / figure.measured)) }
    let means = stages.map { [$0.ttft.mean, $0.tpot.mean, $0.e2e.mean].map(error) }
    let percentiles = stages.map { [$0.ttft.p50, $0.ttft.p90].map(error) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    return mean(means.flatMap { $0 }) + mean(percentiles.flatMap { $0 }) / 2
      + (means.flatMap { $0 }.max() ?? 0) / 10
  }

  /// Root mean square of the log errors: the hosts differ between the sources, and the terms are to lie between them.
  private static func loss(
    _ runs: [PublishedRun], on device: DeviceProfile, threads: Int?
  ) throws -> Double {
    let figures = try ParallelLoop.map(count: runs.count, threads: threads) { i in
      try PublishedComparison.compare(runs[i], on: device)
    }.flatMap { $0 }.filter(\.isFitted)
    let errors = figures.map { log($0.compared.predicted / $0.compared.measured) }
    return (errors.reduce(0) { $0 + $1 * $1 } / Double(max(1, errors.count))).squareRoot()
  }
}
