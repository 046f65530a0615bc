internal import CReferenceKernels

/// An instruction set that the kernels are compiled for. Results differ between sets in the last bits, never within one.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
  case portable
  /// AVX2 and FMA (x86-64-v3).
  case avx2
  /// AVX-512 F, BW, CD, DQ and VL (x86-64-v4).
  case avx512

  var code: rk_isa {
    switch self {
    case .portable: RK_ISA_PORTABLE
    case .avx2: RK_ISA_AVX2
    case .avx512: RK_ISA_AVX512
    }
  }

  /// Whether this processor has it.
  public var isAvailable: Bool { rk_isa_available(code) }

  /// Those that this processor has, slowest first.
  public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// The fastest that this processor has.
  public static var best: InstructionSet { available.last ?? .portable }
}
