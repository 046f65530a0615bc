import DequeModule
import Quantities
import Workload

/// The load generator's side: requests are released at their planned times and sent at once, or, with a cap, when fewer than
/// that many are in flight. Freed places are taken in order of release.
struct Client {
  let maxConcurrency: Int
  private(set) var inFlight = 0
  private var held: Deque<Request> = []

  init(maxConcurrency: Int?) { self.maxConcurrency = maxConcurrency ?? .max }

  mutating func release(_ request: Request) { held.append(request) }

  /// The next request to send now, if the cap allows one.
  mutating func nextToSend() -> Request? {
    guard inFlight < maxConcurrency, let request = held.popFirst() else { return nil }
    inFlight += 1
    return request
  }

  /// An answer is complete, or was refused.
  mutating func settle() { inFlight -= 1 }

  /// Released and never sent.
  var unsent: [Request] { Array(held) }
}
