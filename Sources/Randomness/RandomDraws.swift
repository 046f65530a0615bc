/// The random numbers of one item of a ``RandomStream``, in order.
///
/// Two 64-bit words a Philox block. The counter is [block, stream, item low, item high] and the key is the seed, so no
/// two items, streams or seeds ever share a block, and an item has 2³³ words.
public struct RandomDraws: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var second: UInt64?

  init(seed: UInt64, stream: UInt32, item: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    counter = SIMD4(0, stream, UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32))
  }

  public mutating func next() -> UInt64 {
    if let word = second {
      second = nil
      return word
    }
    let words = Philox.words(at: counter, key: key)
    counter.x &+= 1
    second = UInt64(words.z) | UInt64(words.w) << 32
    return UInt64(words.x) | UInt64(words.y) << 32
  }

  /// Uniform in [0, 1): a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Every whole number of the range equally often, both ends included, without the bias of a remainder (Lemire's
  /// multiplication with rejection).
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    // The span as an unsigned number cannot overflow; the number of values can, for the whole range of Int.
    let span = UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound))
    guard span < .max else { return Int(truncatingIfNeeded: next()) }
    let count = span + 1
    var product = next().multipliedFullWidth(by: count)
    if product.low < count {
      let rejected = (0 &- count) % count
      while product.low < rejected { product = next().multipliedFullWidth(by: count) }
    }
    return Int(truncatingIfNeeded: UInt64(bitPattern: Int64(range.lowerBound)) &+ product.high)
  }
}
