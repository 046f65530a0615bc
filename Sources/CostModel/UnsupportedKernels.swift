public import Hardware
public import Models

/// A deployment asks for kernels that its device's profile does not have.
public struct UnsupportedKernels: Error, Hashable, Sendable, CustomStringConvertible {
  /// One line a problem, with what is allowed.
  public let description: String

  /// - Returns: nil if the device has all kernels that are needed.
  public init?(device: DeviceProfile, weights: Precision, keyValues: Precision, tensorParallelSize: Int) {
    let name = device.spec.name
    let problems =
      device.spec.architecture.isProcessor
      ? Self.problems(ofProcessor: name, weights, keyValues, tensorParallelSize)
      : Self.problems(device, name, weights, keyValues)
    guard !problems.isEmpty else { return nil }
    description = problems.joined(separator: "\n")
  }

  private static func problems(
    _ device: DeviceProfile, _ name: String, _ weights: Precision, _ keyValues: Precision
  ) -> [String] {
    var problems: [String] = []
    if weights == .float32 || keyValues == .float32 {
      problems.append(
        "\(name) has no calibrated kernels in FP32; allowed for dtype are bfloat16, float16")
    }
    if weights == .fp8, device.gemm8 == nil {
      problems.append(
        "\(name) has no calibrated FP8 GEMM; allowed are 16-bit weights (no quantization, no FP8 checkpoint)")
    }
    if keyValues == .fp8, device.prefill8 == nil || device.decode8 == nil {
      problems.append(
        "\(name) has no calibrated attention over an FP8 KV cache; allowed for kv_cache_dtype are auto, bfloat16, float16"
      )
    }
    return problems
  }

  private static func problems(
    ofProcessor name: String, _ weights: Precision, _ keyValues: Precision, _ tensorParallelSize: Int
  ) -> [String] {
    var problems: [String] = []
    if weights != .float32 {
      problems.append(
        "\(name) is a processor, whose kernels are FP32; found weights in \(weights.rawValue), allowed for dtype is float32"
      )
    }
    if keyValues != .float32 {
      problems.append(
        "\(name) is a processor, whose kernels are FP32; found a KV cache in \(keyValues.rawValue), allowed for kv_cache_dtype is auto"
      )
    }
    if tensorParallelSize > 1 {
      problems.append(
        "\(name) is a processor; found tensor_parallel_size \(tensorParallelSize), allowed is 1")
    }
    return problems
  }
}
