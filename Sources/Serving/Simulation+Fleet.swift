public import Metrics
public import Workload

/// Runs of several replicas. A fleet of one is run as that replica.
extension Simulation {
  /// Serves every request of the stream and keeps everything, as ``run(_:requests:options:requestSink:progress:)-(Deployment,_,_,_,_)``.
  ///
  /// Deterministic: the result depends on the arguments only. Costs what its replicas cost, and O(replicas) a request where the router
  /// looks at all of them.
  public static func run(
    _ fleet: Fleet, requests: RequestStream, options: Options = Options(),
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil, progress: ((Progress) -> Bool)? = nil
  ) throws -> RunRecord {
    guard fleet.members.count > 1 else {
      return try run(
        fleet.members[0].deployment, requests: requests, options: options, requestSink: requestSink,
        progress: progress)
    }
    return try runAsFleet(
      fleet, requests: requests, options: options, requestSink: requestSink, progress: progress)
  }

  /// The same run, of which figures are kept only: memory is O(requests in flight), those that wait among them.
  public static func figures(
    _ fleet: Fleet, requests: RequestStream, options: Options = Options(),
    goodputLimits: GoodputLimits = GoodputLimits(), requestSink: (@Sendable (RequestRecord) -> Void)? = nil,
    progress: ((Progress) -> Bool)? = nil
  ) throws -> RunFigures {
    try measured(
      fleet, requests: requests, options: options, goodputLimits: goodputLimits, requestSink: requestSink,
      progress: progress
    ).figures
  }

  /// The same run, with what the simulator itself did for it.
  public static func measured(
    _ fleet: Fleet, requests: RequestStream, options: Options = Options(),
    goodputLimits: GoodputLimits = GoodputLimits(), requestSink: (@Sendable (RequestRecord) -> Void)? = nil,
    progress: ((Progress) -> Bool)? = nil
  ) throws -> (figures: RunFigures, work: SimulatorWork) {
    guard fleet.members.count > 1 else {
      return try measured(
        fleet.members[0].deployment, requests: requests, options: options, goodputLimits: goodputLimits,
        requestSink: requestSink, progress: progress)
    }
    return try measuredAsFleet(
      fleet, requests: requests, options: options, goodputLimits: goodputLimits, requestSink: requestSink,
      progress: progress)
  }

  /// Also a fleet of one, as if it were several.
  static func runAsFleet(
    _ fleet: Fleet, requests: RequestStream, options: Options,
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil, progress: ((Progress) -> Bool)? = nil
  ) throws -> RunRecord {
    let order = requestSink.map { ClosingOrder($0) }
    let observer = RunRecorder(requestSink: order?.intake)
    var engine = FleetEngine(fleet, requests: requests, options: options, order: order, observer: observer)
    try engine.run(progress: progress)
    engine.closeUnfinished()
    return RunRecorder.joined(
      engine.observers, unsent: engine.unsent, totals: engine.totals(fleet.members.map(\.variant)))
  }

  static func measuredAsFleet(
    _ fleet: Fleet, requests: RequestStream, options: Options, goodputLimits: GoodputLimits = GoodputLimits(),
    requestSink: (@Sendable (RequestRecord) -> Void)? = nil, progress: ((Progress) -> Bool)? = nil
  ) throws -> (figures: RunFigures, work: SimulatorWork) {
    let order = requestSink.map { ClosingOrder($0) }
    let observer = StreamingFigures(
      ofReplicaWith: goodputLimits, requests: requests.count, requestSink: order?.intake)
    var engine = FleetEngine(fleet, requests: requests, options: options, order: order, observer: observer)
    try engine.run(progress: progress)
    engine.closeUnfinished()
    let figures = StreamingFigures.joined(
      engine.observers, unsent: engine.unsent, seconds: engine.seconds,
      totals: engine.totals(fleet.members.map(\.variant)))
    return (figures, engine.work)
  }
}
