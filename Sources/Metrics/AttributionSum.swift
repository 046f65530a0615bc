import Quantities

/// The parts of many times to first token, each summed up as by ``CompensatedSum``.
struct AttributionSum: Sendable {
  private var count = 0
  // The five parts beside each other, three places unused: one vector operation serves several of them.
  private var sums = SIMD8<Double>.zero
  private var corrections = SIMD8<Double>.zero

  mutating func add(_ parts: TTFTAttribution) {
    count += 1
    let x = SIMD8(
      parts.frontEnd.value, parts.queue.value, parts.ownPrefill.value, parts.preemption.value,
      parts.interference.value, 0, 0, 0)
    let next = sums + x
    let added = next - sums
    corrections += (sums - (next - added)) + (x - added)
    sums = next
  }

  mutating func merge(_ other: AttributionSum) {
    count += other.count
    let x = other.sums + other.corrections
    let next = sums + x
    let added = next - sums
    corrections += (sums - (next - added)) + (x - added)
    sums = next
  }

  /// nil if there are none.
  var mean: TTFTAttribution? {
    guard count > 0 else { return nil }
    let means = (sums + corrections) / Double(count)
    return TTFTAttribution(
      frontEnd: Seconds(means[0]), queue: Seconds(means[1]), ownPrefill: Seconds(means[2]),
      preemption: Seconds(means[3]), interference: Seconds(means[4]))
  }
}
