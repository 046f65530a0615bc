/// What sequences hold of the KV cache.
extension JumpEngine {
  /// What of a waiting sequence's blocks is in the cache, from the first one on.
  struct PrefixHits {
    var count = 0
    /// Of these, named ones; the others are those of its former run that are left.
    var named = 0
    var ofFormerRun = 0
    /// Hits that are in the line of free blocks.
    var revived = 0
  }

  mutating func blocksFor(_ tokens: Int) -> Int { (tokens + blockSize - 1) / blockSize }

  /// Blocks that a sequence holds, which is as many as its tokens fill.
  mutating func heldBlocks(_ s: Int) -> Int { blocksFor(Int(jobs[s].computed)) }

  /// Whether a sequence has blocks to come, or to fill, that others can look up.
  mutating func needsNames(_ s: Int) -> Bool {
    let shared = jobs[s].shared
    return shared >= 0 && named[shared].count > Int(jobs[s].published)
  }

  /// Output tokens sampled by batches that have not ended; between two steps that is one at most.
  mutating func tokensInFlight(_ s: Int) -> Int { jobs[s].lastStep >= endedSteps ? 1 : 0 }

  /// Gets the blocks for `tokens` more tokens, all or none, and publishes those that fill up with known tokens.
  mutating func grow(_ slot: Int32, by tokens: Int) -> Bool {
    let s = Int(slot)
    let target = Int(jobs[s].computed) + tokens
    let missing = blocksFor(target) - heldBlocks(s)
    if missing > pool.freeBlocks { return false }
    // What the end of a batch made known is published before anybody looks it up.
    publish(s, upTo: (Int(jobs[s].computed) - tokensInFlight(s)) / blockSize)
    pool.take(missing)
    let shared = jobs[s].shared
    if shared >= 0 { named[shared].add(missing, &pool) }
    publish(s, upTo: min(target, jobs[s].tokens - tokensInFlight(s)) / blockSize)
    return true
  }

  /// The members of the crowd that need a block in this step get it, and those whose last block is full of known tokens publish it.
  mutating func nameBlocksOfCrowd() {
    let step = composedSteps
    for slot in crowd.named(step: step) {
      let s = Int(slot)
      publish(s, upTo: (Int(jobs[s].computed) + step - jobs[s].joined) / blockSize)
      named[jobs[s].shared].add(1, &pool)
    }
    // With nothing in flight the token that fills a block is known when the step that computes it is composed.
    guard composedSteps == endedSteps else { return }
    for slot in crowd.named(step: step + 1) {
      let s = Int(slot)
      publish(s, upTo: (Int(jobs[s].computed) + step + 1 - jobs[s].joined) / blockSize)
    }
  }

  mutating func publish(_ s: Int, upTo full: Int) {
    let published = Int(jobs[s].published)
    guard caching, full > published else { return }
    jobs[s].published = Int32(full)
    let shared = jobs[s].shared
    if shared >= 0, published < named[shared].count {
      named[shared].publish(published..<min(full, named[shared].count), &pool)
    }
  }

  /// Leading blocks whose content is in the cache. At least one token is left to compute.
  mutating func findHits(_ s: Int) -> PrefixHits {
    var hits = PrefixHits()
    guard caching else { return hits }
    let most = (jobs[s].tokens - 1) / blockSize
    let shared = jobs[s].shared
    if shared >= 0 {
      if named[shared].needsKeys, let request = contents[Int(shared)]?.request {
        named[shared].makeKeys(of: request, blockSize: blockSize)
      }
      (hits.named, hits.revived) = named[shared].findHits(pool, most: most)
      hits.count = hits.named
      if hits.named < named[shared].count { return hits }
    }
    let run = jobs[s].formerRun
    if run >= 0 {
      hits.ofFormerRun = min(pool.remaining(run), Int(jobs[s].formerPublished), most - hits.count)
      hits.count += hits.ofFormerRun
      hits.revived += hits.ofFormerRun
    }
    return hits
  }

  mutating func take(_ s: Int, _ hits: PrefixHits) {
    let shared = jobs[s].shared
    if shared >= 0 { named[shared].share(hits.named, &pool) }
    if jobs[s].formerRun >= 0 {
      pool.reclaim(jobs[s].formerRun, hits.ofFormerRun)
      jobs[s].formerRun = -1
    }
    jobs[s].published = Int32(hits.count)
    jobs[s].computed = Int32(hits.count * blockSize)
  }

  /// Releases a sequence's blocks, last block first, so that a prompt's end is reused before its beginning.
  mutating func giveBack(_ s: Int) {
    pool.release(heldBlocks(s) - heldNamed(s))
    releaseNamed(s)
  }

  /// The same for a preempted sequence, which may find its blocks again.
  mutating func giveBackReclaimably(_ s: Int) {
    let named = heldNamed(s)
    let own = heldBlocks(s) - named
    jobs[s].formerPublished = max(0, jobs[s].published - Int32(named))
    if own > 0, caching {
      jobs[s].formerRun = pool.releaseReclaimable(own)
    } else {
      pool.release(own)
    }
    releaseNamed(s)
  }

  mutating func heldNamed(_ s: Int) -> Int {
    let shared = jobs[s].shared
    return shared >= 0 ? named[shared].held : 0
  }

  private mutating func releaseNamed(_ s: Int) {
    let shared = jobs[s].shared
    if shared >= 0 { named[shared].release(&pool) }
  }
}
