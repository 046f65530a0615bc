import CostModel
import Experiments
import Foundation
import Metrics
import Models
import Quantities
import Randomness
import Serving
import Synchronization
import Workload

/// Simulates a scenario's requests at any load, run by run.
final class LoadSimulator: Sendable {
  let scenario: Scenario
  let unit: LoadUnit
  /// The scenario's own load, or nil if it sends everything at once.
  let ownLoad: Double?
  /// Whether other seeds give other requests. A trace that brings everything along does not change, and one run is all there is.
  let isRandom: Bool
  private let window: LoadWindow
  private let limits: GoodputLimits
  private let threads: Int?
  private let isStopped: @Sendable () -> Bool
  /// By run: what to send, at the scenario's own load.
  private let requests = Mutex<[[Request]]>([])

  /// More requests would not fit in memory for every run at once.
  static let mostRequests = 200_000

  /// - Throws: `ExperimentError` if the requests cannot be made or scaled.
  init(
    _ scenario: Scenario, window: LoadWindow, limits: GoodputLimits, threads: Int?,
    isStopped: @escaping @Sendable () -> Bool
  ) throws(ExperimentError) {
    var scenario = scenario
    // Which requests are measured is this search's business.
    scenario.measurement = MeasurementWindow()
    guard scenario.fleet.replicas == 1 else {
      throw ExperimentError(problems: [
        "replicas: found \(scenario.fleet.replicas); a capacity is that of one replica, from which --target-rate tells "
          + "how many are needed; use --set replicas=1"
      ])
    }
    let first = try Self.requests(scenario, run: 0)
    guard first.count > 1 else {
      throw ExperimentError(problems: ["workload: one request makes no load; at least 2 are needed"])
    }
    let last = first.last?.arrival.value ?? 0
    let count = first.reduce(0) { $0 + 1 + $1.followUps.count }
    guard count <= Self.mostRequests else {
      throw ExperimentError(problems: [
        "workload.num_requests: found \(count.grouped); a capacity takes many runs of at most "
          + "\(Self.mostRequests.grouped) requests; use --set workload.num_requests=20000"
      ])
    }
    unit = last > 0 ? .requestRate : .concurrency
    ownLoad = last > 0 ? Double(count) / last : scenario.workload.maxConcurrency.map(Double.init)
    isRandom = try Self.requests(scenario, run: 1) != first
    self.scenario = scenario
    (self.window, self.limits, self.threads, self.isStopped) = (window, limits, threads, isStopped)
    requests.withLock { $0 = [first] }
  }

  private static func requests(_ scenario: Scenario, run: Int) throws(ExperimentError) -> [Request] {
    do {
      return Array(try scenario.workload.stream(seed: ReplicationSeed.seed(scenario.seed, replication: run)))
    } catch {
      throw ExperimentError(problems: ["\(error)"])
    }
  }

  /// Requests of one run.
  var count: Int { requests.withLock { $0[0].reduce(0) { $0 + 1 + $1.followUps.count } } }

  /// Mean tokens of prompts and answers in the first run.
  func meanLengths() throws -> (prompt: Double, output: Double) {
    let all = requests.withLock { $0[0] }.flatMap { [$0] + $0.followUps }
    let count = Double(max(1, all.count))
    return (
      Double(all.reduce(0) { $0 + $1.promptTokens }) / count,
      Double(all.reduce(0) { $0 + $1.outputTokens }) / count
    )
  }

  /// What to send in a run at a load.
  private func requests(run: Int, load: Double) throws -> [Request] {
    let made = requests.withLock { $0.count > run ? $0[run] : nil }
    let unscaled = try made ?? Self.requests(scenario, run: run)
    guard unit == .requestRate, let ownLoad else { return unscaled }
    let factor = ownLoad / load
    return unscaled.map { request in
      var request = request
      request.arrival = request.arrival * factor
      return request
    }
  }

  private static func followUps(_ requests: [Request]) -> LoadSample.FollowUps? {
    guard let last = requests.last, let turn = requests.first?.followUps.last, last.arrival > .zero else {
      return nil
    }
    return LoadSample.FollowUps(lastTurn: turn.index, lastArrival: last.arrival)
  }

  /// Makes the requests of all runs up to a number, so that no two threads make the same.
  private func prepare(runs: Int) throws {
    let known = requests.withLock(\.count)
    guard known < runs else { return }
    let made = try ParallelLoop.map(count: runs - known, threads: threads) { i in
      try Self.requests(scenario, run: known + i)
    }
    requests.withLock { $0 += made }
  }

  /// Simulates some runs of a load.
  ///
  /// - Parameters:
  ///   - deployment: what serves them.
  ///   - metrics: the latencies to keep.
  /// - Throws: `CancellationError` if it was stopped.
  func simulate(
    _ deployment: Deployment, load: Double, runs: Range<Int>, metrics: Set<LatencyMetric>
  ) throws -> [LoadSample] {
    try prepare(runs: runs.upperBound)
    var scenario = scenario
    if unit == .concurrency { scenario.workload.maxConcurrency = Int(load.rounded()) }
    let serving = scenario
    let fleet = Fleet(deployment)
    return try ParallelLoop.map(count: runs.count, threads: threads) { i in
      guard !isStopped() else { throw CancellationError() }
      let records = Mutex<[RequestRecord]>([])
      let sent = try requests(run: runs.lowerBound + i, load: load)
      let (figures, _) = try serving.simulate(
        fleet, RequestStream(sent), goodputLimits: limits,
        requestSink: { request in records.withLock { $0.append(request) } },
        progress: { _ in !self.isStopped() })
      guard !isStopped() else { throw CancellationError() }
      return LoadSample(
        figures, records: records.withLock(\.self), window: window, follows: Self.followUps(sent),
        limits: limits, metrics: metrics)
    }
  }
}
