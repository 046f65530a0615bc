public import Hardware

/// The shapes that a kernel's formula is fitted to and answers for.
public struct KernelDomain: Sendable {
  /// As the profile states it: "head size up to 256".
  public let text: String
  private let test: @Sendable (KernelShape) -> Bool

  public func contains(_ shape: KernelShape) -> Bool { test(shape) }

  public init(of kernel: KernelName) {
    switch kernel {
    case .gemm16, .gemm8:
      text = "n, k ≥ 128"
      test = { if case .gemm(_, let n, let k) = $0 { n >= 128 && k >= 128 } else { false } }
    case .prefill16, .prefill8:
      text = "head size up to 256"
      test = { if case .prefill(_, _, _, _, _, let headDim) = $0 { headDim <= 256 } else { false } }
    case .decode16, .decode8:
      text = "head size up to 256"
      test = { if case .decode(_, _, _, _, let headDim) = $0 { headDim <= 256 } else { false } }
    case .gemm32:
      text = "n, k ≥ 128"
      test = { if case .processorGEMM(_, let n, let k, _) = $0 { n >= 128 && k >= 128 } else { false } }
    case .prefill32, .decode32, .elementwise, .elementwise32:
      text = "all shapes"
      test = { _ in true }
    case .allReduce:
      text = "2, 4 and 8 GPUs; vLLM's kernels under a CUDA graph up to 8 MiB, NCCL above"
      test = { if case .allReduce(_, let devices) = $0 { [2, 4, 8].contains(devices) } else { false } }
    }
  }
}
