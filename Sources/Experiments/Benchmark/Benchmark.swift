import CostModel
import Foundation
import Metrics
import Quantities
import Serving
import Workload

/// A scenario ready to be simulated again and again by one thread. Reading files and making the cost model are over by then.
public struct Benchmark: Sendable {
  public let subject: BenchmarkScenario
  private let fleet: Fleet

  /// - Throws: ``ExperimentError`` with what keeps the scenario from being simulated.
  public init(_ subject: BenchmarkScenario) throws(ExperimentError) {
    try self.init(subject, sharing: TableCache())
  }

  /// - Parameter cache: tables of kernel times to share.
  init(_ subject: BenchmarkScenario, sharing cache: TableCache) throws(ExperimentError) {
    self.subject = subject
    let scenario = subject.scenario
    do {
      fleet = try scenario.fleet(of: scenario.variant, sharing: cache)
      _ = try scenario.workload.stream(seed: scenario.seed)
    } catch {
      throw ExperimentError(problems: ["\(subject.name): \(error)"])
    }
  }

  /// What one simulation of the scenario counts. The same every time.
  public struct Counts: Hashable, Sendable, Codable {
    public var requests: Int
    public var outputTokens: Int
    public var steps: Int
    /// Steps composed one by one, and ends of requests (see `SimulatorWork`).
    public var changes: Int
    public var preemptions: Int
    /// Requests in the running batch, averaged over time.
    public var meanRunning: Double
  }

  /// Makes the requests (a trace is read) and simulates them.
  public func once() throws -> Counts {
    let scenario = subject.scenario
    let requests = try scenario.workload.stream(seed: scenario.seed)
    let (figures, work) = try Simulation.measured(
      fleet, requests: requests,
      options: Simulation.Options(maxConcurrency: scenario.workload.maxConcurrency))
    return Counts(
      requests: figures.requests, outputTokens: figures.generatedTokens, steps: figures.steps,
      changes: work.changes, preemptions: figures.summary.engine.preemptions,
      meanRunning: figures.summary.engine.meanRunning)
  }

  /// Simulates it `warmUps` times without a clock, which fills the tables, and `repeats` times with one.
  public func measure(warmUps: Int, repeats: Int) throws -> (counts: Counts, times: RepeatedTimes) {
    var counts: Counts?
    let times = try RepeatedTimes.measuring(warmUps: warmUps, repeats: repeats) { counts = try once() }
    guard let counts else { preconditionFailure("nothing was simulated") }
    return (counts, times)
  }
}
