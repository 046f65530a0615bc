import EngineSettings
import Workload

/// vLLM V1's `schedule()` and `update_from_output()` written down a second time, as plainly as possible: tokens are listed one
/// by one, free blocks are an array, block contents are compared token by token, and the synchronous engine knows no
/// placeholders. Slow, and shares nothing with the engine under test.
struct PlainScheduler {
  final class Job {
    let request: Request
    let order: Int
    /// Tokens whose value is known, one after another.
    var known: [Token]
    var outputs = 0
    var placeholders = 0
    var computed = 0
    var blocks: [Int] = []
    var preemptions = 0
    var cached: Int?
    var place = Place.waiting

    enum Place { case waiting, running, preemptedAtEnd, gone }

    init(_ request: Request, order: Int) {
      (self.request, self.order) = (request, order)
      known = Token.prompt(of: request)
    }

    /// Of two jobs the one that is served later under the priority policy.
    func isServedAfter(_ other: Job) -> Bool {
      (request.priority, order) > (other.request.priority, other.order)
    }
  }

  /// What a token is: the n-th of some text, or of what one request alone has.
  struct Token: Hashable {
    var owner: Int?
    var text: UInt64
    var position: Int

    static func prompt(of request: Request) -> [Token] {
      var tokens: [Token] = []
      switch request.content {
      case .unique: break
      case .text(let text):
        tokens = (0..<request.promptTokens).map { Token(text: text, position: $0) }
      case .segments(let segments):
        for segment in segments {
          tokens += (0..<segment.tokens).map { Token(text: segment.text, position: $0) }
        }
      }
      tokens = Array(tokens.prefix(request.promptTokens))
      for position in 0..<(request.promptTokens - tokens.count) {
        tokens.append(Token(owner: request.index, text: 0, position: position))
      }
      return tokens
    }

    static func output(_ n: Int, of request: Request) -> Token {
      if let text = request.outputContent { return Token(text: text, position: n) }
      return Token(owner: request.index, text: 1, position: n)
    }
  }

  struct Entry {
    let job: Job
    let tokens: Int
    let cached: Int
    var samples = false
  }

  let settings: EngineConfig
  let maxModelLen: Int
  let totalBlocks: Int
  var cache: PlainCache
  var waiting: [Job] = []
  var running: [Job] = []
  var queryTokens = 0
  var hitTokens = 0

  init(settings: EngineConfig, maxModelLen: Int, numGPUBlocks: Int) {
    (self.settings, self.maxModelLen) = (settings, maxModelLen)
    totalBlocks = numGPUBlocks
    cache = PlainCache(blocks: numGPUBlocks - 1, size: settings.blockSize)
  }

  private var isPriority: Bool { settings.schedulingPolicy == .priority }
  private var isAsync: Bool { settings.asyncScheduling }

  mutating func schedule() -> (batch: [Entry], preempted: Int) {
    var budget = settings.maxNumBatchedTokens
    var batch: [Entry] = []
    var preempted = 0
    var i = 0
    running: while i < running.count, budget > 0 {
      let job = running[i]
      let end = job.request.promptTokens + job.request.outputTokens
      if job.placeholders > 0, job.computed + 2 - job.placeholders >= end {
        i += 1
        continue
      }
      var n = job.known.count + job.placeholders - job.computed
      if settings.longPrefillTokenThreshold > 0 { n = min(n, settings.longPrefillTokenThreshold) }
      n = min(n, budget)
      n = min(n, maxModelLen - 1 - job.computed)
      if n == 0 {
        i += 1
        continue
      }
      while !allocate(job, n, hits: []) {
        var victim = running.count - 1
        if isPriority {
          for k in running.indices { if running[k].isServedAfter(running[victim]) { victim = k } }
        }
        let loser = running.remove(at: victim)
        if victim < i { i -= 1 }
        if let k = batch.firstIndex(where: { $0.job === loser }) { budget += batch.remove(at: k).tokens }
        preempt(loser)
        preempted += 1
        if loser === job { break running }
      }
      batch.append(Entry(job: job, tokens: n, cached: job.computed))
      budget -= n
      i += 1
    }
    if preempted == 0 { admit(&batch, &budget) }
    for k in batch.indices {
      let job = batch[k].job
      job.computed += batch[k].tokens
      batch[k].samples = job.computed == job.known.count + job.placeholders
      if isAsync, batch[k].samples { job.placeholders += 1 }
    }
    return (batch, preempted)
  }

  private mutating func admit(_ batch: inout [Entry], _ budget: inout Int) {
    while budget > 0, running.count < settings.maxNumSeqs {
      var head = waiting.first
      if isPriority { for job in waiting { if let h = head, h.isServedAfter(job) { head = job } } }
      guard let job = head else { return }
      let hits = settings.enablePrefixCaching ? cache.longestHit(job.known) : []
      let hit = hits.count * settings.blockSize
      var n = job.known.count - hit
      if settings.longPrefillTokenThreshold > 0 { n = min(n, settings.longPrefillTokenThreshold) }
      if !settings.enableChunkedPrefill, n > budget { return }
      n = min(n, budget)
      let lying = hits.count { cache.references[$0] == 0 }
      func need(_ tokens: Int) -> Int { cache.blocks(for: tokens) - hits.count + lying }
      if settings.schedulerReserveFullISL, need(job.known.count) > cache.free.count { return }
      let kept = running.isEmpty ? 0 : Int(settings.watermark * Double(totalBlocks))
      if need(hit + n) + kept > cache.free.count { return }
      job.computed = hit
      guard allocate(job, n, hits: hits) else { return }
      waiting.removeAll { $0 === job }
      running.append(job)
      job.place = .running
      if job.cached == nil {
        job.cached = hit
        if settings.enablePrefixCaching {
          queryTokens += job.known.count
          hitTokens += hit
        }
      }
      batch.append(Entry(job: job, tokens: n, cached: hit))
      budget -= n
    }
  }

  /// All blocks for `n` more tokens, or none.
  private mutating func allocate(_ job: Job, _ n: Int, hits: [Int]) -> Bool {
    let missing = cache.blocks(for: job.computed + n) - job.blocks.count - hits.count
    let lying = hits.count { cache.references[$0] == 0 }
    if missing + lying > cache.free.count { return false }
    for block in hits { cache.touch(block) }
    job.blocks += hits
    for _ in 0..<max(0, missing) { job.blocks.append(cache.take()) }
    publish(job, upTo: min(job.computed + n, job.known.count))
    return true
  }

  private mutating func publish(_ job: Job, upTo tokens: Int) {
    if settings.enablePrefixCaching { cache.publish(job.blocks, job.known, upTo: tokens) }
  }

  private mutating func preempt(_ job: Job) {
    cache.release(job.blocks)
    job.blocks = []
    job.preemptions += 1
    if job.outputs + job.placeholders == job.request.outputTokens {
      job.place = .preemptedAtEnd
    } else {
      job.computed = 0
      job.place = .waiting
      waiting.insert(job, at: 0)
    }
  }

  /// Appends the sampled tokens; returns who got one, in order.
  mutating func update(_ batch: [Entry]) -> [Job] {
    var got: [Job] = []
    for entry in batch where entry.samples {
      let job = entry.job
      job.known.append(Token.output(job.outputs, of: job.request))
      job.outputs += 1
      got.append(job)
      if isAsync {
        job.placeholders -= 1
        if job.place == .running { publish(job, upTo: job.computed - job.placeholders) }
      }
      if job.outputs == job.request.outputTokens {
        cache.release(job.blocks)
        job.blocks = []
        job.place = .gone
        running.removeAll { $0 === job }
      }
    }
    return got
  }
}

/// KV blocks 0 ..< `blocks` in plain arrays. All content is findable, whoever made it.
struct PlainCache {
  let size: Int
  var references: [Int]
  /// Next to be reused first.
  var free: [Int]
  /// What a block was published as: all tokens from the start of the sequence to the block's end, by number.
  var names: [Int?]
  private var published: [Int: [Int]] = [:]
  private var numbers: [Content: Int] = [:]

  private struct Content: Hashable {
    var before: Int
    var tokens: [PlainScheduler.Token]
  }

  init(blocks: Int, size: Int) {
    self.size = size
    references = Array(repeating: 0, count: blocks)
    names = Array(repeating: nil, count: blocks)
    free = Array(0..<blocks)
  }

  func blocks(for tokens: Int) -> Int { (tokens + size - 1) / size }

  private mutating func number(_ index: Int, _ tokens: [PlainScheduler.Token], before: Int) -> Int {
    let content = Content(before: before, tokens: Array(tokens[index * size..<(index + 1) * size]))
    if let number = numbers[content] { return number }
    numbers[content] = numbers.count + 1
    return numbers.count
  }

  mutating func longestHit(_ tokens: [PlainScheduler.Token]) -> [Int] {
    var hits: [Int] = []
    var before = 0
    while (hits.count + 1) * size <= tokens.count - 1 {
      before = number(hits.count, tokens, before: before)
      guard let block = published[before]?.first else { break }
      hits.append(block)
    }
    return hits
  }

  mutating func touch(_ block: Int) {
    references[block] += 1
    free.removeAll { $0 == block }
  }

  mutating func take() -> Int {
    let block = free.removeFirst()
    references[block] = 1
    if let name = names[block] { published[name]?.removeAll { $0 == block } }
    names[block] = nil
    return block
  }

  mutating func release(_ blocks: [Int]) {
    for block in blocks.reversed() {
      references[block] -= 1
      if references[block] == 0 { free.append(block) }
    }
  }

  mutating func publish(_ blocks: [Int], _ tokens: [PlainScheduler.Token], upTo count: Int) {
    // Walking the whole sequence each time would take quadratic time; a name holds all that is before it.
    var i = 0
    var before = 0
    while i < count / size, let name = names[blocks[i]] { (i, before) = (i + 1, name) }
    while i < count / size {
      before = number(i, tokens, before: before)
      names[blocks[i]] = before
      published[before, default: []].append(blocks[i])
      i += 1
    }
  }
}
