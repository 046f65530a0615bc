import CostModel
import EngineSettings
import Hardware
import Metrics
import Quantities
import Serving
import Workload

/// The engine's loop and its client around a ``PlainScheduler``: what happens next is found by looking at everything.
struct PlainEngine {
  struct Outcome: Hashable {
    var sent: Seconds
    var firstToken: Seconds?
    var finished: Seconds?
    var generated = 0
    var cached = 0
    var preemptions = 0
    var isRejected = false
  }

  private let host: DeviceProfile.Host
  private let cap: Int
  private let deployment: Deployment
  private var cost: StepCost
  private(set) var scheduler: PlainScheduler
  private(set) var steps: [StepRecord] = []
  private(set) var outcomes: [Int: Outcome] = [:]

  private var now = Seconds.zero
  private var planned: [(time: Seconds, request: Request)]
  private var held: [Request] = []
  private var travelling: [(time: Seconds, request: Request)] = []
  private var inFlight: [(end: Seconds, batch: [PlainScheduler.Entry])] = []
  private var clientsBusy = 0
  /// Answers on their way to the client, and when the API server's thread is free.
  private var answers: [(time: Seconds, request: Request)] = []
  private var serverFree = Seconds.zero
  private var arrived = 0
  private var gpuFree = Seconds.zero
  private var lostPreemptions = 0

  init(_ scene: Scene) throws {
    deployment = try scene.deployment
    host = scene.device.host
    cap = scene.options.maxConcurrency ?? .max
    cost = deployment.cost
    planned = scene.requests.map { ($0.arrival, $0) }
    scheduler = PlainScheduler(
      settings: scene.engine, maxModelLen: deployment.memory.maxModelLen,
      numGPUBlocks: deployment.memory.numGPUBlocks)
  }

  mutating func run() {
    let depth = deployment.engine.asyncScheduling ? 2 : 1
    while true {
      while let next = nextTime, next <= now { handleNext() }
      // Fill the queue of batches; when it is full or nothing can be scheduled, wait for the oldest one.
      while inFlight.count < depth, compose() {}
      if inFlight.isEmpty {
        guard let next = nextTime else { return }
        now = next
      } else {
        let end = inFlight[0].end
        while let next = nextTime, next < end { handleNext() }
        handleNext()
        now = end
      }
    }
  }

  private var nextTime: Seconds? {
    ([inFlight.first?.end] + answers.map(\.time) + planned.map(\.time) + travelling.map(\.time))
      .compactMap { $0 }.min()
  }

  /// Handles one thing that happens at the next time: a batch's end before answers before releases before arrivals.
  private mutating func handleNext() {
    guard let time = nextTime else { return }
    now = time
    if let first = inFlight.first, first.end == time {
      inFlight.removeFirst()
      // The step's tokens are sent one after another.
      let begun = max(serverFree, now)
      for (i, job) in scheduler.update(first.batch).enumerated() {
        serverFree = begun + host.perOutputToken * Double(i + 1)
        deliver(job)
      }
    } else if let i = answers.indices.filter({ answers[$0].time == time })
      .min(by: { answers[$0].request.index < answers[$1].request.index })
    {
      let request = answers.remove(at: i).request
      clientsBusy -= 1
      if var next = request.followUps.first {
        next.followUps = Array(request.followUps.dropFirst())
        planned.append((now + next.arrival, next))
      }
    } else if let i = planned.indices.filter({ planned[$0].time == time })
      .min(by: { planned[$0].request.index < planned[$1].request.index })
    {
      held.append(planned.remove(at: i).request)
    } else if let i = travelling.indices.filter({ travelling[$0].time == time })
      .min(by: { travelling[$0].request.index < travelling[$1].request.index })
    {
      scheduler.waiting.append(PlainScheduler.Job(travelling.remove(at: i).request, order: arrived))
      arrived += 1
    }
    while clientsBusy < cap, !held.isEmpty { send(held.removeFirst()) }
  }

  private mutating func send(_ request: Request) {
    let tokens = request.promptTokens + request.outputTokens
    let blocks = (tokens - 1 + deployment.memory.blockSize - 1) / deployment.memory.blockSize
    let isTooLong = tokens > deployment.memory.maxModelLen || blocks > deployment.memory.usableBlocks
    let settings = deployment.engine
    if isTooLong || !settings.enableChunkedPrefill && tokens - 1 > settings.maxNumBatchedTokens {
      for lost in [request] + request.followUps {
        outcomes[lost.index] = Outcome(sent: now, isRejected: true)
      }
      return
    }
    clientsBusy += 1
    outcomes[request.index] = Outcome(sent: now)
    serverFree = max(serverFree, now) + host.perRequest
    travelling.append((serverFree + host.frontEnd, request))
  }

  private mutating func deliver(_ job: PlainScheduler.Job) {
    let request = job.request
    guard var outcome = outcomes[request.index] else { return }
    outcome.generated += 1
    if outcome.firstToken == nil { outcome.firstToken = serverFree }
    if outcome.generated == request.outputTokens {
      outcome.finished = serverFree
      outcome.cached = job.cached ?? 0
      outcome.preemptions = job.preemptions
      answers.append((serverFree, request))
    }
    outcomes[request.index] = outcome
  }

  private mutating func compose() -> Bool {
    let (batch, preempted) = scheduler.schedule()
    lostPreemptions += preempted
    if batch.isEmpty { return preempted > 0 && inFlight.isEmpty ? compose() : false }
    var shape = cost.emptyBatch
    for entry in batch {
      if entry.tokens == 1, entry.cached >= entry.job.request.promptTokens {
        shape.addDecode(context: entry.cached + 1)
      } else {
        shape.addPrefill(new: entry.tokens, cached: entry.cached)
      }
    }
    let start = max(now, gpuFree)
    gpuFree = start + cost.time(of: shape).total
    steps.append(
      StepRecord(
        composed: now, start: start, end: gpuFree, prefillTokens: shape.prefillTokens,
        decodeTokens: shape.decodeSequences, running: scheduler.running.count,
        waiting: scheduler.waiting.count, usedBlocks: scheduler.cache.references.count { $0 > 0 },
        preemptions: lostPreemptions))
    lostPreemptions = 0
    inFlight.append((gpuFree, batch))
    return true
  }
}
