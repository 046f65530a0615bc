public import Foundation
public import Quantities

/// What a stored run is of: everything but the numbers.
public struct RunDescription: Hashable, Sendable, Codable {
  public var scenarioName: String
  public var variantName: String
  /// As in the scenario: a catalogue name such as `meta-llama/Llama-3.1-8B-Instruct`, or a path.
  public var modelName: String
  public var deviceName: String
  public var tensorParallelSize: Int
  public var seed: UInt64
  /// From 0; further replications have seeds that follow from the scenario's.
  public var replication: Int
  /// Mean rate of an open loop; nil (written `inf`) for a closed loop, or where a trace gives the times.
  public var requestRate: PerSecond?
  /// Shape of the gamma-distributed intervals between arrivals: 1 is Poisson, infinity is even spacing.
  public var burstiness: Double
  /// Most requests that the client keeps in flight; nil is no limit.
  public var maxConcurrency: Int?
  public var numPrompts: Int
  /// Whether the variant has no public serving code, so that nothing could have been measured.
  public var isProjection: Bool
  /// Share of layers that prompt tokens skip, 0 ... 100.
  public var skipPercent: Double
  /// The scenario file with the command line's overrides applied.
  public var scenarioText: String
  public var codeVersion: String
  /// Given by the caller: nothing here reads the clock. A store keeps it to the millisecond.
  public var createdAt: Date
  /// Engines of `tensorParallelSize` GPUs each.
  public var replicas: Int
  /// What spread the requests over them; nil for one replica.
  public var router: String?

  public init(
    scenarioName: String, variantName: String, modelName: String, deviceName: String, tensorParallelSize: Int,
    seed: UInt64, replication: Int = 0, requestRate: PerSecond?, burstiness: Double, maxConcurrency: Int?,
    numPrompts: Int, isProjection: Bool, skipPercent: Double, scenarioText: String, codeVersion: String,
    createdAt: Date, replicas: Int = 1, router: String? = nil
  ) {
    self.scenarioName = scenarioName
    self.variantName = variantName
    self.modelName = modelName
    self.deviceName = deviceName
    self.tensorParallelSize = tensorParallelSize
    self.seed = seed
    self.replication = replication
    self.requestRate = requestRate
    self.burstiness = burstiness
    self.maxConcurrency = maxConcurrency
    self.numPrompts = numPrompts
    self.isProjection = isProjection
    self.skipPercent = skipPercent
    self.scenarioText = scenarioText
    self.codeVersion = codeVersion
    self.createdAt = createdAt
    self.replicas = replicas
    self.router = router
  }
}
