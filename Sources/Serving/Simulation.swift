import EngineSettings
import Hardware
public import Metrics
public import Quantities
public import Workload

/// A run of one replica under a stream of requests.
public enum Simulation {
  public struct Options: Hashable, Sendable {
    /// Most requests that the client keeps in flight; nil is no limit.
    public var maxConcurrency: Int?
    /// Stops here; requests still waiting or running are reported as unfinished. nil runs until all are done.
    public var horizon: Seconds?
    /// Checks the invariants after every step.
    public var checksInvariants: Bool

    public init(maxConcurrency: Int? = nil, horizon: Seconds? = nil, checksInvariants: Bool = false) {
      self.maxConcurrency = maxConcurrency
      self.horizon = horizon
      self.checksInvariants = checksInvariants
    }
  }

  /// How far a run is.
  public struct Progress: Hashable, Sendable {
    public var finished: Int
    public var total: Int
    /// Simulated time.
    public var now: Seconds
  }

  /// Serves every request of the stream, one engine step after another.
  ///
  /// Deterministic: the result depends on the arguments only. O(steps × running sequences).
  ///
  /// - Parameter progress: called every few thousand steps; returning false ends the run early, with the rest unfinished.
  /// - Throws: ``InvariantViolation`` if asked to check, or if the replica stalls.
  public static func run(
    _ deployment: Deployment, requests: RequestStream, options: Options = Options(),
    progress: ((Progress) -> Bool)? = nil
  ) throws -> RunRecord {
    var replica = Replica(
      settings: deployment.engine, limits: ReplicaLimits(deployment.memory),
      frontEnd: FrontEnd(deployment.device.host, release: deployment.engine.release),
      executor: PredictedSteps(deployment.cost), requests: requests, options: options)
    try replica.run(progress: progress)
    return replica.record()
  }
}
