/// A running sum whose rounding error does not grow with the number of terms (Neumaier's variant of Kahan summation).
///
/// Plain summation of a million latencies loses six digits in the worst case, and in a way that depends on their order;
/// this one stays within a few units in the last place of the true sum.
struct CompensatedSum {
  private var sum = 0.0
  private var correction = 0.0

  var value: Double { sum + correction }

  mutating func add(_ x: Double) {
    let next = sum + x
    correction += sum.magnitude >= x.magnitude ? (sum - next) + x : (x - next) + sum
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
