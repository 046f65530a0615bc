import CostModel
import Metrics
import Quantities

/// A batch in flight, as far as its end concerns anybody.
struct Flight: ~Copyable {
  var step = StepRecord(
    composed: .zero, start: .zero, end: .zero, prefillTokens: 0, decodeTokens: 0, running: 0, waiting: 0,
    usedBlocks: 0, preemptions: 0)
  var time = StepTime()
  /// Output tokens that it delivers, and those of them that follow a token of the step before.
  var tokens = 0
  var consecutive = 0
  /// Of requests for which this token is more than one of many, in order of the batch.
  var deliveries = Slots<Delivery>()

  struct Delivery: BitwiseCopyable, Sendable {
    let slot: Int32
    /// Tokens of the step that the API server sends before this one.
    let position: Int
    let isFirst: Bool
    let isLast: Bool
    /// Seconds since the token before, if that was not of the step before; NaN otherwise.
    let gap: Double
  }

  /// Puts a delivery in its place; nearly always that is the end.
  mutating func add(_ delivery: Delivery) {
    deliveries.append(delivery)
    var i = deliveries.count - 1
    while i > 0, deliveries[i - 1].position > delivery.position {
      (deliveries[i], deliveries[i - 1]) = (deliveries[i - 1], delivery)
      i -= 1
    }
  }
}

/// The batches in flight, of which there are two at most, by number of their step.
struct Flights: ~Copyable {
  private let base = UnsafeMutablePointer<Flight>.allocate(capacity: 2)

  init() {
    base.initialize(to: Flight())
    (base + 1).initialize(to: Flight())
  }

  deinit {
    base.deinitialize(count: 2)
    base.deallocate()
  }

  subscript(step: Int) -> Flight {
    @inline(__always) unsafeAddress { UnsafePointer(base + (step & 1)) }
    @inline(__always) unsafeMutableAddress { base + (step & 1) }
  }
}
