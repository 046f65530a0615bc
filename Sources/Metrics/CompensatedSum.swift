/// A running sum whose rounding error does not grow with the number of terms (Neumaier's and Knuth's variant of Kahan summation).
///
/// Plain summation of a million latencies loses six digits in the worst case, and in a way that depends on their order;
/// this one stays within a few units in the last place of the true sum.
struct CompensatedSum: Sendable {
  private var sum = 0.0
  private var correction = 0.0

  var value: Double { sum + correction }

  mutating func add(_ x: Double) {
    // The error of the addition, exactly (Knuth's TwoSum): no branch on which of the two is larger.
    let next = sum + x
    let added = next - sum
    correction += (sum - (next - added)) + (x - added)
    sum = next
  }

  /// Adds `count` times `x`. The product's own rounding error is recovered with a fused multiply-add and added too.
  mutating func add(_ x: Double, times count: Int) {
    guard count != 1 else { return add(x) }
    let n = Double(count)
    let product = x * n
    add(product)
    add((-product).addingProduct(x, n))
  }
}

/// A sum of very many terms at the price of plain additions: their error is caught every few hundred terms.
///
/// With `settle` called every n terms the relative error of a sum of positive terms is at most n · 2⁻⁵³, however many there are.
@usableFromInline struct BlockSum: Sendable {
  @usableFromInline var block = 0.0
  private var settled = CompensatedSum()

  init() {}

  var value: Double {
    var sum = settled
    sum.add(block)
    return sum.value
  }

  @inlinable @inline(__always) mutating func add(_ x: Double) { block += x }

  mutating func settle() {
    settled.add(block)
    block = 0
  }
}
