import Foundation
public import Quantities

/// What one kernel launch does and takes.
public struct KernelCost: Hashable, Sendable, Codable {
  /// Counted from the shapes; useful work only, no padding.
  public var flops: FLOPs
  /// Least traffic with device memory: operands read once, results written once.
  public var bytes: Bytes
  public var time: Seconds
  public var bound: Bound

  /// The resource that sets the time.
  public enum Bound: String, Hashable, Sendable, Codable, CaseIterable {
    case compute
    case memory
    /// Launch and synchronisation: neither arithmetic nor traffic explains the time.
    case latency
    case link
  }

  public init(flops: FLOPs, bytes: Bytes, time: Seconds, bound: Bound) {
    self.flops = flops
    self.bytes = bytes
    self.time = time
    self.bound = bound
  }

  init(_ work: KernelWork, time: Seconds, bound: Bound) {
    self.init(flops: work.flops, bytes: work.bytes, time: time, bound: bound)
  }
}

/// (aᵖ + bᵖ)^(1/p): the larger of two times, rounded off where they are close.
func joined(_ a: Double, _ b: Double, _ p: Double) -> Double {
  // Scaled by the larger, so that microseconds to the fifth power keep their digits.
  let high = max(a, b)
  guard high > 0 else { return 0 }
  let ratio = min(a, b) / high
  return high * pow(1 + pow(ratio, p), 1 / p)
}

/// Share of a kernel of length `t` that runs power-throttled, with onset `t0`: 1 / (1 + (t0/t)^1.5).
func throttleShare(_ t: Double, onset t0: Double) -> Double {
  guard t > 0 else { return 0 }
  let x = t0 / t
  return 1 / (1 + x * x.squareRoot())
}
