import CostModel
import Metrics
import Quantities
import Workload

/// Requests from their sending to their record.
extension JumpEngine {
  mutating func send() {
    while let request = client.nextToSend(at: now) {
      if let reason = limits.rejection(of: request, settings) {
        reject(request, reason)
        client.settle()
        continue
      }
      observer.sent(at: Seconds(now))
      let visible = frontEnd.accept(at: Seconds(now)).value
      let slot = jobs.insert(Job(request, sent: now, visible: visible), reusing: &freeSlots)
      if let content = SharedContent(request, blockSize: blockSize, isCaching: caching) {
        jobs[slot].shared = keep(content)
      }
      travelling.add(TimedQueue.Item(time: visible, index: request.index, slot: slot))
    }
  }

  private mutating func keep(_ content: SharedContent) -> Int32 {
    let place = named.insert(NamedBlocks(count: content.namedBlocks), reusing: &freeContents)
    if Int(place) == contents.count {
      contents.append(content)
    } else {
      contents[Int(place)] = content
    }
    return place
  }

  mutating func free(_ slot: Int32) {
    let shared = jobs[slot].shared
    if shared >= 0 {
      named[shared].deallocate()
      contents[Int(shared)] = nil
      freeContents.append(shared)
    }
    jobs[slot].state = .gone
    freeSlots.append(slot)
  }

  mutating func hasFollowUps(_ s: Int) -> Bool {
    let shared = jobs[s].shared
    return shared >= 0 && contents[Int(shared)]?.request.followUps.isEmpty == false
  }

  /// The client has the whole answer: its place is free, and the conversation goes on.
  mutating func settle(_ answer: TimedQueue.Item) {
    client.settle()
    guard answer.slot >= 0 else { return }
    let shared = Int(jobs[answer.slot].shared)
    if shared >= 0, let next = contents[shared]?.request.nextTurn(answeredAt: Seconds(now)) {
      client.plan(next)
    }
    free(answer.slot)
  }

  private mutating func reject(_ request: Request, _ reason: RequestRecord.Rejection) {
    for var refused in RequestRecord.refused(request, reason, at: Seconds(now)) {
      refused.replica = replica
      observer.closed(refused)
      closed += 1
    }
  }

  // MARK: Records

  /// A run of steps that gave the sequence tokens has ended without being its last.
  mutating func keepRun(_ s: Int) {
    guard Observer.keepsDeliveries else { return }
    earlierRuns[Int32(s), default: []].append(
      RequestRecord.StepRange(first: jobs[s].runStart, last: jobs[s].lastStep))
  }

  /// Sequences that were preempted and are in the batch go on.
  mutating func noteResumptions(at start: Double) {
    for i in entries.indices {
      let slot = entries[i].slot
      guard let last = interruptions[slot]?.indices.last, interruptions[slot]?[last].resumed == nil else {
        continue
      }
      interruptions[slot]?[last].resumed = Seconds(start)
    }
  }

  mutating func record(of s: Int, finished: Double?) -> RequestRecord {
    let job = jobs[s]
    var record = RequestRecord(
      index: job.index, stage: job.stage, promptTokens: Int(job.promptTokens),
      outputTokens: Int(job.outputTokens), generatedTokens: delivered(job),
      cachedTokens: max(0, Int(job.cachedTokens)), preemptions: Int(job.preemptions),
      released: Seconds(job.released), sent: Seconds(job.sent), replica: replica)
    if !job.firstStart.isNaN { record.started = Seconds(job.firstStart) }
    if job.hasFirstToken {
      record.firstToken = Seconds(job.firstToken)
      record.attribution = job.attribution
    }
    if let finished {
      record.finished = Seconds(finished)
      record.outcome = .finished
    }
    if Observer.keepsDeliveries, !interruptions.isEmpty {
      record.interruptions = interruptions.removeValue(forKey: Int32(s)) ?? []
    }
    if Observer.keepsDeliveries, job.hasToken {
      record.deliveries = earlierRuns.removeValue(forKey: Int32(s)) ?? []
      if job.runStart < endedSteps {
        record.deliveries.append(
          RequestRecord.StepRange(first: job.runStart, last: min(job.lastStep, endedSteps - 1)))
      }
    }
    return record
  }

  /// Output tokens that reached the client. The job is up to date.
  private mutating func delivered(_ job: Job) -> Int {
    let inFlight = job.lastStep - max(job.runStart, endedSteps) + 1
    return Int(job.sampled) - (job.hasToken ? max(0, inFlight) : 0)
  }

  /// Tells the observer of the requests that the horizon or an interruption cut off, turns not reached among them.
  mutating func closeUnfinished() {
    let told = closed + closeUnderWay()
    if wasInterrupted, !Observer.keepsDeliveries { return observer.abandoned(client.count - told) }
    while let request = client.nextUnsent() {
      observer.closed(.unsent(request, planned: request.arrival))
      request.followUps.forEach { observer.closed(.unsent($0, planned: Seconds(now))) }
    }
  }

  /// Tells the observer of those that were sent, and of their later turns.
  ///
  /// - Returns: how many.
  mutating func closeUnderWay() -> Int {
    // What is in flight was not run to its end.
    for step in endedSteps..<composedSteps { busy -= flights[step].time }
    var told = 0
    for s in jobs.indices where jobs[s].state != .gone {
      let isAnswered = jobs[s].state == .answered
      if jobs[s].state == .crowd { bringUpToDate(s) }
      if !isAnswered {
        observer.closed(record(of: s, finished: nil))
        told += 1
      }
      let shared = Int(jobs[s].shared)
      if shared >= 0, let turns = contents[shared]?.request.followUps {
        turns.forEach { observer.closed(.unsent($0, planned: Seconds(now))) }
        told += turns.count
      }
    }
    return told
  }

  /// What is known of the run once it is over.
  var totals: RunTotals {
    RunTotals(
      busy: busy, limits: limits, prefixQueryTokens: prefixQueryTokens, prefixHitTokens: prefixHitTokens)
  }
}

extension Job {
  var attribution: TTFTAttribution {
    let begun = firstStart.isNaN ? firstEnd : firstStart
    let resumed = restart.isNaN ? begun : restart
    return TTFTAttribution(
      sent: sent, visible: visible, begun: begun, resumed: resumed, ownPrefill: ownPrefill, end: firstEnd,
      arrival: firstToken)
  }
}
