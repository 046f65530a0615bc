import CostModel
import Metrics
import Quantities

/// From a composed batch to its end.
extension JumpEngine {
  /// Puts the composed batch in flight: when it ends, who gets a token from it, and who has all of them then.
  mutating func launch() {
    let step = composedSteps
    launchedSteps += 1
    shape = emptyBatch
    shape.decodeSequences = crowdTokens
    shape.decodeContext = crowd.context
    for i in entries.indices {
      let entry = entries[i]
      if entry.isDecode {
        shape.addDecode(context: entry.cached + 1)
      } else {
        shape.addPrefill(new: entry.tokens, cached: entry.cached)
      }
    }
    let start = max(now, gpuFree)
    let time = cost.time(of: shape)
    gpuFree = start + time.total.value
    busy += time
    for i in entries.indices where !entries[i].isDecode && !jobs[entries[i].slot].hasFirstToken {
      let entry = entries[i]
      jobs[entry.slot].start(at: start)
      jobs[entry.slot].ownPrefill += timeAlone(entry, in: time)
    }
    if Observer.keepsDeliveries, !interruptions.isEmpty { noteResumptions(at: start) }

    flights[step].step = StepRecord(
      composed: Seconds(now), start: Seconds(start), end: Seconds(gpuFree),
      prefillTokens: shape.prefillTokens, decodeTokens: shape.decodeSequences, running: running.count,
      waiting: waiting.count, usedBlocks: pool.usedBlocks, preemptions: preempted + earlierPreemptions)
    earlierPreemptions = 0
    flights[step].time = time
    flights[step].tokens = crowdTokens
    flights[step].consecutive = crowdTokens
    let formerlyFinishing = finishing.count
    endCrowd(step)
    composedSteps += 1
    crowd.advance()
    sample(step, formerlyFinishing)
  }

  /// - Parameter time: of the whole step.
  private mutating func timeAlone(_ entry: Entry, in time: StepTime) -> Double {
    if shape.requests == 1 { return time.total.value }
    return aloneTimes.seconds(tokens: entry.tokens, cached: entry.cached) {
      var alone = emptyBatch
      alone.addPrefill(new: entry.tokens, cached: entry.cached)
      return cost.time(of: alone).total.value
    }
  }

  /// Members of the crowd that get their last token from the batch leave it.
  private mutating func endCrowd(_ step: Int) {
    let formerlyFinishing = finishing.count
    while let admission = crowd.popEnd(step: composedSteps) {
      let place = position(of: admission)
      guard place < running.count, running[place].admission == admission else { continue }
      let slot = running[place].slot
      let s = Int(slot)
      guard jobs[s].state == .crowd else { continue }
      let ahead =
        place - othersAhead(of: admission, formerlyFinishing) + samplingAhead(of: admission)
      bringUpToDate(s)
      crowd.remove(slot, computed: jobs[s].computed, step: composedSteps, isNamed: jobs[s].isNamed)
      jobs[s].computed += 1
      jobs[s].sampled += 1
      jobs[s].lastStep = composedSteps
      jobs[s].lastEnd = gpuFree
      jobs[s].state = .finishing
      finishing.append(admission)
      flights[step].add(
        Flight.Delivery(slot: slot, position: ahead, isFirst: false, isLast: true, gap: .nan))
    }
  }

  /// Running members of the crowd, as it was when the batch was composed, that were admitted earlier.
  private mutating func crowdAhead(of admission: UInt32, _ formerlyFinishing: Int) -> Int {
    crowdTokens == 0 ? 0 : position(of: admission) - othersAhead(of: admission, formerlyFinishing)
  }

  /// Running sequences outside the crowd, as it was when the batch was composed, that were admitted earlier.
  ///
  /// - Parameter formerlyFinishing: number of those that ended with the step before; they come first in `finishing`.
  private mutating func othersAhead(of admission: UInt32, _ formerlyFinishing: Int) -> Int {
    var others = 0
    for i in singles.indices where jobs[singles[i]].admission < admission { others += 1 }
    for i in 0..<formerlyFinishing where finishing[i] < admission { others += 1 }
    return others
  }

  /// Position in `running` of the first sequence with this admission or a later one.
  ///
  /// - Parameter guess: where to look first.
  mutating func position(of admission: UInt32, guess: Int = 0) -> Int {
    let last = running.count - 1
    if guess <= last, running[guess].admission == admission { return guess }
    if last >= 0, running[last].admission <= admission {
      return running[last].admission == admission ? last : running.count
    }
    return running.lowerBound { $0.admission >= admission }
  }

  /// Sequences outside the crowd that get a token from the batch and were admitted earlier.
  private mutating func samplingAhead(of admission: UInt32) -> Int {
    var count = 0
    for i in entries.indices where entries[i].samples && jobs[entries[i].slot].admission < admission {
      count += 1
    }
    return count
  }

  /// Sequences outside the crowd that get a token from the batch: their first, or the first one after a while, or their last.
  private mutating func sample(_ step: Int, _ formerlyFinishing: Int) {
    var position = 0
    var joins = false
    for i in entries.indices where entries[i].samples {
      let entry = entries[i]
      let s = Int(entry.slot)
      let isFirst = !jobs[s].hasToken
      let isLast = jobs[s].isFullyScheduled
      var gap = Double.nan
      if jobs[s].lastStep == step - 1, !isFirst {
        flights[step].consecutive += 1
      } else {
        if !isFirst {
          gap = gpuFree - jobs[s].lastEnd
          keepRun(s)
        }
        jobs[s].runStart = step
      }
      jobs[s].lastStep = step
      jobs[s].lastEnd = gpuFree
      if isFirst || isLast || !gap.isNaN {
        flights[step].add(
          Flight.Delivery(
            slot: entry.slot, position: position + crowdAhead(of: jobs[s].admission, formerlyFinishing),
            isFirst: isFirst,
            isLast: isLast, gap: gap))
      }
      position += 1
    }
    flights[step].tokens += position
    for i in entries.indices where entries[i].samples {
      let entry = entries[i]
      let s = Int(entry.slot)
      joins = true
      if jobs[s].isFullyScheduled {
        jobs[s].state = .finishing
        finishing.append(jobs[s].admission)
      } else {
        jobs[s].state = .crowd
        jobs[s].joined = composedSteps
        jobs[s].isNamed = needsNames(s)
        crowd.add(
          entry.slot, admission: jobs[s].admission, computed: jobs[s].computed,
          tokensLeft: jobs[s].outputTokens - jobs[s].sampled, step: composedSteps,
          isNamed: jobs[s].isNamed)
      }
    }
    if joins { removeJoined() }
  }

  private mutating func removeJoined() {
    var kept = 0
    for i in singles.indices where jobs[singles[i]].state == .single {
      singles[kept] = singles[i]
      kept += 1
    }
    singles.removeLast(singles.count - kept)
  }

  /// The oldest batch in flight has ended.
  mutating func endBatch() throws {
    let step = endedSteps
    endedSteps += 1
    isWaiting = false
    let sending = frontEnd.sendTokens(flights[step].tokens, at: Seconds(now))
    observer.ended(
      flights[step].step, tokens: flights[step].tokens, consecutive: flights[step].consecutive)
    for i in 0..<flights[step].deliveries.count {
      let delivery = flights[step].deliveries[i]
      let arrival = frontEnd.arrival(delivery.position, sending: sending).value
      if !delivery.gap.isNaN { observer.resumed(after: Seconds(delivery.gap)) }
      if delivery.isFirst {
        jobs[delivery.slot].firstToken = arrival
        jobs[delivery.slot].firstEnd = now
      }
      if delivery.isLast { finish(delivery.slot, at: arrival, guess: delivery.position) }
    }
    flights[step].deliveries.removeAll()
    if options.checksInvariants { try check(isThorough: endedSteps % 64 == 0) }
  }

  /// - Parameters: `time`: when the client has the last token; `guess`: where in `running` the sequence may be.
  private mutating func finish(_ slot: Int32, at time: Double, guess: Int) {
    let s = Int(slot)
    if jobs[s].state == .finishing {
      let admission = jobs[s].admission
      _ = running.remove(at: position(of: admission, guess: guess))
      finishing.removeAll { $0 == admission }
      publish(s, upTo: Int(jobs[s].computed) / blockSize)
      giveBack(s)
      if !waiting.isEmpty { isAdmissionSettled = false }
    }
    observer.closed(record(of: s, finished: time))
    closed += 1
    let hasMore = hasFollowUps(s)
    if Source.takesAnswersEarly {
      client.answer(
        TimedQueue.Item(time: time, index: jobs[s].index, slot: slot),
        conversation: hasMore ? contents[Int(jobs[s].shared)]?.request : nil)
    } else if client.isCapped || hasMore {
      // The slot stays taken until the answer has arrived.
      answered.add(TimedQueue.Item(time: time, index: jobs[s].index, slot: hasMore ? slot : -1))
      if hasMore {
        jobs[s].state = .answered
        return
      }
    } else {
      client.settle()
    }
    free(slot)
  }
}
