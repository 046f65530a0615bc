public import Quantities

/// A GPU as its datasheet has it: dense tensor-core peaks, memory, links. Or a processor as it was measured, see ``Architecture/cpu``.
public struct DeviceSpec: Hashable, Sendable, Codable {
  public var name: String
  public var architecture: Architecture
  public var bf16: FLOPsPerSecond
  /// nil where the tensor cores have no FP8.
  public var fp8: FLOPsPerSecond?
  /// Peak of a processor's vector units, all threads together; nil of a GPU.
  public var fp32: FLOPsPerSecond?
  /// Memory that CUDA reports, which is what `gpu_memory_utilization` multiplies; a little below the nominal size.
  public var visibleMemory: Bytes
  public var memoryBandwidth: BytesPerSecond
  /// NVLink, one direction.
  public var linkBandwidth: BytesPerSecond
  /// Of a processor: threads that kernels run on.
  public var streamingMultiprocessors: Int
  /// Of a processor: the last-level cache.
  public var l2Cache: Bytes

  /// The generation of the chip, which decides on tile shapes and on the attention kernel.
  public enum Architecture: String, Hashable, Sendable, Codable, CaseIterable {
    /// FlashAttention 2.
    case ampere
    /// FlashAttention 3.
    case hopper
    /// No formula of its own: computed as Hopper.
    case blackwell
    /// A processor: this package's own FP32 kernels, measured where they ran. Has no 16-bit peak and no link (both 0).
    case cpu

    public var isProcessor: Bool { self == .cpu }
  }

  public init(
    name: String, architecture: Architecture, bf16: FLOPsPerSecond, fp8: FLOPsPerSecond?,
    fp32: FLOPsPerSecond? = nil, visibleMemory: Bytes,
    memoryBandwidth: BytesPerSecond,
    linkBandwidth: BytesPerSecond, streamingMultiprocessors: Int, l2Cache: Bytes
  ) {
    self.name = name
    self.architecture = architecture
    self.bf16 = bf16
    self.fp8 = fp8
    self.fp32 = fp32
    self.visibleMemory = visibleMemory
    self.memoryBandwidth = memoryBandwidth
    self.linkBandwidth = linkBandwidth
    self.streamingMultiprocessors = streamingMultiprocessors
    self.l2Cache = l2Cache
  }
}

extension DeviceSpec {
  private static let gib = 1_073_741_824.0

  /// NVIDIA data sheets (dense rates; the sheets print twice these, with sparsity). Visible memory from public error reports
  /// and logged block counts.
  public static let catalogue: [DeviceSpec] = [
    DeviceSpec(
      name: "H100-SXM-80GB", architecture: .hopper, bf16: 989e12, fp8: 1979e12,
      visibleMemory: Bytes(79.19 * gib),
      memoryBandwidth: 3350e9,
      linkBandwidth: 450e9, streamingMultiprocessors: 132, l2Cache: 50e6),
    DeviceSpec(
      name: "H200-SXM-141GB", architecture: .hopper, bf16: 989e12, fp8: 1979e12,
      visibleMemory: Bytes(139.7 * gib),
      memoryBandwidth: 4800e9,
      linkBandwidth: 450e9, streamingMultiprocessors: 132, l2Cache: 50e6),
    DeviceSpec(
      name: "H100-PCIe-80GB", architecture: .hopper, bf16: 756e12, fp8: 1513e12,
      visibleMemory: Bytes(79.19 * gib),
      memoryBandwidth: 2000e9,
      linkBandwidth: 64e9, streamingMultiprocessors: 114, l2Cache: 50e6),
    DeviceSpec(
      name: "A100-SXM-80GB", architecture: .ampere, bf16: 312e12, fp8: nil, visibleMemory: Bytes(79.14 * gib),
      memoryBandwidth: 2039e9,
      linkBandwidth: 300e9, streamingMultiprocessors: 108, l2Cache: 40e6),
    DeviceSpec(
      name: "A100-SXM-40GB", architecture: .ampere, bf16: 312e12, fp8: nil, visibleMemory: Bytes(39.39 * gib),
      memoryBandwidth: 1555e9,
      linkBandwidth: 300e9, streamingMultiprocessors: 108, l2Cache: 40e6),
    DeviceSpec(
      name: "B200-SXM-180GB", architecture: .blackwell, bf16: 2250e12, fp8: 4500e12,
      visibleMemory: Bytes(178.35 * gib),
      memoryBandwidth: 7700e9, linkBandwidth: 900e9, streamingMultiprocessors: 148, l2Cache: 126e6),
  ]
}

extension DeviceSpec {
  /// The name of a device that was probably meant by an unknown one, or nil.
  public static func name(meantBy name: String, among names: [String]) -> String? {
    // "H100" is how people say it; the spelling distance to the full name is large.
    let short = names.first { !name.isEmpty && $0.lowercased().hasPrefix(name.lowercased()) }
    return short ?? nearestName(to: name, among: names)
  }
}
