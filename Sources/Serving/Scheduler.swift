import EngineSettings
import Workload

/// vLLM V1's scheduler: which tokens of which sequences run in the next step, and which KV blocks they hold.
///
/// Knows no time. `compose` is `schedule()`, `deliver` is `update_from_output()`. There are no phases: each step tries to bring
/// every sequence's computed tokens up to its tokens, running sequences first, in order of admission.
struct Scheduler: Sendable {
  let settings: EngineConfig
  let maxModelLen: Int
  let blockSize: Int
  private(set) var pool: BlockPool
  private(set) var waiting: WaitingQueue
  /// Slots in order of admission.
  private(set) var running: [Int32] = []
  /// By slot; a slot is used again once its sequence has finished.
  private(set) var sequences: [Sequence] = []
  private var freeSlots: [Int32] = []
  private var arrived = 0
  /// Prompt tokens looked up in, and found in, the prefix cache at first admissions.
  private(set) var prefixQueryTokens = 0
  private(set) var prefixHitTokens = 0

  init(settings: EngineConfig, limits: ReplicaLimits) {
    self.settings = settings
    maxModelLen = limits.maxModelLen
    blockSize = limits.blockSize
    pool = BlockPool(numGPUBlocks: limits.numGPUBlocks)
    waiting = WaitingQueue(policy: settings.schedulingPolicy)
  }

  /// Whether composing could find work: something waits, or something runs that is not certain to finish.
  var hasWork: Bool { !waiting.isEmpty || !running.isEmpty }

  func sequence(_ slot: Int32) -> Sequence { sequences[Int(slot)] }

  /// Puts a new request in the waiting queue.
  ///
  /// - Precondition: the request fits an empty replica.
  mutating func add(_ request: Request) -> Int32 {
    let sequence = Sequence(request, order: arrived, blockSize: blockSize)
    arrived += 1
    let slot: Int32
    if let free = freeSlots.popLast() {
      slot = free
      sequences[Int(slot)] = sequence
    } else {
      slot = Int32(sequences.count)
      sequences.append(sequence)
    }
    waiting.add(slot, rank: sequence.rank, isPreempted: false)
    return slot
  }

  // MARK: Composing a batch

  /// Fills an empty batch. It stays empty if nothing can be scheduled now.
  mutating func compose(into batch: inout Batch) {
    var budget = settings.maxNumBatchedTokens
    scheduleRunning(&batch, &budget)
    // A step that had to preempt admits nobody.
    if batch.preempted.isEmpty { admitWaiting(&batch, &budget) }
  }

  private mutating func scheduleRunning(_ batch: inout Batch, _ budget: inout Int) {
    var i = 0
    while i < running.count, budget > 0 {
      let slot = running[i]
      let s = Int(slot)
      if sequences[s].isFullyScheduled {
        i += 1
        continue
      }
      let missing = sequences[s].tokens - sequences[s].computed
      let tokens = min(limited(missing), budget, maxModelLen - 1 - sequences[s].computed)
      if tokens <= 0 {
        i += 1
        continue
      }
      var isAllocated = grow(s, by: tokens)
      while !isAllocated {
        let victim = preemptionVictim()
        if let entry = batch.remove(running[victim]) {
          budget += entry.tokens
          if entry.samples { sequences[Int(entry.slot)].sampled -= 1 }
        }
        if victim < i { i -= 1 }
        let victimSlot = preempt(at: victim)
        batch.preempted.append(victimSlot)
        if victimSlot == slot { return }
        isAllocated = grow(s, by: tokens)
      }
      schedule(slot, tokens, &batch)
      budget -= tokens
      i += 1
    }
  }

  private mutating func admitWaiting(_ batch: inout Batch, _ budget: inout Int) {
    while budget > 0, running.count < settings.maxNumSeqs, let slot = waiting.first {
      let s = Int(slot)
      let hits = prefixHits(s)
      let cached = hits.count * blockSize
      let total = sequences[s].tokens
      var tokens = limited(total - cached)
      if !settings.enableChunkedPrefill, tokens > budget { return }
      tokens = min(tokens, budget)
      guard admissionFits(s, hits: hits, upTo: cached + tokens, total: total) else { return }
      waiting.removeFirst()
      running.append(slot)
      if sequences[s].cachedTokens == nil {
        sequences[s].cachedTokens = cached
        if settings.enablePrefixCaching {
          prefixQueryTokens += total
          prefixHitTokens += cached
        }
      }
      take(s, hits: hits)
      let isAllocated = grow(s, by: tokens)
      precondition(isAllocated, "INV-3: admission was granted without room")
      schedule(slot, tokens, &batch)
      budget -= tokens
    }
  }

  private func limited(_ tokens: Int) -> Int {
    settings.longPrefillTokenThreshold > 0 ? min(tokens, settings.longPrefillTokenThreshold) : tokens
  }

  private mutating func schedule(_ slot: Int32, _ tokens: Int, _ batch: inout Batch) {
    let s = Int(slot)
    let cached = sequences[s].computed
    let isDecode = tokens == 1 && cached >= sequences[s].promptTokens
    sequences[s].computed = cached + tokens
    let samples = sequences[s].computed == sequences[s].tokens
    if samples { sequences[s].sampled += 1 }
    batch.add(
      Batch.Entry(slot: slot, tokens: tokens, cached: cached, samples: samples, isDecode: isDecode))
  }

  // MARK: Blocks

  private func blocks(for tokens: Int) -> Int { (tokens + blockSize - 1) / blockSize }

  /// Gets the blocks for `tokens` more tokens, all or none, and publishes those that fill up with known tokens.
  private mutating func grow(_ s: Int, by tokens: Int) -> Bool {
    let target = sequences[s].computed + tokens
    let missing = blocks(for: target) - sequences[s].blocks.count
    if missing > pool.freeBlocks { return false }
    if missing > 0 { for _ in 0..<missing { sequences[s].blocks.append(pool.allocate()) } }
    if settings.enablePrefixCaching { publish(s, upTo: min(target, sequences[s].knownTokens) / blockSize) }
    return true
  }

  private mutating func publish(_ s: Int, upTo full: Int) {
    while sequences[s].published < full {
      let i = sequences[s].published
      let key = sequences[s].keys.key(i)
      pool.publish(sequences[s].blocks[i], key, findable: !sequences[s].keys.isPrivate)
      sequences[s].published += 1
    }
  }

  /// Leading blocks whose content is in the cache. At least one token is left to compute.
  private mutating func prefixHits(_ s: Int) -> [Int32] {
    guard settings.enablePrefixCaching else { return [] }
    let most = (sequences[s].tokens - 1) / blockSize
    var hits: [Int32] = []
    if sequences[s].keys.isPrivate {
      // Nobody else can have this content, so only the sequence's own former blocks need to be looked at.
      for (i, block) in sequences[s].formerBlocks.prefix(most).enumerated() {
        guard pool.holds(block, sequences[s].keys.key(i)) else { break }
        hits.append(block)
      }
      return hits
    }
    for i in 0..<most {
      guard let block = pool.find(sequences[s].keys.key(i)) else { break }
      hits.append(block)
    }
    return hits
  }

  /// Whether a waiting sequence can start: its first chunk fits, hit blocks that lie in the free list counted, and a
  /// release's further conditions hold.
  private func admissionFits(_ s: Int, hits: [Int32], upTo tokens: Int, total: Int) -> Bool {
    let revived = hits.count { !pool.isReferenced($0) }
    let needed = blocks(for: tokens) - hits.count + revived
    if needed > pool.freeBlocks { return false }
    if settings.schedulerReserveFullISL, blocks(for: total) - hits.count + revived > pool.freeBlocks {
      return false
    }
    let reserve = Int(settings.watermark * Double(pool.usableBlocks + 1))
    return running.isEmpty || needed + reserve <= pool.freeBlocks
  }

  private mutating func take(_ s: Int, hits: [Int32]) {
    for block in hits { pool.share(block) }
    sequences[s].blocks = hits
    sequences[s].published = hits.count
    sequences[s].computed = hits.count * blockSize
    sequences[s].formerBlocks = []
    sequences[s].state = .running
  }

  // MARK: Preemption and completion

  /// Position in `running` of the sequence to give up: the last admitted, or the one that is served last by priority.
  private func preemptionVictim() -> Int {
    guard settings.schedulingPolicy == .priority else { return running.count - 1 }
    var victim = 0
    for i in running.indices where sequences[Int(running[i])].rank > sequences[Int(running[victim])].rank {
      victim = i
    }
    return victim
  }

  private mutating func preempt(at position: Int) -> Int32 {
    let slot = running.remove(at: position)
    let s = Int(slot)
    sequences[s].formerBlocks = sequences[s].blocks
    releaseBlocks(s)
    sequences[s].preemptions += 1
    if sequences[s].isFullyScheduled {
      sequences[s].state = .draining
    } else {
      sequences[s].computed = 0
      sequences[s].published = 0
      sequences[s].state = .waiting
      waiting.add(slot, rank: sequences[s].rank, isPreempted: true)
    }
    return slot
  }

  /// Last block first, so that a prompt's end is reused before its beginning.
  private mutating func releaseBlocks(_ s: Int) {
    for block in sequences[s].blocks.reversed() { pool.release(block) }
    sequences[s].blocks = []
  }

  /// Hands out the tokens of a finished step, in the order of the batch. A sequence that got its last one leaves and frees
  /// its blocks; its state can be read until the next ``add(_:)``.
  mutating func deliver(_ batch: borrowing Batch, into deliveries: inout [Delivery]) {
    var someFinished = false
    for entry in batch.entries where entry.samples {
      let s = Int(entry.slot)
      sequences[s].delivered += 1
      // With placeholders, a block may fill up with a token that is known only now.
      if settings.enablePrefixCaching, sequences[s].state == .running {
        let inFlight = sequences[s].sampled - sequences[s].delivered
        publish(s, upTo: (sequences[s].computed - inFlight) / blockSize)
      }
      let isLast = sequences[s].delivered == sequences[s].outputTokens
      deliveries.append(Delivery(slot: entry.slot, isLast: isLast))
      guard isLast else { continue }
      if sequences[s].state == .running { someFinished = true }
      releaseBlocks(s)
      sequences[s].state = .finished
      freeSlots.append(entry.slot)
    }
    if someFinished { running.removeAll { sequences[Int($0)].state == .finished } }
  }

  /// A token that reached the client.
  struct Delivery: Sendable {
    let slot: Int32
    let isLast: Bool
  }
}
