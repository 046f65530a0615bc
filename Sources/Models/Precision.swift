public import Quantities

/// How a weight, an activation or a KV element is stored.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  case float32
  case bfloat16
  case float16
  /// E4M3 with scales; the scales' own bytes are neglected.
  case fp8

  public var bytes: Bytes {
    switch self {
    case .float32: 4
    case .bfloat16, .float16: 2
    case .fp8: 1
    }
  }
}
