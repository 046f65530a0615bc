import CostModel
import EngineSettings
import Metrics
import Quantities

/// Which tokens of which sequences run in the next step: the rules of ``Scheduler``.
extension JumpEngine {
  /// - Returns: whether a batch was put in flight.
  mutating func compose() throws -> Bool {
    entries.removeAll()
    crowdTokens = 0
    preempted = 0
    var budget = settings.maxNumBatchedTokens
    if !scheduleTogether(&budget) {
      dissolveCrowd()
      scheduleOneByOne(&budget)
    }
    // A step that had to preempt admits nobody.
    if preempted == 0 {
      admit(&budget)
    } else {
      isAdmissionSettled = false
    }
    guard crowdTokens > 0 || !entries.isEmpty else {
      if options.checksInvariants { try check(isThorough: false) }
      earlierPreemptions += preempted
      // Nothing ran because the last one made way for itself: with its blocks free, the next attempt can admit. With a batch in flight
      // the engine waits for that one first.
      return preempted > 0 && composedSteps == endedSteps ? try compose() : false
    }
    launch()
    if options.checksInvariants { try check(isThorough: composedSteps % 64 == 0) }
    return true
  }

  // MARK: Running sequences

  /// Schedules all running sequences at once, if who comes first does not matter: if the tokens suffice for all, or for all but the
  /// last ones, and the blocks for all, or for those that are left when the last ones are preempted.
  ///
  /// - Returns: false, with nothing done, if they must be scheduled one by one.
  private mutating func scheduleTogether(_ budget: inout Int) -> Bool {
    let left = budget - crowd.count
    guard left >= 0 else { return false }
    var wanted = 0
    for i in singles.indices { wanted += wish(singles[i]) }
    if wanted > left, !areSinglesLast() { return false }

    var demand = together(left)
    if demand > pool.freeBlocks, isPriority { return false }
    while demand > pool.freeBlocks {
      preempt(at: running.count - 1)
      demand = together(left)
    }
    pool.take(crowd.blocks(step: composedSteps))
    if crowd.namedCount > 0 { nameBlocksOfCrowd() }
    crowdTokens = crowd.count
    budget -= crowdTokens
    for i in singles.indices {
      let slot = singles[i]
      let tokens = min(wish(slot), budget)
      guard tokens > 0 else { continue }
      let isAllocated = grow(slot, by: tokens)
      precondition(isAllocated, "INV-3: too few blocks for what was found to fit")
      schedule(slot, tokens)
      budget -= tokens
    }
    return true
  }

  /// Blocks for one step of everybody, `tokens` of it for those that are looked at one by one.
  private mutating func together(_ tokens: Int) -> Int {
    var left = tokens
    var blocks = crowd.blocks(step: composedSteps)
    for i in singles.indices {
      let slot = singles[i]
      let own = min(wish(slot), left)
      left -= own
      let computed = Int(jobs[slot].computed)
      blocks += blocksFor(computed + own) - blocksFor(computed)
    }
    return blocks
  }

  /// Tokens that a sequence would take.
  private mutating func wish(_ slot: Int32) -> Int {
    let computed = Int(jobs[slot].computed)
    return max(0, min(limited(jobs[slot].tokens - computed), limits.maxModelLen - 1 - computed))
  }

  private mutating func limited(_ tokens: Int) -> Int {
    let threshold = settings.longPrefillTokenThreshold
    return threshold > 0 ? min(tokens, threshold) : tokens
  }

  /// Whether no member of the crowd comes after one of the others.
  private mutating func areSinglesLast() -> Bool {
    var i = running.count
    for single in singles.indices.reversed() {
      repeat { i -= 1 } while jobs[running[i].slot].state == .finishing
      if running[i].slot != singles[single] { return false }
    }
    return true
  }

  /// Everybody is looked at in the next step.
  private mutating func dissolveCrowd() {
    singles.removeAll()
    for i in running.indices {
      let member = running[i]
      let s = Int(member.slot)
      if jobs[s].state == .crowd {
        bringUpToDate(s)
        jobs[s].state = .single
      }
      if jobs[s].state == .single { singles.append(member.slot) }
    }
    crowd.removeAll()
  }

  /// Sets a crowd member's numbers to what they are now.
  mutating func bringUpToDate(_ s: Int) {
    let steps = Int32(composedSteps - jobs[s].joined)
    jobs[s].computed += steps
    jobs[s].sampled += steps
    jobs[s].joined = composedSteps
    jobs[s].lastStep = composedSteps - 1
    jobs[s].lastEnd = gpuFree
  }

  private mutating func scheduleOneByOne(_ budget: inout Int) {
    var i = 0
    while i < running.count, budget > 0 {
      let slot = running[i].slot
      let tokens = jobs[slot].state == .finishing ? 0 : min(wish(slot), budget)
      if tokens <= 0 {
        i += 1
        continue
      }
      var isAllocated = grow(slot, by: tokens)
      while !isAllocated {
        let victim = preemptionVictim()
        let victimSlot = running[victim].slot
        if let e = entries.indices.first(where: { entries[$0].slot == victimSlot }) {
          let entry = entries.remove(at: e)
          budget += entry.tokens
          if entry.samples { jobs[entry.slot].sampled -= 1 }
        }
        if victim < i { i -= 1 }
        preempt(at: victim)
        if victimSlot == slot { return }
        isAllocated = grow(slot, by: tokens)
      }
      schedule(slot, tokens)
      budget -= tokens
      i += 1
    }
  }

  private mutating func schedule(_ slot: Int32, _ tokens: Int) {
    let s = Int(slot)
    let cached = Int(jobs[s].computed)
    jobs[s].computed += Int32(tokens)
    let samples = Int(jobs[s].computed) == jobs[s].tokens
    if samples { jobs[s].sampled += 1 }
    entries.append(
      Entry(
        slot: slot, tokens: tokens, cached: cached, samples: samples,
        isDecode: tokens == 1 && cached >= Int(jobs[s].promptTokens)))
  }

  // MARK: Preemption

  /// Position in `running` of the sequence to give up: the last admitted, or the one that is served last by priority.
  private mutating func preemptionVictim() -> Int {
    guard isPriority else { return running.count - 1 }
    var victim = 0
    for i in running.indices
    where jobs[running[i].slot].rank > jobs[running[victim].slot].rank { victim = i }
    return victim
  }

  private mutating func preempt(at position: Int) {
    let slot = running.remove(at: position).slot
    let s = Int(slot)
    preempted += 1
    switch jobs[s].state {
    case .crowd:
      bringUpToDate(s)
      crowd.remove(slot, computed: jobs[s].computed, step: composedSteps, isNamed: jobs[s].isNamed)
    case .single: singles.removeAll { $0 == slot }
    default:
      let admission = jobs[s].admission
      finishing.removeAll { $0 == admission }
    }
    jobs[s].preemptions += 1
    jobs[s].isPreempted = true
    if Observer.keepsDeliveries {
      interruptions[slot, default: []].append(RequestRecord.Interruption(preempted: Seconds(now)))
    }
    if jobs[s].isFullyScheduled {
      giveBack(s)
      jobs[s].state = .draining
    } else {
      publish(s, upTo: (Int(jobs[s].computed) - tokensInFlight(s)) / blockSize)
      giveBackReclaimably(s)
      jobs[s].computed = 0
      jobs[s].published = 0
      jobs[s].state = .waiting
      waiting.add(slot, rank: jobs[s].rank, isPreempted: true)
    }
  }

  // MARK: Admission

  private mutating func admit(_ budget: inout Int) {
    isAdmissionSettled = true
    while let slot = waiting.first, running.count < settings.maxNumSeqs {
      guard budget > 0 else {
        isAdmissionSettled = false
        return
      }
      let s = Int(slot)
      let hits = findHits(s)
      let cached = hits.count * blockSize
      let total = jobs[s].tokens
      var tokens = limited(total - cached)
      if !settings.enableChunkedPrefill, tokens > budget {
        isAdmissionSettled = false
        return
      }
      tokens = min(tokens, budget)
      guard admissionFits(hits, upTo: cached + tokens, total: total) else {
        // Hits can get lost to those that run, after which the sequence may want less.
        isAdmissionSettled = hits.count == 0
        return
      }
      waiting.removeFirst()
      jobs[s].admission = admissions
      running.append(Member(admission: admissions, slot: slot))
      admissions += 1
      singles.append(slot)
      if jobs[s].cachedTokens < 0 {
        jobs[s].cachedTokens = Int32(cached)
        if caching {
          prefixQueryTokens += total
          prefixHitTokens += cached
        }
      }
      take(s, hits)
      jobs[s].state = .single
      let isAllocated = grow(slot, by: tokens)
      precondition(isAllocated, "INV-3: admission was granted without room")
      schedule(slot, tokens)
      budget -= tokens
    }
  }

  /// Whether a waiting sequence can start: its first chunk fits, hit blocks that lie in the free list counted, and a
  /// release's further conditions hold.
  private mutating func admissionFits(_ hits: PrefixHits, upTo tokens: Int, total: Int) -> Bool {
    let needed = blocksFor(tokens) - hits.count + hits.revived
    if needed > pool.freeBlocks { return false }
    if settings.schedulerReserveFullISL, blocksFor(total) - hits.count + hits.revived > pool.freeBlocks {
      return false
    }
    return running.isEmpty || needed + reserve <= pool.freeBlocks
  }
}
