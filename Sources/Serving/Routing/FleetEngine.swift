import CostModel
import EngineSettings
import Metrics
import Quantities
import Workload

/// A fleet with its client: the same as one global order of all events, without one.
///
/// Of what happens at one time, batches end first, by replica; then answers reach the client, by request; then the client sends, each
/// request to the replica that the router picks; then requests reach schedulers; then batches are composed. Replicas meet in the client
/// and the router only, so each is simulated by itself up to the next time at which something can come to it from outside:
///
/// - a router that knows nothing of the replicas, before an open loop, lets them run for thousands of requests;
/// - one that counts outstanding requests has those replicas brought to the time of sending that can have answered something by then;
/// - a cap and later turns make requests of answers: then the replica goes on whose answer may come next, up to where another's may.
struct FleetEngine<Observer: RunObserver>: ~Copyable {
  let router: Router
  let draws: RoutingDraws
  let options: Simulation.Options
  var engines: EngineTable<Observer>
  var client: Client
  /// Is told of requests that no replica got.
  var unsent: Observer
  var seconds = FleetSeconds()
  let order: ClosingOrder?

  /// Requests routed, and where the last one went.
  var routed = 0
  var last: Int
  /// By replica: requests whose answers the client does not have, as far as the replica was looked at; and when it may answer next.
  var outstanding: [Int]
  var earliestAnswers: [Double]
  /// Requests under way after which the client has more to ask.
  var conversations = 0
  /// When the first request was sent that a replica took.
  var origin: Double?
  var wasInterrupted = false

  /// Requests routed between two moments at which all replicas are brought to the same time.
  private static var requestsPerRound: Int { 4096 }
  /// The same in simulated seconds, once nothing is sent any more.
  private static var secondsPerRound: Double { 60 }

  /// - Parameter observer: a copy for each replica, and one more for requests that none got.
  init(
    _ fleet: Fleet, requests: RequestStream, options: Simulation.Options, order: ClosingOrder?,
    observer: Observer
  ) {
    let count = fleet.members.count
    let wantsAnswers = options.maxConcurrency != nil || fleet.router.countsOutstanding
    var engines = EngineTable<Observer>(capacity: count)
    for (i, member) in fleet.members.enumerated() {
      engines.append(
        JumpEngine(
          member.deployment, client: Inbox(wantsAnswers: wantsAnswers), options: options, observer: observer,
          replica: i))
    }
    self.engines = engines
    router = fleet.router
    draws = RoutingDraws(seed: fleet.seed)
    client = Client(requests, maxConcurrency: options.maxConcurrency)
    unsent = observer
    last = count - 1
    outstanding = Array(repeating: 0, count: count)
    earliestAnswers = Array(repeating: .infinity, count: count)
    self.options = options
    self.order = order
  }

  // MARK: Time

  /// Runs until every request has ended, the horizon, or an interruption.
  mutating func run(progress: ((Simulation.Progress) -> Bool)?) throws {
    let horizon = options.horizon?.value ?? .infinity
    var (time, nextRound) = (0.0, Self.requestsPerRound)
    while true {
      let next = try nextSending(horizon: horizon)
      guard next < .infinity, next <= horizon else { break }
      time = max(time, next)
      try send(at: next)
      if routed >= nextRound {
        nextRound = routed + Self.requestsPerRound
        try meet(at: time)
        if !goesOn(progress, time) { return }
      }
    }
    while try !finish(before: &time, horizon: horizon) {
      if !goesOn(progress, time) { return }
    }
    guard horizon == .infinity else { return }
    for r in engines.indices { try engines[r].checkDone() }
    let closed = closed
    if options.checksInvariants, closed != client.count {
      throw InvariantViolation(invariant: 2, detail: "\(closed) requests ended, there are \(client.count)")
    }
  }

  var closed: Int {
    var closed = 0
    for r in engines.indices { closed += engines[r].closed }
    return closed
  }

  private mutating func goesOn(_ progress: ((Simulation.Progress) -> Bool)?, _ time: Double) -> Bool {
    wasInterrupted =
      progress?(Simulation.Progress(finished: closed, total: client.count, now: Seconds(time))) == false
    return !wasInterrupted
  }

  /// Brings every replica to a time before which nothing more is sent.
  private mutating func meet(at time: Double) throws {
    for r in engines.indices {
      try bring(r, to: time)
      engines[r].observer.settle(into: &seconds)
    }
    if let origin { seconds.settle(before: Seconds(time - origin)) }
    order?.release(before: time)
  }

  /// Lets the replicas go on for a while, now that nothing is sent any more.
  ///
  /// - Returns: whether nothing is left to happen.
  private mutating func finish(before time: inout Double, horizon: Double) throws -> Bool {
    time += Self.secondsPerRound
    if time > horizon { time = horizon.nextUp }
    try meet(at: time)
    if time > horizon { return true }
    for r in engines.indices where !engines[r].isIdle { return false }
    return true
  }

  /// Simulates a replica up to a time before which nothing more comes to it, and learns of its answers until then: those that nothing
  /// follows from, for of others the client is told in the order of all replicas.
  mutating func bring(_ r: Int, to time: Double) throws {
    if engines[r].client.bound < time || earliestAnswers[r] <= time {
      try advance(r, to: time, stopsAtAnswers: false)
    }
    while engines[r].client.nextAnswer <= time {
      let answer = engines[r].client.takeAnswer()
      precondition(
        answer.conversation == nil && !client.isCapped, "INV-1: the client was not told of an answer")
      outstanding[r] -= 1
    }
  }

  private mutating func advance(_ r: Int, to time: Double, stopsAtAnswers: Bool) throws {
    engines[r].client.bound = time
    engines[r].client.stopsAtAnswers = stopsAtAnswers
    _ = try engines[r].advance(progress: nil)
    earliestAnswers[r] = engines[r].earliestAnswer
  }

  // MARK: The client

  /// Whether answers can lead to requests.
  private var isCoupled: Bool { client.isCapped || conversations > 0 }

  /// When the client acts next: a request is due, or an answer arrives after which one may be. All answers until then are known to it.
  ///
  /// - Returns: infinity if nothing is sent any more; a time above the horizon if nothing is sent until then.
  private mutating func nextSending(horizon: Double) throws -> Double {
    while isCoupled {
      let due = client.nextRelease
      var (answer, first, second) = (Double.infinity, 0, Double.infinity)
      for r in engines.indices {
        answer = min(answer, engines[r].client.nextAnswer)
        if earliestAnswers[r] < earliestAnswers[first] {
          second = earliestAnswers[first]
          first = r
        } else if r != first {
          second = min(second, earliestAnswers[r])
        }
      }
      let act = min(answer, due)
      let earliest = earliestAnswers[first]
      if min(act, earliest) > horizon { return min(act, earliest) }
      if earliest <= act, earliest < .infinity {
        try advance(first, to: max(earliest, min(second, act)), stopsAtAnswers: true)
        continue
      }
      if answer <= due, answer < .infinity { deliver(at: answer) }
      return act
    }
    return client.nextRelease
  }

  /// Tells the client of the answers that arrive at a time.
  private mutating func deliver(at time: Double) {
    var arrived: [(index: Int, conversation: Request?)] = []
    for r in engines.indices {
      while engines[r].client.nextAnswer == time {
        arrived.append(engines[r].client.takeAnswer())
        outstanding[r] -= 1
      }
    }
    for answer in arrived.sorted(by: { $0.index < $1.index }) {
      client.settle()
      guard let request = answer.conversation else { continue }
      conversations -= 1
      if let next = request.nextTurn(answeredAt: Seconds(time)) { client.plan(next) }
    }
  }

  private mutating func send(at time: Double) throws {
    client.release(at: time)
    while let request = client.nextToSend(at: time) {
      let r = try pick(for: request, at: time)
      last = r
      routed += 1
      engines[r].client.submit(request, at: time)
      if engines[r].limits.rejection(of: request, engines[r].settings) != nil {
        client.settle()
      } else {
        if origin == nil { begin(at: time) }
        outstanding[r] += 1
        if !request.followUps.isEmpty { conversations += 1 }
      }
      earliestAnswers[r] = min(earliestAnswers[r], engines[r].earliestAnswer)
    }
  }

  private mutating func begin(at time: Double) {
    origin = time
    for r in engines.indices { engines[r].observer.began(at: Seconds(time)) }
  }
}
