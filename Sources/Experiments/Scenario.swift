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
  public var variant: Variant
  public var workload: WorkloadSpec
  public var objective: Objective
  public var measurement: MeasurementWindow
  public var seed: UInt64
  /// The file's text with the command line's overrides applied, as stored with the results.
  public var source: String

  public init(
    name: String, model: ModelConfig, device: DeviceProfile, tensorParallelSize: Int, engine: EngineConfig,
    variant: Variant, workload: WorkloadSpec, objective: Objective = Objective(limits: []),
    measurement: MeasurementWindow = MeasurementWindow(), seed: UInt64 = 0, source: String = ""
  ) {
    self.name = name
    self.model = model
    self.device = device
    self.tensorParallelSize = tensorParallelSize
    self.engine = engine
    self.variant = variant
    self.workload = workload
    self.objective = objective
    self.measurement = measurement
    self.seed = seed
    self.source = source
  }

  /// The path of the trace that is replayed, if one is.
  public var traceFile: String? { workload.trace?.path }
}
