public import Foundation

/// What a sweep is, as its row of `sweeps` has it.
public struct SweepRecord: Hashable, Sendable, Identifiable {
  /// Follows from the name, the parameters and the keys: the same sweep has the same everywhere.
  public var id: String
  public var name: String
  /// When this database first saw it.
  public var createdAt: Date
  public var codeVersion: String
  public var fileText: String
  /// The scenario that its points change.
  public var scenarioText: String
  /// Names of the parameters, in the order of the file.
  public var parameters: [String]
  public var points: Int
  /// Simulations of each point.
  public var replications: Int

  public init(
    id: String, name: String, createdAt: Date, codeVersion: String, fileText: String, scenarioText: String,
    parameters: [String], points: Int, replications: Int
  ) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.codeVersion = codeVersion
    self.fileText = fileText
    self.scenarioText = scenarioText
    self.parameters = parameters
    self.points = points
    self.replications = replications
  }
}

/// One simulation that a sweep consists of: a row of `sweep_points`.
public struct SweepPointRecord: Hashable, Sendable {
  /// From 0.
  public var point: Int
  /// From 0.
  public var replicate: Int
  /// Of its result: a digest of everything that it follows from.
  public var key: String
  /// A JSON object.
  public var parameters: String
  public var model: String
  public var variant: String
  public var device: String
  public var tensorParallelSize: Int
  /// Of the whole deployment.
  public var gpus: Int
  public var seed: UInt64
  public var isProjection: Bool
  /// Share of layers that prompt tokens skip, 0 ... 100.
  public var skipPercent: Double
  /// Why the point cannot exist; nil if it can.
  public var invalid: String?

  public init(
    point: Int, replicate: Int, key: String, parameters: String, model: String, variant: String,
    device: String,
    tensorParallelSize: Int, gpus: Int, seed: UInt64, isProjection: Bool, skipPercent: Double,
    invalid: String?
  ) {
    self.point = point
    self.replicate = replicate
    self.key = key
    self.parameters = parameters
    self.model = model
    self.variant = variant
    self.device = device
    self.tensorParallelSize = tensorParallelSize
    self.gpus = gpus
    self.seed = seed
    self.isProjection = isProjection
    self.skipPercent = skipPercent
    self.invalid = invalid
  }
}

/// What became of a simulation.
public enum SweepResult: Hashable, Sendable {
  case done(SweepFigures)
  /// It ended without figures, and why.
  case failed(String)

  /// nil if it failed.
  public var figures: SweepFigures? {
    if case .done(let figures) = self { return figures }
    return nil
  }
}
