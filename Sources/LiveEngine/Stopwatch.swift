import Foundation
import Quantities

/// Time from one kernel's end to the next one's, by the system's monotonic clock.
struct Stopwatch {
  private var last: UInt64 = 0

  mutating func start() { last = Self.nanoseconds }

  /// Since the last call of this or of ``start()``.
  mutating func lap() -> Seconds {
    let now = Self.nanoseconds
    defer { last = now }
    return Seconds(Double(now - last) * 1e-9)
  }

  /// Since some fixed point. A call takes some 25 ns.
  static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
