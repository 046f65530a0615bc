import CostModel
import EngineSettings
import Hardware
import Metrics
import Quantities
import Workload

/// One engine with its client, or its part of a fleet's, as ``Replica`` simulates it, at a cost that does not depend on how many sequences decode.
///
/// Sequences that decode are a crowd, kept as sums (see ``Crowd``): only joining and leaving it touches a sequence. Blocks are counted,
/// not listed (see ``ContentPool``). While nothing but the crowd runs and nothing happens, steps are taken in a loop of their own (see
/// `JumpEngine+Jump.swift`). What is rare is done the plain way: where the order of the running sequences decides who gets tokens or
/// blocks, the crowd is dissolved for that step and every sequence looked at (`JumpEngine+Compose.swift`).
///
/// Decisions and times are those of the plain engine in the tests (INV-6). What happens is told to an observer, and only requests between
/// sending and end are kept.
///
/// Helpers that change nothing are `mutating` all the same: for a call of another method the compiler copies the engine, which is
/// 2.7 KB. That took half of the time.
struct JumpEngine<Observer: RunObserver, Source: RequestSource>: ~Copyable {
  /// Number of the replica.
  let replica: Int
  let settings: EngineConfig
  let limits: ReplicaLimits
  let options: Simulation.Options
  let depth: Int
  let isPriority: Bool
  let caching: Bool
  let blockSize: Int
  /// Blocks that admission keeps free while others run.
  let reserve: Int
  var cost: StepCost
  let emptyBatch: BatchShape
  var aloneTimes = AloneTimes()
  var observer: Observer

  // The scheduler.
  var jobs = Slots<Job>()
  var freeSlots = Slots<Int32>()
  var waiting: WaitingQueue
  /// In order of admission.
  var running = Slots<Member>()
  /// Of the running ones, those to be looked at one by one, in order of admission.
  var singles = Slots<Int32>()
  var crowd: Crowd
  var pool: ContentPool
  /// Admissions of those whose last token is in flight.
  var finishing = Slots<UInt32>()
  /// Of the requests that share content or have later turns.
  var contents: [SharedContent?] = []
  var freeContents = Slots<Int32>()
  /// By the same position, their named blocks.
  var named = Slots<NamedBlocks>()
  var admissions: UInt32 = 0
  var arrived = 0
  /// Nothing waits, or what waits first cannot be admitted before somebody leaves.
  var isAdmissionSettled = true
  var prefixQueryTokens = 0
  var prefixHitTokens = 0

  // The batch being composed.
  var shape: BatchShape
  var entries = Slots<Entry>()
  /// Members of the crowd in it.
  var crowdTokens = 0
  var preempted = 0
  /// Preemptions of attempts that came to no step, for the next step's record.
  var earlierPreemptions = 0

  // Steps. Batch k is in `flights[k]` from its composition to its end.
  var flights = Flights()
  var composedSteps = 0
  var endedSteps = 0
  /// Steps that were not part of a jump.
  var launchedSteps = 0
  var gpuFree = 0.0
  var busy = StepTime()
  /// Nothing could be scheduled, so the engine waits for a batch in flight.
  var isWaiting = false

  // Time and the client.
  var now = 0.0
  var frontEnd: FrontEnd
  var client: Source
  /// Sent requests on their way to the scheduler, and answers on their way to the client.
  var travelling = TimedQueue()
  var answered = TimedQueue()
  var closed = 0
  var wasInterrupted = false
  /// Steps that delivered tokens before an interruption, of sequences that had one. Only if the observer wants them.
  var earlierRuns: [Int32: [RequestRecord.StepRange]] = [:]
  /// Preemptions of sequences that had one, if the observer wants deliveries.
  var interruptions: [Int32: [RequestRecord.Interruption]] = [:]
  var nextReport: Int

  /// A running sequence.
  struct Member: BitwiseCopyable, Sendable {
    let admission: UInt32
    let slot: Int32
  }

  /// A sequence's part of a batch, unless it is in it as one of the crowd.
  struct Entry: BitwiseCopyable, Sendable {
    let slot: Int32
    let tokens: Int
    let cached: Int
    let samples: Bool
    let isDecode: Bool
  }

  static var stepsPerReport: Int { 4096 }

  init(
    _ deployment: Deployment, client: Source, options: Simulation.Options, observer: Observer,
    replica: Int = 0
  ) {
    self.replica = replica
    settings = deployment.engine
    limits = ReplicaLimits(deployment.memory)
    self.options = options
    self.observer = observer
    depth = settings.pipelineDepth
    isPriority = settings.schedulingPolicy == .priority
    caching = settings.enablePrefixCaching
    blockSize = limits.blockSize
    reserve = Int(settings.watermark * Double(limits.usableBlocks + 1))
    cost = deployment.cost
    emptyBatch = cost.emptyBatch
    shape = emptyBatch
    waiting = WaitingQueue(policy: settings.schedulingPolicy)
    crowd = Crowd(blockSize: blockSize)
    pool = ContentPool(usableBlocks: limits.usableBlocks)
    frontEnd = FrontEnd(deployment.device.host, release: settings.release)
    self.client = client
    nextReport = Self.stepsPerReport
  }

  deinit {
    for i in named.indices where contents[i] != nil { named[i].deallocate() }
  }

  // MARK: Time

  /// Runs until every request has ended, the horizon, or an interruption.
  mutating func run(progress: ((Simulation.Progress) -> Bool)?) throws {
    guard try advance(progress: progress) else { return }
    try checkDone()
    if options.checksInvariants, closed != client.count {
      throw InvariantViolation(
        invariant: 2, detail: "\(closed) requests ended, there are \(client.count)")
    }
  }

  /// Runs until every request that is known has ended, the horizon, an interruption, or the time up to which requests are known. At that
  /// time batches end, nothing else.
  ///
  /// - Returns: whether nothing is left to happen.
  mutating func advance(progress: ((Simulation.Progress) -> Bool)?) throws -> Bool {
    let horizon = options.horizon?.value ?? .infinity
    while true {
      // Everything that happens now comes before the next batch is composed.
      while true {
        let time = nextTime
        guard time <= now, time <= horizon, time < client.bound || time == nextEnd else { break }
        try handleNext(at: time)
      }
      if now >= client.bound { return false }
      if composedSteps - endedSteps < depth, !isWaiting {
        if !waiting.isEmpty || !running.isEmpty, try advance(horizon: horizon) {
          if composedSteps >= nextReport {
            nextReport = composedSteps + Self.stepsPerReport
            wasInterrupted = !goesOn(progress)
            if wasInterrupted { return false }
          }
          continue
        }
        isWaiting = composedSteps > endedSteps
      }
      let time = nextTime
      if time == .infinity { return true }
      if time > horizon { return false }
      guard time < client.bound || time == client.bound && time == nextEnd else { return false }
      try handleNext(at: time)
    }
  }

  /// What must hold when nothing is left to happen.
  mutating func checkDone() throws {
    if !waiting.isEmpty {
      throw InvariantViolation(
        invariant: 7, detail: "\(waiting.count) requests wait and nothing can ever run")
    }
    if options.checksInvariants { try checkEnd() }
  }

  /// Composes what can be composed now, and further steps up to the next change where they are all alike.
  ///
  /// - Returns: whether a batch was put in flight.
  private mutating func advance(horizon: Double) throws -> Bool {
    if canJump {
      let before = composedSteps
      jump(horizon: horizon)
      if composedSteps > before {
        if options.checksInvariants { try check(isThorough: true) }
        return true
      }
    }
    return try compose()
  }

  private mutating func goesOn(_ progress: ((Simulation.Progress) -> Bool)?) -> Bool {
    progress?(Simulation.Progress(finished: closed, total: client.count, now: Seconds(now))) ?? true
  }

  /// When the oldest batch in flight ends.
  var nextEnd: Double {
    mutating get { composedSteps > endedSteps ? flights[endedSteps].step.end.value : .infinity }
  }

  /// When something happens that is not a batch's end.
  var nextEvent: Double {
    mutating get { min(min(answered.nextTime, client.nextRelease), travelling.nextTime) }
  }

  var nextTime: Double { mutating get { min(nextEnd, nextEvent) } }

  /// Whether nothing happens any more unless something comes from outside.
  var isIdle: Bool { mutating get { nextTime == .infinity && !isHeldBack } }

  /// Whether batches that can be composed now are not, for something may come at the same time.
  private var isHeldBack: Bool {
    mutating get { now >= client.bound && (!waiting.isEmpty || !running.isEmpty) }
  }

  /// A time before which the client gets no answer that was not told yet, whatever comes in from now on.
  var earliestAnswer: Double {
    mutating get {
      for step in endedSteps..<composedSteps {
        for i in flights[step].deliveries.indices where flights[step].deliveries[i].isLast {
          return flights[step].step.end.value
        }
      }
      if composedSteps > endedSteps { return gpuFree }
      // A batch composed at some time ends later.
      return isHeldBack ? now.nextUp : nextEvent.nextUp
    }
  }

  /// At equal times a batch ends before answers arrive before requests are released before they reach the scheduler.
  private mutating func handleNext(at time: Double) throws {
    now = time
    if nextEnd == time {
      try endBatch()
    } else if answered.nextTime == time {
      settle(answered.removeFirst())
    } else if client.nextRelease == time {
      client.release(at: time)
    } else {
      arrive(travelling.removeFirst().slot)
    }
    send()
  }

  private mutating func arrive(_ slot: Int32) {
    let s = Int(slot)
    let biased = UInt32(bitPattern: Int32(clamping: jobs[s].priority)) ^ 0x8000_0000
    jobs[s].rank = UInt64(biased) << 32 | UInt64(UInt32(truncatingIfNeeded: arrived))
    arrived += 1
    jobs[s].state = .waiting
    if waiting.isEmpty || isPriority { isAdmissionSettled = false }
    waiting.add(slot, rank: jobs[s].rank, isPreempted: false)
  }
}
