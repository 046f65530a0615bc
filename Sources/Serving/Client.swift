import DequeModule
import EventEngine
import Quantities
import Workload

/// The load generator's side, over a stream that is read no further than it is needed: what a cap holds back stays in the stream.
///
/// Requests are released at their planned times and sent at once, or, with a cap, when fewer than that many are in flight; freed places
/// are taken in order of release.
struct Client {
  /// Requests in the whole stream, follow-ups included.
  let count: Int
  let maxConcurrency: Int
  private(set) var inFlight = 0
  private var stream: RequestStream
  private var next: Request?
  private var nextArrival = Double.infinity
  /// Later turns of conversations: planned ones by time and index, and released ones that wait for a place.
  private var planned = PackedHeap<UInt128>()
  private var followUps: [Int: Request] = [:]
  private var held: Deque<Request> = []

  init(_ stream: RequestStream, maxConcurrency: Int?) {
    count = stream.count
    self.maxConcurrency = maxConcurrency ?? .max
    self.stream = stream
    readNext()
    findNextRelease()
  }

  private mutating func readNext() {
    next = stream.next()
    nextArrival = next?.arrival.value ?? .infinity
  }

  var hasPlace: Bool { inFlight < maxConcurrency }

  /// Whether answers matter to what is sent later.
  var isCapped: Bool { maxConcurrency < .max }

  /// When a request is released that can be sent then.
  private(set) var nextRelease = Double.infinity

  private mutating func findNextRelease() {
    let turn = planned.first.map(Self.time) ?? .infinity
    nextRelease = hasPlace ? min(turn, nextArrival) : turn
  }

  /// A conversation goes on after its think time.
  mutating func plan(_ request: Request) {
    followUps[request.index] = request
    planned.push(UInt128(request.arrival.value.bitPattern) << 64 | UInt128(UInt64(request.index)))
    findNextRelease()
  }

  /// What is due at `time` can be sent from now on.
  mutating func release(at time: Double) {
    // Requests of the stream need no releasing: they are where they are until they are sent.
    while let key = planned.first, Self.time(key) <= time {
      _ = planned.pop()
      if let request = followUps.removeValue(forKey: Int(UInt64(truncatingIfNeeded: key))) {
        held.append(request)
      }
    }
    findNextRelease()
  }

  /// The next request to send at `time`, if the cap allows one.
  @inline(__always) mutating func nextToSend(at time: Double) -> Request? {
    guard hasPlace, nextArrival <= time || !held.isEmpty else { return nil }
    return takeNext(at: time)
  }

  private mutating func takeNext(at time: Double) -> Request? {
    inFlight += 1
    defer { findNextRelease() }
    guard nextArrival <= time, let request = next else { return held.popFirst() }
    if let turn = held.first, (turn.arrival, turn.index) < (request.arrival, request.index) {
      return held.popFirst()
    }
    readNext()
    return request
  }

  /// An answer is complete, or was refused.
  mutating func settle() {
    inFlight -= 1
    if isCapped { findNextRelease() }
  }

  /// Takes the next request that was never sent, in no particular order.
  mutating func nextUnsent() -> Request? {
    if let request = held.popFirst() { return request }
    if let (index, request) = followUps.first {
      followUps[index] = nil
      return request
    }
    defer { if next != nil { readNext() } }
    return next
  }

  private static func time(_ key: UInt128) -> Double {
    Double(bitPattern: UInt64(truncatingIfNeeded: key >> 64))
  }
}
