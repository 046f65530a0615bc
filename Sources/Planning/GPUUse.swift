/// What the GPUs of a replica do with their time.
public struct GPUUse: Hashable, Sendable, Codable {
  /// Share of time in which steps run, 0 ... 1.
  public var busyShare: Double
  /// Share of the busy time that prompts would take if they ran alone; answers have the rest.
  public var prefillShare: Double
  /// Counted work ÷ what the datasheet's peak rate does in all the time: tensor cores, and HBM traffic.
  public var tensorShare: Double
  public var memoryShare: Double

  public init(busyShare: Double, prefillShare: Double, tensorShare: Double, memoryShare: Double) {
    self.busyShare = busyShare
    self.prefillShare = prefillShare
    self.tensorShare = tensorShare
    self.memoryShare = memoryShare
  }
}
