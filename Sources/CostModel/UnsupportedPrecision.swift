public import Hardware
public import Models

/// A deployment asks for FP8 kernels that its device's profile does not have.
public struct UnsupportedPrecision: Error, Hashable, Sendable, CustomStringConvertible {
  /// One line a problem, with what is allowed.
  public let description: String

  /// - Returns: nil if the device has all kernels that are needed.
  public init?(device: DeviceProfile, weights: Precision, keyValues: Precision) {
    var problems: [String] = []
    let name = device.spec.name
    if weights == .fp8, device.gemm8 == nil {
      problems.append(
        "\(name) has no calibrated FP8 GEMM; allowed are 16-bit weights (no quantization, no FP8 checkpoint)")
    }
    if keyValues == .fp8, device.prefill8 == nil || device.decode8 == nil {
      problems.append(
        "\(name) has no calibrated attention over an FP8 KV cache; allowed for kv_cache_dtype are auto, bfloat16, float16"
      )
    }
    guard !problems.isEmpty else { return nil }
    description = problems.joined(separator: "\n")
  }
}
