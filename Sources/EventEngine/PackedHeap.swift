/// A minimum heap of whole numbers, four children a node.
///
/// Whatever must be ordered is packed into one number, most significant first, so that comparing is one instruction and ties
/// are decided by the packing and never by the order of insertion. Push and pop take O(log n).
@frozen public struct PackedHeap<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  @usableFromInline var keys: [Key] = []

  @inlinable public init() {}

  @inlinable public var count: Int { keys.count }
  @inlinable public var isEmpty: Bool { keys.isEmpty }
  /// The smallest key.
  @inlinable public var first: Key? { keys.first }
  /// Every key, in no particular order.
  @inlinable public var unordered: [Key] { keys }

  @inlinable public mutating func push(_ key: Key) {
    var i = keys.count
    keys.append(key)
    var slots = keys.mutableSpan
    while i > 0 {
      let parent = (i &- 1) >> 2
      if key >= slots[parent] { break }
      slots[i] = slots[parent]
      i = parent
    }
    slots[i] = key
  }

  /// Removes and returns the smallest key.
  @inlinable public mutating func pop() -> Key? {
    guard let smallest = keys.first, let last = keys.popLast() else { return nil }
    if !keys.isEmpty { replaceFirst(with: last) }
    return smallest
  }

  @inlinable mutating func replaceFirst(with key: Key) {
    var slots = keys.mutableSpan
    let n = slots.count
    var i = 0
    while true {
      let child = (i << 2) &+ 1
      if child >= n { break }
      var least = child
      var other = child &+ 1
      while other < min(child &+ 4, n) {
        if slots[other] < slots[least] { least = other }
        other &+= 1
      }
      if slots[least] >= key { break }
      slots[i] = slots[least]
      i = least
    }
    slots[i] = key
  }
}
