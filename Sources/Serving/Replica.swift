import CostModel
import DequeModule
package import EngineSettings
import EventEngine
package import Metrics
import Quantities
package import Workload

/// One engine with its client: moves time from event to event and keeps the record.
///
/// Up to `pipelineDepth` batches are in flight. With asynchronous scheduling (two) batch k + 1 is composed when batch k − 1
/// ends, while k executes: a request that arrives during k joins k + 2 at the earliest. An engine that finds nothing to schedule
/// waits for the oldest batch in flight and looks at arrivals only then. The GPU runs batches in order.
package struct Replica<Executor: StepExecutor> {
  private let settings: EngineConfig
  private let limits: ReplicaLimits
  private let options: Simulation.Options
  private var frontEnd: FrontEnd
  package private(set) var executor: Executor
  private var scheduler: Scheduler
  private var client: Client
  private var events = EventQueue()

  /// When the client is looked at next because a request is due; infinite if nothing is scheduled.
  private var nextRelease = Double.infinity
  /// Sent requests by index, and, once the scheduler knows them, by slot.
  private var sent: [Int: RequestTrip] = [:]
  private var trips: [RequestTrip?] = []
  /// Requests whose last token is on its way to the client.
  private var answered: [Int: Request] = [:]

  private var inFlight: Deque<(batch: Batch, time: StepTime)> = []
  private var spareBatches: [Batch] = []
  private var gpuFree = Seconds.zero
  /// Nothing could be scheduled, so the engine waits for a batch in flight.
  private var isWaiting = false
  /// Sequences preempted by attempts that came to no step, for the next step's record.
  private var earlierPreemptions = 0

  private var records: [RequestRecord?]
  private var finished = 0
  private var steps: [StepRecord] = []
  private var deliveredSteps = 0
  private var busy = StepTime()
  private var gaps: [WeightedSample] = []
  private var deliveries: [Scheduler.Delivery] = []

  /// Classes of events, in the order in which those of one time are handled.
  private enum Rank: UInt8 {
    case batchEnd, answered, release, visible
  }

  package init(
    settings: EngineConfig, limits: ReplicaLimits, frontEnd: FrontEnd, executor: Executor,
    requests: RequestStream, options: Simulation.Options
  ) {
    self.settings = settings
    self.limits = limits
    self.frontEnd = frontEnd
    self.executor = executor
    self.options = options
    scheduler = Scheduler(settings: settings, limits: limits)
    client = Client(requests, maxConcurrency: options.maxConcurrency)
    records = Array(repeating: nil, count: requests.count)
  }

  // MARK: Time

  package mutating func run(progress: ((Simulation.Progress) -> Bool)?) throws {
    scheduleRelease()
    let horizon = options.horizon ?? .infinity
    while true {
      // Everything that happens now comes before the next batch is composed.
      while let time = events.nextTime, time <= events.now, time <= horizon { try handleNext() }
      if inFlight.count < settings.pipelineDepth, !isWaiting {
        if scheduler.hasWork, try compose() {
          if steps.count % executor.stepsPerReport == 0, !goesOn(progress) { return }
          continue
        }
        isWaiting = !inFlight.isEmpty
      }
      guard let time = events.nextTime else { break }
      if time > horizon { return }
      while !executor.wait(until: time) { guard goesOn(progress) else { return } }
      try handleNext()
    }
    if !scheduler.waiting.isEmpty {
      throw InvariantViolation(
        invariant: 7, detail: "\(scheduler.waiting.count) requests wait and nothing can ever run")
    }
    if options.checksInvariants { try checkEnd() }
  }

  private func goesOn(_ progress: ((Simulation.Progress) -> Bool)?) -> Bool {
    progress?(Simulation.Progress(finished: finished, total: records.count, now: events.now)) ?? true
  }

  private mutating func handleNext() throws {
    guard let event = events.next(), let rank = Rank(rawValue: event.rank) else { return }
    switch rank {
    case .batchEnd: try endBatch(at: event.time)
    case .answered: settle(event.payload, at: event.time)
    case .release:
      nextRelease = .infinity
      client.release(at: event.time.value)
    case .visible:
      guard let trip = sent.removeValue(forKey: event.payload) else { return }
      let slot = scheduler.add(trip.request)
      executor.admit(trip.request, slot: slot)
      while trips.count <= Int(slot) { trips.append(nil) }
      trips[Int(slot)] = trip
    }
    send(at: event.time)
    scheduleRelease()
  }

  private mutating func scheduleRelease() {
    guard client.nextRelease < nextRelease else { return }
    nextRelease = client.nextRelease
    events.schedule(at: max(Seconds(nextRelease), events.now), rank: Rank.release.rawValue, payload: 0)
  }

  private mutating func send(at time: Seconds) {
    while let request = client.nextToSend(at: time.value) {
      if let reason = limits.rejection(of: request, settings) {
        reject(request, reason, at: time)
        client.settle()
        continue
      }
      let visible = frontEnd.accept(at: time)
      sent[request.index] = RequestTrip(request, sent: time, visible: visible)
      events.schedule(at: visible, rank: Rank.visible.rawValue, payload: request.index)
    }
  }

  // MARK: Requests that cannot run

  private mutating func reject(_ request: Request, _ reason: RequestRecord.Rejection, at time: Seconds) {
    for refused in RequestRecord.refused(request, reason, at: time) {
      records[refused.index] = refused
      finished += 1
    }
  }

  // MARK: Steps

  /// - Returns: whether a batch was put in flight.
  private mutating func compose() throws -> Bool {
    var batch = spareBatches.popLast() ?? Batch(shape: executor.emptyBatch)
    scheduler.compose(into: &batch)
    for slot in batch.preempted { trips[Int(slot)]?.preempt(at: events.now) }
    if options.checksInvariants { try scheduler.check(batch, isThorough: steps.count % 64 == 0) }
    guard !batch.entries.isEmpty else {
      let preemptions = batch.preempted.count
      earlierPreemptions += preemptions
      batch.removeAll()
      spareBatches.append(batch)
      // Nothing ran because the last one made way for itself: with its blocks free, the next attempt can admit. With a batch
      // in flight the engine waits for that one first.
      return preemptions > 0 && inFlight.isEmpty ? try compose() : false
    }
    let start = max(events.now, gpuFree)
    let time = executor.execute(batch, of: scheduler.sequences, from: start)
    gpuFree = start + time.total
    for entry in batch.entries { trips[Int(entry.slot)]?.carry(from: start) }
    for entry in batch.entries where !entry.isDecode {
      let slot = Int(entry.slot)
      guard trips[slot]?.firstToken == nil else { continue }
      trips[slot]?.start(at: start)
      trips[slot]?.ownPrefill += executor.timeAlone(entry, in: batch.shape, taking: time)
    }
    steps.append(
      StepRecord(
        composed: events.now, start: start, end: gpuFree, prefillTokens: batch.shape.prefillTokens,
        decodeTokens: batch.shape.decodeSequences, running: scheduler.running.count,
        waiting: scheduler.waiting.count, usedBlocks: scheduler.pool.usedBlocks,
        preemptions: batch.preempted.count + earlierPreemptions))
    earlierPreemptions = 0
    events.schedule(at: gpuFree, rank: Rank.batchEnd.rawValue, payload: steps.count - 1)
    inFlight.append((batch, time))
    return true
  }

  private mutating func endBatch(at time: Seconds) throws {
    guard let ended = inFlight.popFirst() else { return }
    isWaiting = false
    var batch = ended.batch
    busy += ended.time
    let step = deliveredSteps
    deliveredSteps += 1
    scheduler.deliver(batch, into: &deliveries)
    batch.removeAll()
    spareBatches.append(batch)

    var consecutive = 0
    let before = gaps.count
    let sending = frontEnd.sendTokens(deliveries.count, at: time)
    for (position, delivery) in deliveries.enumerated() {
      let slot = Int(delivery.slot)
      let arrival = frontEnd.arrival(position, sending: sending)
      if let previous = trips[slot]?.deliver(step: step, end: time, arrival: arrival) {
        if previous == step - 1 {
          consecutive += 1
        } else {
          gaps.append(WeightedSample(value: (time - steps[previous].end).value, count: 1))
        }
      }
      if delivery.isLast { finish(delivery.slot, at: arrival) }
    }
    deliveries.removeAll(keepingCapacity: true)
    if consecutive > 0 {
      gaps.insert(
        WeightedSample(value: (time - steps[step - 1].end).value, count: consecutive), at: before)
    }
    if options.checksInvariants { try scheduler.check(batch, isThorough: step % 64 == 0) }
  }

  /// - Parameter time: when the client has the last token.
  private mutating func finish(_ slot: Int32, at time: Seconds) {
    guard let trip = trips[Int(slot)] else { return }
    trips[Int(slot)] = nil
    records[trip.request.index] = trip.record(of: scheduler.sequence(slot), finished: time)
    finished += 1
    answered[trip.request.index] = trip.request
    events.schedule(at: time, rank: Rank.answered.rawValue, payload: trip.request.index)
  }

  /// The client has the whole answer: its place is free, and the conversation goes on.
  private mutating func settle(_ index: Int, at time: Seconds) {
    client.settle()
    if let next = answered.removeValue(forKey: index)?.nextTurn(answeredAt: time) { client.plan(next) }
  }

  // MARK: The record

  private func checkEnd() throws(InvariantViolation) {
    try scheduler.checkEnd()
    let missing = records.count { $0 == nil }
    if missing > 0 { throw InvariantViolation(invariant: 2, detail: "\(missing) requests ended nowhere") }
    for record in records {
      guard let record, record.outcome == .finished else { continue }
      if record.generatedTokens != record.outputTokens {
        throw InvariantViolation(
          invariant: 2,
          detail:
            "request \(record.index): \(record.generatedTokens) of \(record.outputTokens) tokens delivered")
      }
    }
  }

  /// What happened. Requests cut off by the horizon or an interruption are unfinished, turns not reached among them.
  package mutating func record() -> RunRecord {
    let underWay =
      trips.indices.compactMap { slot in trips[slot].map { ($0, scheduler.sequence(Int32(slot))) } }
      + sent.values.map { ($0, nil) }
    for (trip, sequence) in underWay {
      records[trip.request.index] = trip.record(of: sequence, finished: nil)
      markUnsent(trip.request.followUps, planned: events.now)
    }
    for request in answered.values { markUnsent(request.followUps, planned: events.now) }
    while let request = client.nextUnsent() {
      markUnsent([request], planned: request.arrival)
      markUnsent(request.followUps, planned: events.now)
    }
    return RunRecord(
      requests: records.compactMap { $0 }, steps: Array(steps.prefix(deliveredSteps)), interTokenGaps: gaps,
      totals: RunTotals(
        busy: busy, limits: limits, prefixQueryTokens: scheduler.prefixQueryTokens,
        prefixHitTokens: scheduler.prefixHitTokens))
  }

  private mutating func markUnsent(_ requests: [Request], planned: Seconds) {
    for request in requests { records[request.index] = .unsent(request, planned: planned) }
  }
}
