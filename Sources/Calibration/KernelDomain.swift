public import Hardware

/// The shapes that a kernel's formula is fitted to and answers for.
public struct KernelDomain: Sendable {
  /// As the profile states it: "n, k ≥ 512".
  public let text: String
  private let test: @Sendable (KernelShape) -> Bool

  public func contains(_ shape: KernelShape) -> Bool { test(shape) }

  public init(of kernel: KernelName) {
    switch kernel {
    case .gemm16, .gemm8:
      text = "n, k ≥ 512"
      test = { if case .gemm(_, let n, let k) = $0 { n >= 512 && k >= 512 } else { false } }
    case .prefill16, .prefill8:
      text = "head size 128"
      test = { if case .prefill(_, _, _, _, _, 128) = $0 { true } else { false } }
    case .decode16, .decode8:
      text = "head size 128, more than 80 MB of KV"
      let bytes = kernel == .decode16 ? 4 : 2
      test = {
        guard case .decode(let batch, let context, _, let heads, 128) = $0 else { return false }
        return bytes * batch * context * heads * 128 > 80_000_000
      }
    case .allReduce:
      text = "2, 4 and 8 GPUs; vLLM's kernels under a CUDA graph up to 8 MiB, NCCL above"
      test = { if case .allReduce(_, let devices) = $0 { [2, 4, 8].contains(devices) } else { false } }
    }
  }
}
