/// The vLLM releases whose rules differ in what a simulation can see (V1 engine).
public enum VLLMRelease: String, Hashable, Sendable, Codable, CaseIterable {
  case v0_11 = "0.11"
  case v0_15 = "0.15"
  case v0_23 = "0.23"

  public var defaultGPUMemoryUtilization: Double { self == .v0_23 ? 0.92 : 0.90 }
  /// On by default since 0.14.
  public var asyncSchedulingByDefault: Bool { self != .v0_11 }
  /// `scheduler_reserve_full_isl`, by 0.19.1.
  public var reservesFullInputByDefault: Bool { self == .v0_23 }
  /// Since 0.21 the memory of CUDA graphs is deducted before the KV cache is sized.
  public var deductsGraphMemory: Bool { self == .v0_23 }
}
