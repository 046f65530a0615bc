/// Electric power of one GPU from what it does, in watts.
///
/// power = idle + (limit − idle) · min(1, active · busy + tensor · tensor-core use + memory · HBM use)
///
/// `busy` is the share of time in which kernels run, the other two are counted work ÷ the datasheet's peak. The three weights are set by
/// hand so that published measurements come out: an H100 that serves models of 1 to 8 billion parameters at batch 1 draws 267 W, one that
/// is full of prompts up to 680 W; an H200 at batch 128 draws 517 W (Serial Alice, vLLM runs on H100, H200 and B200, June 2026). They are
/// not a fit, and the model leaves out clocks, temperature and the spread between cards: expect ±25 %. Processors, fans, network and the
/// data centre's own share (PUE) are not in it.
public struct PowerModel: Hashable, Sendable, Codable {
  /// With a model loaded and nothing to do.
  public var idle: Double
  /// The board's limit (TDP).
  public var limit: Double

  /// Of the range between the two, in shares: for a kernel that runs at all, for the tensor cores' peak and for HBM's peak.
  public static let activeWeight = 0.15
  public static let tensorWeight = 1.0
  public static let memoryWeight = 0.45
  /// Of a figure, as a share.
  public static let uncertainty = 0.25

  public init(idle: Double, limit: Double) {
    self.idle = idle
    self.limit = limit
  }

  /// Limits are those of the data sheets. Idle: 80 W measured on an H200 (Serial Alice, 2026; 74 W in ConserveMode's study of 31 regions),
  /// taken for the other Hopper boards too; A100 and B200 in the same proportion to their limits. nil for a processor.
  ///
  /// - Parameter device: a name of `DeviceSpec.catalogue`.
  public static func board(of device: String) -> PowerModel? {
    switch device {
    case "A100-SXM-40GB", "A100-SXM-80GB": PowerModel(idle: 46, limit: 400)
    case "H100-PCIe-80GB": PowerModel(idle: 40, limit: 350)
    case "H100-SXM-80GB", "H200-SXM-141GB": PowerModel(idle: 80, limit: 700)
    case "B200-SXM-180GB": PowerModel(idle: 114, limit: 1000)
    default: nil
    }
  }

  /// Watts, averaged over a time.
  ///
  /// Arguments are shares of that time or of the peak, 0 ... 1.
  public func power(busyShare: Double, tensorShare: Double, memoryShare: Double) -> Double {
    let load =
      Self.activeWeight * busyShare + Self.tensorWeight * tensorShare + Self.memoryWeight * memoryShare
    return idle + (limit - idle) * min(1, max(0, load))
  }
}
