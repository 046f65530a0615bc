public import EngineSettings
public import Hardware
public import Metrics
public import Models
public import Workload

/// Everything a run needs, checked: what a scenario file decodes to.
public struct Scenario: Hashable, Sendable {
  public var name: String
  public var model: ModelConfig
  public var device: DeviceProfile
  public var tensorParallelSize: Int
  public var engine: EngineConfig
  /// Of all replicas, or of those that name none themselves.
  public var variant: Variant
  public var fleet: FleetSpec
  public var workload: WorkloadSpec
  public var objective: Objective
  public var measurement: MeasurementWindow
  public var seed: UInt64
  /// How often the scenario is run, each time with a seed of its own; figures are then means over these runs.
  public var replications: Int
  /// The file's text with the command line's overrides applied, as stored with the results.
  public var source: String

  public init(
    name: String, model: ModelConfig, device: DeviceProfile, tensorParallelSize: Int, engine: EngineConfig,
    variant: Variant, workload: WorkloadSpec, objective: Objective = Objective(limits: []),
    measurement: MeasurementWindow = MeasurementWindow(), seed: UInt64 = 0, replications: Int = 1,
    source: String = "", fleet: FleetSpec = FleetSpec()
  ) {
    self.name = name
    self.model = model
    self.device = device
    self.tensorParallelSize = tensorParallelSize
    self.engine = engine
    self.variant = variant
    self.fleet = fleet
    self.workload = workload
    self.objective = objective
    self.measurement = measurement
    self.seed = seed
    self.replications = replications
    self.source = source
  }

  /// The path of the trace that is replayed, if one is.
  public var traceFile: String? { workload.trace?.path }
}
