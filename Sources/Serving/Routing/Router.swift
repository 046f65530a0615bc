import Randomness
import Workload

/// How a router picks the replica of a request. See `docs/routing.md` for what it knows when it does.
public enum Router: String, Hashable, Sendable, Codable, CaseIterable {
  /// The k-th request to the k-th replica, modulo their number.
  case roundRobin = "round_robin"
  /// Every replica equally likely.
  case random
  /// The replica with the fewest requests whose answers the client does not have yet.
  case leastOutstanding = "least_outstanding"
  /// Of two different replicas drawn at random the one with fewer outstanding requests; the first drawn if they have equally many.
  case powerOfTwoChoices = "power_of_two_choices"
  /// The replica with the smallest share of its KV blocks in use; of those the one with the fewest outstanding requests.
  case leastKV = "least_kv"
  /// Prompts that begin alike, and the turns of a conversation, to the same replica; other requests as ``leastOutstanding``.
  case prefixAffinity = "prefix_affinity"

  /// Whether it may ask how many requests a replica has outstanding.
  var countsOutstanding: Bool { self != .roundRobin && self != .random }
}

/// The random numbers of a router: from a stream of their own, so that no arrival and no length depends on the router.
struct RoutingDraws {
  private let stream: RandomStream

  init(seed: UInt64) { stream = RandomStream(seed: seed, stream: .routing) }

  func replica(of request: Request, among count: Int) -> Int {
    stream.integer(at: request.index, in: 0...count - 1)
  }

  /// Two different ones, if there are two.
  func pair(of request: Request, among count: Int) -> (Int, Int) {
    guard count > 1 else { return (0, 0) }
    var draws = stream.draws(at: request.index)
    let first = draws.integer(in: 0...count - 1)
    let second = draws.integer(in: 0...count - 2)
    return (first, second < first ? second : second + 1)
  }

  /// Rendezvous hashing: the replica with the largest random word of its own for this text. One replica more takes its share of texts
  /// evenly from the others and moves no other text. O(count).
  func home(ofText text: UInt64, among count: Int) -> Int {
    var draws = stream.draws(at: Int(truncatingIfNeeded: text))
    var best = (replica: 0, word: draws.next())
    for replica in 1..<max(1, count) {
      let word = draws.next()
      if word > best.word { best = (replica, word) }
    }
    return best.replica
  }
}

extension Request {
  /// The text that its prompt begins with, which later turns of its conversation and prompts with the same prefix share; nil if it shares
  /// none.
  var firstText: UInt64? {
    switch content {
    case .unique: nil
    case .text(let text): text
    case .segments(let segments): segments.first { $0.tokens > 0 }?.text
    }
  }
}
