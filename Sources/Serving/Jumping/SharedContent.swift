import Workload

/// What a request needs to be told from one that shares nothing with others: later turns, and what its blocks are called.
struct SharedContent {
  let request: Request
  /// Leading blocks that other requests can look up; the rest is like any private content.
  let namedBlocks: Int

  /// - Returns: nil for a request of which nobody shares anything, and after which nothing comes.
  init?(_ request: Request, blockSize: Int, isCaching: Bool) {
    guard request.content != .unique || request.outputContent != nil || !request.followUps.isEmpty else {
      return nil
    }
    self.request = request
    let most = (request.promptTokens + request.outputTokens) / blockSize
    namedBlocks =
      isCaching ? min(BlockKeys.sharedTokens(request) / blockSize, most) : 0
  }
}

/// The named blocks of a request that runs, or is about to: their names, and the pool's nodes of those that it holds.
struct NamedBlocks: BitwiseCopyable {
  let count: Int
  private(set) var held = 0
  /// Of `count` elements each; nil until the request is looked at for admission, for the names of all that wait would take much memory.
  private var keys: UnsafeMutablePointer<UInt64>?
  private var nodes: UnsafeMutablePointer<Int32>?

  init(count: Int) { self.count = count }

  var needsKeys: Bool { keys == nil && count > 0 }

  mutating func makeKeys(of request: Request, blockSize: Int) {
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    BlockKeys(request, blockSize: blockSize).write(count, to: keys)
    self.keys = keys
    nodes = .allocate(capacity: count)
  }

  func deallocate() {
    keys?.deallocate()
    nodes?.deallocate()
  }

  /// Leading blocks that are in the cache now, up to `most`, and how many of them nobody holds.
  func findHits(_ pool: borrowing ContentPool, most: Int) -> (count: Int, unheld: Int) {
    guard let keys, let nodes else { return (0, 0) }
    var (found, unheld) = (0, 0)
    let limit = min(most, count)
    while found < limit {
      let block = pool.find(keys[found])
      if block < 0 { break }
      nodes[found] = block
      found += 1
      if !pool.isReferenced(block) { unheld += 1 }
    }
    return (found, unheld)
  }

  /// Holds the first `hits` blocks that were just found.
  mutating func share(_ hits: Int, _ pool: inout ContentPool) {
    guard let nodes else { return }
    for i in 0..<hits { pool.share(nodes[i]) }
    held = hits
  }

  /// Names up to `more` of the blocks just taken.
  mutating func add(_ more: Int, _ pool: inout ContentPool) {
    guard let nodes else { return }
    for _ in 0..<min(more, count - held) {
      nodes[held] = pool.makeNamed()
      held += 1
    }
  }

  /// Names of blocks below `count` get known.
  func publish(_ range: Range<Int>, _ pool: inout ContentPool) {
    guard let keys, let nodes else { return }
    for i in range { pool.publish(nodes[i], keys[i]) }
  }

  /// Last block first.
  mutating func release(_ pool: inout ContentPool) {
    guard let nodes else { return }
    while held > 0 {
      held -= 1
      pool.releaseNamed(nodes[held])
    }
  }
}
