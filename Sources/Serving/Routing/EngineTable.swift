import Metrics

/// The engines of a fleet, in places that do not move: an engine is too large to be copied and is changed where it is.
struct EngineTable<Observer: RunObserver>: ~Copyable {
  typealias Engine = JumpEngine<Observer, Inbox>

  private(set) var count = 0
  private let base: UnsafeMutablePointer<Engine>

  init(capacity: Int) { base = .allocate(capacity: capacity) }

  /// - Precondition: there are fewer than the capacity.
  mutating func append(_ engine: consuming Engine) {
    (base + count).initialize(to: engine)
    count += 1
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  var indices: Range<Int> { 0..<count }

  subscript(i: Int) -> Engine {
    unsafeAddress {
      precondition(i >= 0 && i < count)
      return UnsafePointer(base + i)
    }
    unsafeMutableAddress {
      precondition(i >= 0 && i < count)
      return base + i
    }
  }
}
