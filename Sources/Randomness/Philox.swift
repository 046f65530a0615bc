/// Philox4x32-10, a counter-based generator: a fixed function from (key, counter) to 128 random bits.
///
/// J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Having no state, any draw can be made without
/// the draws before it.
@frozen public struct Philox: Sendable {
  private let key: SIMD2<UInt32>

  public init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (x, k) = (counter, key)
    for _ in 0..<10 {
      let a = UInt64(x[0]) * 0xD251_1F53
      let b = UInt64(x[2]) * 0xCD9E_8D57
      x = SIMD4(
        UInt32(truncatingIfNeeded: b >> 32) ^ x[1] ^ k[0], UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x[3] ^ k[1], UInt32(truncatingIfNeeded: a))
      k = SIMD2(k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85)
    }
    return x
  }
}
