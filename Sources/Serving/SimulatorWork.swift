/// What the simulator did for a run. It says nothing about the system simulated: equal figures may come of different work.
public struct SimulatorWork: Hashable, Sendable {
  /// Steps that were composed one by one, as opposed to those taken in a jump.
  public var launchedSteps: Int
  /// Requests that finished or were refused.
  public var closedRequests: Int

  /// Changes that the engine had to look at: what it takes its time for, as a step within a jump costs next to nothing.
  public var changes: Int { launchedSteps + closedRequests }
}
