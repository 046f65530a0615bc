import CostModel
import EngineSettings
import Hardware
import Metrics
import Quantities
import Serving
import Workload

/// The engine's loop around a ``PlainScheduler``, one replica of a ``PlainFleet``: what happens next is found by looking at everything.
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
  private let deployment: Deployment
  private var cost: StepCost
  private(set) var scheduler: PlainScheduler
  private(set) var steps: [StepRecord] = []
  private(set) var outcomes: [Int: Outcome] = [:]

  private var now = Seconds.zero
  private(set) var travelling: [(time: Seconds, request: Request)] = []
  private var inFlight: [(end: Seconds, batch: [PlainScheduler.Entry])] = []
  /// Nothing could be scheduled beside the batch in flight, so the engine waits for its end.
  private var isWaiting = false
  /// Answers on their way to the client, and when the API server's thread is free.
  private(set) var answers: [(time: Seconds, request: Request)] = []
  private var serverFree = Seconds.zero
  private var arrived = 0
  private var gpuFree = Seconds.zero
  private var lostPreemptions = 0

  init(_ deployment: Deployment) {
    self.deployment = deployment
    host = deployment.device.host
    cost = deployment.cost
    scheduler = PlainScheduler(
      settings: deployment.engine, maxModelLen: deployment.memory.maxModelLen,
      numGPUBlocks: deployment.memory.numGPUBlocks)
  }

  /// When its oldest batch ends.
  var nextEnd: Seconds? { inFlight.first?.end }

  /// Share of the blocks that are in use.
  var usage: (used: Int, of: Int) {
    (scheduler.cache.references.count { $0 > 0 }, deployment.memory.usableBlocks)
  }

  mutating func endBatch() {
    let first = inFlight.removeFirst()
    now = first.end
    isWaiting = false
    // The step's tokens are sent one after another.
    let begun = max(serverFree, now)
    for (i, job) in scheduler.update(first.batch).enumerated() {
      serverFree = begun + host.perOutputToken * Double(i + 1)
      deliver(job)
    }
  }

  mutating func takeAnswer(_ i: Int) -> Request { answers.remove(at: i).request }

  mutating func arrive(_ i: Int) {
    now = travelling[i].time
    scheduler.waiting.append(PlainScheduler.Job(travelling.remove(at: i).request, order: arrived))
    arrived += 1
  }

  /// - Returns: whether the request can run.
  mutating func take(_ request: Request, at time: Seconds) -> Bool {
    now = time
    let tokens = request.promptTokens + request.outputTokens
    let blocks = (tokens - 1 + deployment.memory.blockSize - 1) / deployment.memory.blockSize
    let isTooLong = tokens > deployment.memory.maxModelLen || blocks > deployment.memory.usableBlocks
    let settings = deployment.engine
    if isTooLong || !settings.enableChunkedPrefill && tokens - 1 > settings.maxNumBatchedTokens {
      for lost in [request] + request.followUps {
        outcomes[lost.index] = Outcome(sent: now, isRejected: true)
      }
      return false
    }
    outcomes[request.index] = Outcome(sent: now)
    serverFree = max(serverFree, now) + host.perRequest
    travelling.append((serverFree + host.frontEnd, request))
    return true
  }

  /// Fills the queue of batches, now that everything of this time has happened.
  mutating func fill(at time: Seconds) {
    now = time
    let depth = deployment.engine.asyncScheduling ? 2 : 1
    while inFlight.count < depth, !isWaiting {
      if !compose() {
        isWaiting = !inFlight.isEmpty
        return
      }
    }
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
