public import Hardware

/// What it costs to carry a load, in USD.
///
/// A GPU is paid by the hour, busy or not. Its cost is split between input and output tokens in proportion to the time that the prompts of
/// the load would take alone (``GPUUse/prefillShare``) and the rest of the busy time; idle time is split alike. Steps do both at once, so
/// no split is the true one: prompts alone also read the weights, which decodes of the same step read anyway, so input is charged at
/// the high side. Input tokens found in the prefix cache are counted and cost what their computed neighbours do.
public struct LoadCost: Hashable, Sendable, Codable {
  /// Of one GPU.
  public var perGPUHour: PriceRange
  /// Of one replica, and of all together.
  public var perReplicaHour: PriceRange
  /// nil where nothing is completed.
  public var perMillionInputTokens: PriceRange?
  public var perMillionOutputTokens: PriceRange?
  public var perThousandRequests: PriceRange?
  /// Share of the cost that input tokens bear, 0 ... 1.
  public var inputShare: Double
  /// Share that is paid for time in which the GPU does nothing, 0 ... 1.
  public var idleShare: Double

  /// - Parameters:
  ///   - point: of one replica.
  ///   - gpus: of one replica.
  public init(_ point: LoadPoint, gpus: Int, perGPUHour: PriceRange) {
    self.perGPUHour = perGPUHour
    let hour = perGPUHour.map { $0 * Double(gpus) }
    perReplicaHour = hour
    let share = point.use?.prefillShare ?? 0
    inputShare = share
    idleShare = max(0, 1 - (point.use?.busyShare ?? point.gpuBusyShare.value))
    func per(_ amount: Double, _ rate: Double, _ part: Double) -> PriceRange? {
      rate > 0 ? hour.map { $0 * part / (rate * 3600) * amount } : nil
    }
    let output = point.outputThroughput.value
    perMillionInputTokens = per(1e6, point.totalThroughput.value - output, share)
    perMillionOutputTokens = per(1e6, output, 1 - share)
    perThousandRequests = per(1e3, point.completedRate.value, 1)
  }
}
