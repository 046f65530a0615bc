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
  /// Captured batch sizes lie 16 apart from 256 on; 8 before.
  public var wideCaptureSteps: Bool { self != .v0_11 }
  /// Whether a step whose survivors pad to another size than its tokens runs the later layers without graphs: since the
  /// SwiftKV plugin's port to 0.14. Before, each half took the graph of its own size.
  public var survivorsNeedStepSize: Bool { self != .v0_11 }
}
