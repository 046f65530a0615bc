import Foundation
public import Metrics
public import Models
import Quantities
import Serving
import Synchronization
import Workload

/// One scenario under several variants, all on the same requests; with replications, on the same requests in each.
///
/// Making one checks everything that can be known without simulating; running it cannot fail half-way for a reason that
/// was in the input.
public struct Experiment: Sendable {
  public let scenario: Scenario
  public let variants: [Variant]
  private let fleets: [Fleet]
  /// Each with its seed; one unless the scenario asks for more.
  private let replications: [Replication]

  private struct Replication: Sendable {
    let scenario: Scenario
    let requests: RequestStream
  }

  /// - Throws: ``ExperimentError`` with every problem: variants that do not fit the model, models that do not fit the
  ///   device, a workload that cannot be made (a trace that is missing or damaged).
  public init(_ scenario: Scenario, variants: [Variant]) throws(ExperimentError) {
    var problems: [String] = []
    if scenario.fleet.isFixed, variants != [scenario.variant] { problems.append(Scenario.noChoice) }
    fleets = Self.fleets(scenario, variants, &problems)
    var replications: [Replication] = []
    if let problem = scenario.replicationProblem { problems.append(problem) }
    do {
      for number in 0..<(problems.isEmpty ? scenario.replications : 1) {
        let replication = scenario.replication(number)
        let stream = try replication.workload.stream(seed: replication.seed)
        if number == 0, stream.count == 0 { problems.append("workload: there are no requests") }
        replications.append(Replication(scenario: replication, requests: stream))
      }
    } catch {
      problems.append("\(error)")
    }
    guard problems.isEmpty else { throw ExperimentError(problems: problems) }
    self.replications = replications
    self.scenario = scenario
    self.variants = variants
  }

  /// The replicas of each variant. A problem that all variants share is reported once.
  static func fleets(
    _ scenario: Scenario, _ variants: [Variant], _ problems: inout [String]
  ) -> [Fleet] {
    if variants.isEmpty { problems.append("no variant was given") }
    var seen: Set<String> = []
    for variant in variants where !seen.insert(variant.name).inserted {
      problems.append("variant \(variant.name) is given twice")
    }
    var messages: [(text: String, variants: [String])] = []
    var fleets: [Fleet] = []
    for variant in variants {
      do {
        fleets.append(try scenario.fleet(of: variant))
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
    return fleets
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
  ///   - threads: runs simulated at once; nil is one per core.
  ///   - checksInvariants: checks after every step what must always hold; several times slower.
  ///   - keepsRecords: keeps every request and every step of the first replication, from which figures are exact. Otherwise they are gathered on the way, unless
  ///     the scenario's measurement window needs the record.
  ///   - requestSinks: for each variant who gets its requests as they are closed, those of the first replication; empty if nobody does.
  ///   - progress: called now and then, from any thread but never from two at once. Returning false stops the experiment.
  public func run(
    threads: Int? = nil, checksInvariants: Bool = false, goodputLimits: GoodputLimits = GoodputLimits(),
    keepsRecords: Bool = false, requestSinks: [@Sendable (RequestRecord) -> Void] = [],
    progress: (@Sendable (Progress) -> Bool)? = nil
  ) -> Outcome {
    // One after another the variants of a replication: their requests are in the caches.
    let count = variants.count * replications.count
    let board = Mutex(Board(count: count))
    ParallelLoop.run(count: count, threads: threads) { i in
      guard board.withLock({ !$0.isStopped }) else { return }
      let (replication, variant) = i.quotientAndRemainder(dividingBy: variants.count)
      let isFirst = replication == 0
      let result = Result {
        try simulate(
          variant, replications[replication], checksInvariants: checksInvariants,
          goodputLimits: goodputLimits,
          keepsRecord: keepsRecords && isFirst,
          requestSink: requestSinks.isEmpty || !isFirst ? nil : requestSinks[variant]
        ) { share in
          board.withLock { $0.report(i, share: share, to: progress) }
        }
      }
      board.withLock { $0.finish(i, with: result, progress: progress) }
    }
    return board.withLock { outcome($0.slots) }
  }

  /// Puts the replications of each variant together; a variant of which one is missing is left out.
  private func outcome(_ slots: [Board.Slot]) -> Outcome {
    var outcome = Outcome(runs: [], wasStopped: false, failures: [])
    for (i, variant) in variants.enumerated() {
      var runs: [VariantRun] = []
      var failure: String?
      for slot in stride(from: i, to: slots.count, by: variants.count).map({ slots[$0] }) {
        switch slot {
        case .done(let run): runs.append(run)
        case .failed(let message): failure = failure ?? message
        case .open: outcome.wasStopped = true
        }
      }
      if let failure {
        outcome.failures.append(.init(variant: variant, message: failure))
      } else if runs.count == replications.count, var first = runs.first {
        first.furtherFigures = runs.dropFirst().map(\.figures)
        first.wallTime = runs.reduce(.zero) { $0 + $1.wallTime }
        outcome.runs.append(first)
      }
    }
    return outcome
  }

  private func simulate(
    _ i: Int, _ replication: Replication, checksInvariants: Bool, goodputLimits: GoodputLimits,
    keepsRecord: Bool, requestSink: (@Sendable (RequestRecord) -> Void)?,
    report: @escaping (Double) -> Bool
  ) throws -> VariantRun {
    let start = ContinuousClock.now
    let (figures, record) = try replication.scenario.simulate(
      fleets[i], replication.requests, keepsRecord: keepsRecord, checksInvariants: checksInvariants,
      goodputLimits: goodputLimits, requestSink: requestSink
    ) { progress in report(Double(progress.finished) / Double(max(1, progress.total))) }
    return VariantRun(
      groups: ReplicaGroup.groups(fleets[i], scenario.fleet.variants(for: variants[i])), figures: figures,
      record: replication.scenario.seed == scenario.seed ? record : nil,
      verdict: scenario.objective.verdict(on: figures.summary),
      wallTime: Seconds((ContinuousClock.now - start).seconds))
  }

  /// Who does what, and what is done. One slot a run, so that nothing depends on which thread came first.
  fileprivate struct Board: Sendable {
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

  package init(problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
