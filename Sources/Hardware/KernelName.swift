/// The kernels that are fitted to tables, by their section of a profile file.
public enum KernelName: String, Hashable, Sendable, Codable, CaseIterable {
  case gemm16 = "gemm_bf16"
  case gemm8 = "gemm_fp8"
  case prefill16 = "attention_prefill_bf16"
  case prefill8 = "attention_prefill_fp8"
  case decode16 = "attention_decode_bf16"
  case decode8 = "attention_decode_fp8"
  case allReduce = "all_reduce"

  /// The same kernel as a person calls it.
  public var title: String {
    switch self {
    case .gemm16: "GEMM with 16-bit operands"
    case .gemm8: "GEMM with FP8 operands, quantisation of the activations included"
    case .prefill16: "prefill attention, 16-bit KV cache"
    case .prefill8: "prefill attention, FP8 KV cache"
    case .decode16: "decode attention, 16-bit KV cache"
    case .decode8: "decode attention, FP8 KV cache"
    case .allReduce: "all-reduce over NVLink"
    }
  }
}

extension DeviceProfile {
  /// Where a kernel's coefficients come from; nil if the profile has no such kernel.
  public func fit(of kernel: KernelName) -> Fit? {
    switch kernel {
    case .gemm16: gemm16.fit
    case .gemm8: gemm8?.fit
    case .prefill16: prefill16.fit
    case .prefill8: prefill8?.fit
    case .decode16: decode16.fit
    case .decode8: decode8?.fit
    case .allReduce: allReduce.fit
    }
  }

  /// Replaces where a kernel's coefficients come from, if the profile has the kernel.
  public mutating func setFit(_ fit: Fit, of kernel: KernelName) {
    switch kernel {
    case .gemm16: gemm16.fit = fit
    case .gemm8: gemm8?.fit = fit
    case .prefill16: prefill16.fit = fit
    case .prefill8: prefill8?.fit = fit
    case .decode16: decode16.fit = fit
    case .decode8: decode8?.fit = fit
    case .allReduce: allReduce.fit = fit
    }
  }

  /// Takes one kernel's coefficients from another profile of the same device.
  public mutating func take(_ kernel: KernelName, from other: DeviceProfile) {
    switch kernel {
    case .gemm16: gemm16 = other.gemm16
    case .gemm8: gemm8 = other.gemm8
    case .prefill16: prefill16 = other.prefill16
    case .prefill8: prefill8 = other.prefill8
    case .decode16: decode16 = other.decode16
    case .decode8: decode8 = other.decode8
    case .allReduce: allReduce = other.allReduce
    }
  }
}
