import EngineSettings
import Hardware
public import Metrics
public import Quantities
public import Workload

/// A run of one replica, or of several behind a router, under a stream of requests.
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

  /// Serves every request of the stream and keeps everything: memory is O(requests + steps).
  ///
  /// Deterministic: the result depends on the arguments only. Costs O(log running sequences) a change of the batch and O(1) a step.
  ///
  /// - Parameters:
  ///   - requestSink: gets every request when it is closed, in that order and on this thread.
  ///   - progress: called every few thousand steps; returning false ends the run early, with the rest unfinished.
  /// - Throws: ``InvariantViolation`` if asked to check, or if the replica stalls.
  public static func run(
    _ deployment: Deployment, requests: RequestStream, options: Options = Options(),
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil, progress: ((Progress) -> Bool)? = nil
  ) throws -> RunRecord {
    var engine = JumpEngine(
      deployment, client: Client(requests, maxConcurrency: options.maxConcurrency), options: options,
      observer: RunRecorder(requestSink: requestSink))
    try engine.run(progress: progress)
    engine.closeUnfinished()
    return engine.observer.record(engine.totals)
  }

  /// The same run, of which figures are kept only: memory is O(requests in flight), those that wait among them.
  public static func figures(
    _ deployment: Deployment, requests: RequestStream, options: Options = Options(),
    goodputLimits: GoodputLimits = GoodputLimits(), requestSink: (@Sendable (RequestRecord) -> Void)? = nil,
    progress: ((Progress) -> Bool)? = nil
  ) throws -> RunFigures {
    try measured(
      deployment, requests: requests, options: options, goodputLimits: goodputLimits,
      requestSink: requestSink,
      progress: progress
    ).figures
  }

  /// The same run, with what the simulator itself did for it.
  public static func measured(
    _ deployment: Deployment, requests: RequestStream, options: Options = Options(),
    goodputLimits: GoodputLimits = GoodputLimits(), requestSink: (@Sendable (RequestRecord) -> Void)? = nil,
    progress: ((Progress) -> Bool)? = nil
  ) throws -> (figures: RunFigures, work: SimulatorWork) {
    let figures = StreamingFigures(
      requests: requests.count, goodputLimits: goodputLimits, requestSink: requestSink)
    var engine = JumpEngine(
      deployment, client: Client(requests, maxConcurrency: options.maxConcurrency), options: options,
      observer: figures)
    try engine.run(progress: progress)
    engine.closeUnfinished()
    let work = SimulatorWork(launchedSteps: engine.launchedSteps, closedRequests: engine.closed)
    return (engine.observer.figures(engine.totals), work)
  }
}
