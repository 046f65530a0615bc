import Quantities

extension DeviceSpec {
  /// A figure of the datasheet that others are shares of.
  public enum Figure: Hashable, Sendable {
    case memoryBandwidth
    case bf16
    case fp8
    case linkBandwidth
    case l2Cache
  }

  /// The figure in its base unit; nil where the device has none.
  public subscript(figure: Figure) -> Double? {
    switch figure {
    case .memoryBandwidth: memoryBandwidth.value
    case .bf16: bf16.value
    case .fp8: fp8?.value
    case .linkBandwidth: linkBandwidth.value
    case .l2Cache: l2Cache.value
    }
  }

  /// The coefficients of the `device` section of a profile file that every device has.
  static let coefficients: [Coefficient<DeviceSpec>] = [
    .init("bf16", \.bf16, "peak of dense 16-bit matrices"),
    .init("visible_memory", \.visibleMemory, "what CUDA reports", measure: .memory),
    .init("memory_bandwidth", \.memoryBandwidth, "peak"),
    .init("link_bandwidth", \.linkBandwidth, "NVLink, one direction"),
    .init("l2_cache", \.l2Cache, "size"),
  ]
}
