/// One variant over a range of loads.
public struct LoadCurve: Hashable, Sendable, Codable {
  /// The variant's name.
  public var variant: String
  /// GPUs of one replica.
  public var gpus: Int
  /// In ascending order of load.
  public var points: [LoadPoint]

  public init(variant: String, gpus: Int, points: [LoadPoint]) {
    self.variant = variant
    self.gpus = gpus
    self.points = points
  }
}
