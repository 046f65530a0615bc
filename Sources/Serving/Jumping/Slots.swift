/// A growing table of plain values, whose elements are read and written in place.
///
/// The engine's loop goes through these some twenty times a request. With an array each access would check bounds and ownership, and
/// read the whole of a large element where one field is wanted.
struct Slots<Element: BitwiseCopyable>: ~Copyable {
  private(set) var count = 0
  private var capacity: Int
  private var base: UnsafeMutablePointer<Element>

  init(capacity: Int = 64) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  init(repeating element: Element, count: Int) {
    self.init(capacity: count)
    base.initialize(repeating: element, count: count)
    self.count = count
  }

  deinit { base.deallocate() }

  /// - Precondition: `i` is below `count`; checked in debug builds only.
  subscript(i: Int) -> Element {
    @inline(__always) unsafeAddress {
      assert(i >= 0 && i < count)
      return UnsafePointer(base + i)
    }
    @inline(__always) unsafeMutableAddress {
      assert(i >= 0 && i < count)
      return base + i
    }
  }

  subscript(slot: Int32) -> Element {
    @inline(__always) unsafeAddress { UnsafePointer(base + Int(slot)) }
    @inline(__always) unsafeMutableAddress { base + Int(slot) }
  }

  var isEmpty: Bool { count == 0 }
  var indices: Range<Int> { 0..<count }

  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    (base + count).initialize(to: element)
    count += 1
  }

  /// Puts an element in a place that is free, or at the end.
  ///
  /// - Returns: its place.
  mutating func insert(_ element: Element, reusing free: inout Slots<Int32>) -> Int32 {
    guard let place = free.popLast() else {
      append(element)
      return Int32(count - 1)
    }
    self[place] = element
    return place
  }

  @inline(never) private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }

  /// Removes one element; the later ones move down.
  mutating func remove(at i: Int) -> Element {
    assert(i >= 0 && i < count)
    let removed = base[i]
    (base + i).update(from: base + i + 1, count: count - i - 1)
    count -= 1
    return removed
  }

  mutating func removeLast(_ n: Int) { count -= n }

  mutating func popLast() -> Element? {
    guard count > 0 else { return nil }
    count -= 1
    return base[count]
  }

  mutating func removeAll() { count = 0 }

  mutating func removeAll(where condition: (Element) -> Bool) {
    var kept = 0
    for i in 0..<count where !condition(base[i]) {
      base[kept] = base[i]
      kept += 1
    }
    count = kept
  }

  /// The first element for which a condition holds that holds for all later ones as well, searched from the front: O(log position).
  @inline(__always) func lowerBound(where condition: (Element) -> Bool) -> Int {
    var (low, step) = (0, 1)
    while low + step <= count, !condition(base[low + step - 1]) {
      low += step
      step *= 2
    }
    var high = min(count, low + step)
    while low < high {
      let middle = (low + high) / 2
      if condition(base[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
