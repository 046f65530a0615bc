import Quantities
import Randomness
import Serving
import Workload

/// A client, a router and ``PlainEngine``s in one order of all events, one event at a time.
struct PlainFleet {
  private let router: Router
  private let seed: UInt64
  private let cap: Int
  private(set) var engines: [PlainEngine]
  /// Where each request went.
  private(set) var replicas: [Int: Int] = [:]

  private var planned: [(time: Seconds, request: Request)]
  private var held: [Request] = []
  private var outstanding: [Int]
  private var routed = 0
  private var last: Int

  init(_ fleet: Fleet, requests: [Request], options: Simulation.Options) {
    router = fleet.router
    seed = fleet.seed
    cap = options.maxConcurrency ?? .max
    engines = fleet.members.map { PlainEngine($0.deployment) }
    planned = requests.map { ($0.arrival, $0) }
    outstanding = engines.map { _ in 0 }
    last = engines.count - 1
  }

  mutating func run() {
    while let time = nextTime {
      handleNext(at: time)
      // The client sends when it knows all that it learns at this time, and batches are composed when nothing else is left.
      if let next = nextTime, next == time { continue }
      for i in engines.indices { engines[i].fill(at: time) }
    }
  }

  private var nextTime: Seconds? {
    (engines.compactMap(\.nextEnd) + engines.flatMap(\.answers).map(\.time) + planned.map(\.time)
      + engines.flatMap(\.travelling).map(\.time)).min()
  }

  /// One thing of those at a time: ends of batches by replica, answers, releases, arrivals at schedulers by request.
  private mutating func handleNext(at time: Seconds) {
    if let i = engines.firstIndex(where: { $0.nextEnd == time }) {
      engines[i].endBatch()
    } else if let (i, j) = first(\.answers, at: time) {
      outstanding[i] -= 1
      let request = engines[i].takeAnswer(j)
      if var next = request.followUps.first {
        next.followUps = Array(request.followUps.dropFirst())
        planned.append((time + next.arrival, next))
      }
    } else if let i = planned.indices.filter({ planned[$0].time == time })
      .min(by: { planned[$0].request.index < planned[$1].request.index })
    {
      held.append(planned.remove(at: i).request)
    } else if let (i, j) = first(\.travelling, at: time) {
      engines[i].arrive(j)
    }
    let learns =
      engines.contains { $0.nextEnd == time } || first(\.answers, at: time) != nil
      || planned.contains { $0.time == time }
    if !learns { send(at: time) }
  }

  /// Replica and position of the request with the lowest number among those that are due.
  private func first(
    _ list: (PlainEngine) -> [(time: Seconds, request: Request)], at time: Seconds
  ) -> (Int, Int)? {
    var best: (Int, Int, index: Int)?
    for (i, engine) in engines.enumerated() {
      for (j, item) in list(engine).enumerated() where item.time == time {
        if best.map({ item.request.index < $0.index }) ?? true { best = (i, j, item.request.index) }
      }
    }
    return best.map { ($0.0, $0.1) }
  }

  private mutating func send(at time: Seconds) {
    while outstanding.reduce(0, +) < cap, !held.isEmpty {
      let request = held.removeFirst()
      last = pick(request)
      routed += 1
      for turn in [request] + request.followUps { replicas[turn.index] = last }
      if engines[last].take(request, at: time) { outstanding[last] += 1 }
    }
  }

  /// Replicas in the circle behind the last one picked.
  private var circle: [Int] { engines.indices.map { (last + 1 + $0) % engines.count } }

  private func pick(_ request: Request) -> Int {
    let n = engines.count
    var draws = RandomStream(seed: seed, stream: .routing).draws(at: request.index)
    func fewest(_ candidates: [Int]) -> Int {
      // The first of those with the fewest.
      let least = candidates.map { outstanding[$0] }.min()
      return candidates.first { outstanding[$0] == least } ?? 0
    }
    switch router {
    case .roundRobin: return routed % n
    case .random: return draws.integer(in: 0...n - 1)
    case .leastOutstanding: return fewest(circle)
    case .powerOfTwoChoices:
      if n == 1 { return 0 }
      let a = draws.integer(in: 0...n - 1)
      let others = (0..<n).filter { $0 != a }
      return fewest([a, others[draws.integer(in: 0...n - 2)]])
    case .leastKV:
      let usages = engines.map { Double($0.usage.used) / Double($0.usage.of) }
      return fewest(circle.filter { usages[$0] == usages.min() })
    case .prefixAffinity:
      var text: UInt64?
      switch request.content {
      case .unique: break
      case .text(let name): text = name
      case .segments(let segments): text = segments.first { $0.tokens > 0 }?.text
      }
      guard let text else { return fewest(circle) }
      var words = RandomStream(seed: seed, stream: .routing).draws(at: Int(text))
      let scores = engines.map { _ in words.next() }
      return scores.firstIndex(of: scores.max() ?? 0) ?? 0
    }
  }
}
