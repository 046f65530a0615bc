public import Hardware

/// The energy that GPUs take to carry a load, by `PowerModel`.
public struct LoadEnergy: Hashable, Sendable, Codable {
  /// Of one GPU, averaged over time.
  public var watts: Double
  /// Of all GPUs of the replica; nil where nothing is completed.
  public var joulesPerRequest: Double?
  public var joulesPerOutputToken: Double?
  /// Prompt and answer together.
  public var joulesPerToken: Double?
  /// Share of the energy that is taken while nothing runs, 0 ... 1.
  public var idleShare: Double

  /// - Parameters:
  ///   - point: of one replica.
  ///   - gpus: of one replica.
  /// - Returns: nil if the point has no ``LoadPoint/use``.
  public init?(_ point: LoadPoint, gpus: Int, board: PowerModel) {
    guard let use = point.use else { return nil }
    let power = board.power(
      busyShare: use.busyShare, tensorShare: use.tensorShare, memoryShare: use.memoryShare)
    watts = power
    func per(_ rate: Double) -> Double? { rate > 0 ? power * Double(gpus) / rate : nil }
    joulesPerRequest = per(point.completedRate.value)
    joulesPerOutputToken = per(point.outputThroughput.value)
    joulesPerToken = per(point.totalThroughput.value)
    idleShare = board.idle * max(0, 1 - use.busyShare) / power
  }
}
