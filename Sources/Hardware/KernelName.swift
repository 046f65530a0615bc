/// The kernels that are fitted to tables, by their section of a profile file.
public enum KernelName: String, Hashable, Sendable, Codable, CaseIterable {
  case gemm16 = "gemm_bf16"
  case gemm8 = "gemm_fp8"
  case prefill16 = "attention_prefill_bf16"
  case prefill8 = "attention_prefill_fp8"
  case decode16 = "attention_decode_bf16"
  case decode8 = "attention_decode_fp8"
  case allReduce = "all_reduce"
  case elementwise
  case gemm32 = "gemm_fp32"
  case prefill32 = "attention_prefill_fp32"
  case decode32 = "attention_decode_fp32"
  case elementwise32 = "elementwise_fp32"

  /// Whether processors have it; GPUs have the others.
  public var isOfProcessor: Bool {
    switch self {
    case .gemm16, .gemm8, .prefill16, .prefill8, .decode16, .decode8, .allReduce, .elementwise: false
    case .gemm32, .prefill32, .decode32, .elementwise32: true
    }
  }

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
    case .elementwise: "norms, rotary embedding, activation functions, cache writes"
    case .gemm32: "GEMM with FP32 operands on a processor"
    case .prefill32: "prefill attention, FP32 KV cache, on a processor"
    case .decode32: "decode attention, FP32 KV cache, on a processor"
    case .elementwise32: "norms, rotary embedding, activation functions, copies in FP32 on a processor"
    }
  }
}

extension DeviceProfile {
  /// Where a kernel's coefficients come from; nil if the profile has no such kernel.
  public func fit(of kernel: KernelName) -> Fit? {
    guard kernel.isOfProcessor == spec.architecture.isProcessor else { return nil }
    return switch kernel {
    case .gemm16: gemm16.fit
    case .gemm8: gemm8?.fit
    case .prefill16: prefill16.fit
    case .prefill8: prefill8?.fit
    case .decode16: decode16.fit
    case .decode8: decode8?.fit
    case .allReduce: allReduce.fit
    case .elementwise: elementwise.fit
    case .gemm32: gemm32?.fit
    case .prefill32: prefill32?.fit
    case .decode32: decode32?.fit
    case .elementwise32: elementwise32?.fit
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
    case .elementwise: elementwise.fit = fit
    case .gemm32: gemm32?.fit = fit
    case .prefill32: prefill32?.fit = fit
    case .decode32: decode32?.fit = fit
    case .elementwise32: elementwise32?.fit = fit
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
    case .elementwise: elementwise = other.elementwise
    case .gemm32: gemm32 = other.gemm32
    case .prefill32: prefill32 = other.prefill32
    case .decode32: decode32 = other.decode32
    case .elementwise32: elementwise32 = other.elementwise32
    }
  }
}
