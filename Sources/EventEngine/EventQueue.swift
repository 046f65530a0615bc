public import Quantities

/// Pending events and the clock. Knows nothing of what the events mean.
///
/// The order is total: by time, then by rank, then by payload. It does not depend on the order in which events were scheduled,
/// so a run is reproducible whatever produced its events.
@frozen public struct EventQueue: Sendable {
  @usableFromInline var heap = PackedHeap<UInt128>()
  /// Time of the last event taken; never decreases.
  public private(set) var now = Seconds.zero

  @inlinable public init() {}

  /// One thing that happens.
  @frozen public struct Event: Hashable, Sendable {
    public let time: Seconds
    /// Order among events of one time, lowest first.
    public let rank: UInt8
    /// What the event is about, 0 ..< 2⁵⁶; its meaning is the owner's.
    public let payload: Int

    @inlinable public init(time: Seconds, rank: UInt8, payload: Int) {
      self.time = time
      self.rank = rank
      self.payload = payload
    }
  }

  /// When the next event happens, or nil.
  public var nextTime: Seconds? { heap.first.map { Self.unpacked($0).time } }

  /// - Precondition: `time` is finite and not before ``now`` (INV-1).
  public mutating func schedule(at time: Seconds, rank: UInt8, payload: Int) {
    precondition(time >= now && time.value.isFinite, "INV-1: event at \(time) scheduled at \(now)")
    precondition(payload >= 0 && payload < 1 << 56, "payload \(payload) does not fit")
    // Bit patterns of non-negative doubles are ordered like the numbers.
    let low = UInt64(rank) << 56 | UInt64(payload)
    heap.push(UInt128(time.value.bitPattern) << 64 | UInt128(low))
  }

  /// Takes the next event and advances the clock to it.
  public mutating func next() -> Event? {
    guard let key = heap.pop() else { return nil }
    let event = Self.unpacked(key)
    now = event.time
    return event
  }

  private static func unpacked(_ key: UInt128) -> Event {
    let low = UInt64(truncatingIfNeeded: key)
    return Event(
      time: Seconds(Double(bitPattern: UInt64(truncatingIfNeeded: key >> 64))), rank: UInt8(low >> 56),
      payload: Int(low & (1 << 56 - 1)))
  }
}
