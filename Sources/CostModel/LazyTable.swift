import Synchronization

/// Values of a pure function of 0, 1, 2 …, kept once they were computed.
///
/// Any number of threads read and fill it at once, without locks: a value stands at a place of its own, is published by one atomic
/// pointer, and never changes or moves afterwards. Which thread computed a value does not matter, as it follows from its key
/// alone. Memory is taken for what is touched only.
final class LazyTable<Value: ~Copyable>: @unchecked Sendable {
  private typealias Slot = Atomic<UnsafeMutablePointer<Value>?>
  private typealias Page = Atomic<UnsafeMutablePointer<Slot>?>

  /// Keys of a page, a power of two, and pages: 262,144 keys, more than a step has tokens. Beyond, nothing is kept.
  private static var pageSize: Int { 256 }
  private static var pageCount: Int { 1024 }

  private let pages: UnsafeMutablePointer<Page>

  init() {
    pages = .allocate(capacity: Self.pageCount)
    for i in 0..<Self.pageCount { (pages + i).initialize(to: Page(nil)) }
  }

  deinit {
    for i in 0..<Self.pageCount {
      guard let page = pages[i].load(ordering: .acquiring) else { continue }
      for j in 0..<Self.pageSize {
        guard let value = page[j].load(ordering: .acquiring) else { continue }
        value.deinitialize(count: 1)
        value.deallocate()
      }
      page.deinitialize(count: Self.pageSize)
      page.deallocate()
    }
    pages.deinitialize(count: Self.pageCount)
    pages.deallocate()
  }

  /// What is kept for a key that is not negative: at its place until the table ends.
  @inline(__always) subscript(key: Int) -> UnsafePointer<Value>? {
    guard key < Self.pageSize * Self.pageCount,
      let page = pages[key / Self.pageSize].load(ordering: .acquiring),
      let value = page[key % Self.pageSize].load(ordering: .acquiring)
    else { return nil }
    return UnsafePointer(value)
  }

  /// Keeps a value, unless one is there already.
  ///
  /// - Returns: the place of what is kept; nil for a key beyond the table.
  @discardableResult
  func keep(_ value: consuming Value, for key: Int) -> UnsafePointer<Value>? {
    guard key < Self.pageSize * Self.pageCount else { return nil }
    let page = page(key / Self.pageSize)
    let made = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    made.initialize(to: value)
    let (isOurs, found) = page[key % Self.pageSize].compareExchange(
      expected: nil, desired: made, ordering: .acquiringAndReleasing)
    if let found, !isOurs {
      made.deinitialize(count: 1)
      made.deallocate()
      return UnsafePointer(found)
    }
    return UnsafePointer(made)
  }

  private func page(_ index: Int) -> UnsafeMutablePointer<Slot> {
    if let page = pages[index].load(ordering: .acquiring) { return page }
    let made = UnsafeMutablePointer<Slot>.allocate(capacity: Self.pageSize)
    for i in 0..<Self.pageSize { (made + i).initialize(to: Slot(nil)) }
    let (isOurs, found) = pages[index].compareExchange(
      expected: nil, desired: made, ordering: .acquiringAndReleasing)
    if let found, !isOurs {
      made.deinitialize(count: Self.pageSize)
      made.deallocate()
      return found
    }
    return made
  }
}
