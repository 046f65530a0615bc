/// Philox4x32 with ten rounds: a keyed bijection of 128-bit counters whose outputs pass as independent random words.
///
/// There is no state to advance: the words at a counter can be asked for in any order, by any thread.
/// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
  /// Round multipliers and the steps by which the key changes between rounds, as the paper gives them.
  private static let multipliers: (UInt32, UInt32) = (0xD251_1F53, 0xCD9E_8D57)
  private static let keySteps: (UInt32, UInt32) = (0x9E37_79B9, 0xBB67_AE85)

  /// The four random words at a counter.
  public static func words(at counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x0, x1, x2, x3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let a = UInt64(multipliers.0) * UInt64(x0)
      let b = UInt64(multipliers.1) * UInt64(x2)
      (x0, x1, x2, x3) = (
        UInt32(truncatingIfNeeded: b >> 32) ^ x1 ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x3 ^ k1, UInt32(truncatingIfNeeded: a)
      )
      k0 &+= keySteps.0
      k1 &+= keySteps.1
    }
    return SIMD4(x0, x1, x2, x3)
  }
}
