import Quantities

extension DeviceSpec {
  /// A figure of the datasheet that others are shares of.
  public enum Figure: Hashable, Sendable {
    case memoryBandwidth
    case bf16
    case fp8
    case fp32
    case linkBandwidth
    case l2Cache
  }

  /// The figure in its base unit; nil where the device has none.
  public subscript(figure: Figure) -> Double? {
    switch figure {
    case .memoryBandwidth: memoryBandwidth.value
    case .bf16: bf16.value
    case .fp8: fp8?.value
    case .fp32: fp32?.value
    case .linkBandwidth: linkBandwidth.value
    case .l2Cache: l2Cache.value
    }
  }

  /// The coefficients of the `device` section of a profile file that every device of a kind has, in its order.
  static func coefficients(of architecture: Architecture) -> [Coefficient<DeviceSpec>] {
    architecture.isProcessor ? processor : gpu
  }

  private static let gpu: [Coefficient<DeviceSpec>] = [
    .init("bf16", \.bf16, "peak of dense 16-bit matrices"),
    .init("visible_memory", \.visibleMemory, "what CUDA reports", measure: .memory),
    .init("memory_bandwidth", \.memoryBandwidth, "peak"),
    .init("link_bandwidth", \.linkBandwidth, "NVLink, one direction"),
    .init("l2_cache", \.l2Cache, "size"),
  ]

  private static let processor: [Coefficient<DeviceSpec>] = [
    .init("fp32", \.vectorPeak, "measured peak of the vector units, all threads"),
    .init("visible_memory", \.visibleMemory, "installed", measure: .memory),
    .init("memory_bandwidth", \.memoryBandwidth, "measured, reading on all threads"),
    .init("l2_cache", \.l2Cache, "last-level cache"),
  ]

  private var vectorPeak: FLOPsPerSecond {
    get { fp32 ?? 0 }
    set { fp32 = newValue }
  }

  /// Key of the number of multiprocessors, or of a processor's threads.
  static func unitsKey(of architecture: Architecture) -> String {
    architecture.isProcessor ? "threads" : "streaming_multiprocessors"
  }

  /// Keys of the `device` section.
  static func keys(of architecture: Architecture) -> [String] {
    let figures = coefficients(of: architecture).map(\.name)
    return ["name", "architecture", figures[0]] + (architecture.isProcessor ? [] : ["fp8"])
      + figures.dropFirst() + [unitsKey(of: architecture)]
  }

  /// Of devices of any kind.
  static let allKeys = keys(of: .hopper) + keys(of: .cpu).filter { !keys(of: .hopper).contains($0) }
}
