import Foundation
public import Metrics
public import Models
import Quantities
import Serving
import Synchronization
import Workload

/// One scenario under several variants, all on the same requests.
///
/// Making one checks everything that can be known without simulating; running it cannot fail half-way for a reason that
/// was in the input.
public struct Experiment: Sendable {
  public let scenario: Scenario
  public let variants: [Variant]
  private let deployments: [Deployment]
  private let requests: RequestStream

  /// - Throws: ``ExperimentError`` with every problem: variants that do not fit the model, models that do not fit the
  ///   device, a workload that cannot be made (a trace that is missing or damaged).
  public init(_ scenario: Scenario, variants: [Variant]) throws(ExperimentError) {
    var problems: [String] = []
    deployments = Self.deployments(scenario, variants, &problems)
    var stream = RequestStream([])
    do {
      stream = try scenario.workload.stream(seed: scenario.seed)
      if stream.count == 0 { problems.append("workload: there are no requests") }
    } catch {
      problems.append("\(error)")
    }
    guard problems.isEmpty else { throw ExperimentError(problems: problems) }
    requests = stream
    self.scenario = scenario
    self.variants = variants
  }

  /// The deployment of each variant. A problem that all variants share is reported once.
  static func deployments(
    _ scenario: Scenario, _ variants: [Variant], _ problems: inout [String]
  ) -> [Deployment] {
    if variants.isEmpty { problems.append("no variant was given") }
    var seen: Set<String> = []
    for variant in variants where !seen.insert(variant.name).inserted {
      problems.append("variant \(variant.name) is given twice")
    }
    var messages: [(text: String, variants: [String])] = []
    var deployments: [Deployment] = []
    for variant in variants {
      do {
        deployments.append(
          try scenario.deployment(of: variant))
      } catch {
        let text = "\(error)"
        if let i = messages.firstIndex(where: { $0.text == text }) {
          messages[i].variants.append(variant.name)
        } else {
          messages.append((text, [variant.name]))
        }
      }
    }
    problems += messages.map { "\($0.variants.joined(separator: ", ")): \($0.text)" }
    return deployments
  }

  /// How far an experiment is.
  public struct Progress: Hashable, Sendable {
    public var finishedRuns: Int
    public var runs: Int
    /// Of all requests of all runs, 0 ... 1.
    public var share: Double

    public init(finishedRuns: Int, runs: Int, share: Double) {
      self.finishedRuns = finishedRuns
      self.runs = runs
      self.share = share
    }
  }

  /// What came out: every run that finished, in the order of the variants.
  public struct Outcome: Sendable {
    public var runs: [VariantRun]
    /// Whether `progress` stopped it; runs that had not finished then are left out.
    public var wasStopped: Bool
    /// Variants whose simulation failed, and why.
    public var failures: [Failure]

    public struct Failure: Hashable, Sendable {
      public var variant: Variant
      public var message: String
    }
  }

  /// Simulates every variant. The outcome is the same whatever the number of threads.
  ///
  /// - Parameters:
  ///   - threads: variants simulated at once; nil is one per core.
  ///   - checksInvariants: checks after every step what must always hold; several times slower.
  ///   - keepsRecords: keeps every request and every step, from which figures are exact. Otherwise they are gathered on the way, unless
  ///     the scenario's measurement window needs the record.
  ///   - requestSinks: for each variant who gets its requests as they are closed; empty if nobody does.
  ///   - progress: called now and then, from any thread but never from two at once. Returning false stops the experiment.
  public func run(
    threads: Int? = nil, checksInvariants: Bool = false, goodputLimits: GoodputLimits = GoodputLimits(),
    keepsRecords: Bool = false, requestSinks: [@Sendable (RequestRecord) -> Void] = [],
    progress: (@Sendable (Progress) -> Bool)? = nil
  ) -> Outcome {
    let board = Mutex(Board(count: variants.count))
    ParallelLoop.run(count: variants.count, threads: threads) { i in
      guard board.withLock({ !$0.isStopped }) else { return }
      let result = Result {
        try simulate(
          i, checksInvariants: checksInvariants, goodputLimits: goodputLimits, keepsRecord: keepsRecords,
          requestSink: requestSinks.isEmpty ? nil : requestSinks[i]
        ) { share in
          board.withLock { $0.report(i, share: share, to: progress) }
        }
      }
      board.withLock { $0.finish(i, with: result, progress: progress) }
    }
    return board.withLock { board in
      var outcome = Outcome(runs: [], wasStopped: false, failures: [])
      for (variant, slot) in zip(variants, board.slots) {
        switch slot {
        case .done(let run): outcome.runs.append(run)
        case .failed(let message): outcome.failures.append(.init(variant: variant, message: message))
        case .open: outcome.wasStopped = true
        }
      }
      return outcome
    }
  }

  private func simulate(
    _ i: Int, checksInvariants: Bool, goodputLimits: GoodputLimits, keepsRecord: Bool,
    requestSink: (@Sendable (RequestRecord) -> Void)?, report: @escaping (Double) -> Bool
  ) throws -> VariantRun {
    let start = ContinuousClock.now
    let (figures, record) = try scenario.simulate(
      deployments[i], requests, keepsRecord: keepsRecord, checksInvariants: checksInvariants,
      goodputLimits: goodputLimits, requestSink: requestSink
    ) { progress in report(Double(progress.finished) / Double(max(1, progress.total))) }
    return VariantRun(
      variant: variants[i], plan: deployments[i].plan, memory: deployments[i].memory, figures: figures,
      record: record, verdict: scenario.objective.verdict(on: figures.summary),
      wallTime: Seconds((ContinuousClock.now - start).seconds))
  }

  /// Who does what, and what is done. One slot a variant, so that nothing depends on which thread came first.
  private struct Board: Sendable {
    enum Slot: Sendable {
      case open
      case done(VariantRun)
      case failed(String)
    }

    var slots: [Slot]
    var isStopped = false
    private var shares: [Double]

    init(count: Int) {
      slots = Array(repeating: .open, count: count)
      shares = Array(repeating: 0, count: count)
    }

    mutating func report(_ i: Int, share: Double, to progress: ((Progress) -> Bool)?) -> Bool {
      shares[i] = share
      if !isStopped, let progress, !progress(current) { isStopped = true }
      return !isStopped
    }

    mutating func finish(
      _ i: Int, with result: Result<VariantRun, any Error>, progress: ((Progress) -> Bool)?
    ) {
      switch result {
      // Stopped in its midst: the record ends early, so it is no result.
      case .success(let run) where isStopped && run.figures.unfinished > 0: break
      case .success(let run): slots[i] = .done(run)
      case .failure(let error): slots[i] = .failed("\(error)")
      }
      _ = report(i, share: 1, to: progress)
    }

    private var current: Progress {
      let finished = slots.count {
        if case .open = $0 { return false }
        return true
      }
      return Progress(
        finishedRuns: finished, runs: slots.count, share: shares.reduce(0, +) / Double(max(1, shares.count)))
    }
  }
}

/// Everything that keeps an experiment from starting, one line a problem.
public struct ExperimentError: Error, Hashable, Sendable, CustomStringConvertible {
  public let problems: [String]

  public var description: String { problems.joined(separator: "\n") }
}
