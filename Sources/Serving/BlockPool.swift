/// The paged KV cache of one replica: which blocks are referenced, which hold reusable content, which is reused next.
///
/// Block 0 is the null block and never handed out. A free block keeps its content and stays findable until it is handed out
/// again (lazy eviction); the free list is in order of release, so the least recently released block goes first. Every
/// operation is O(1).
struct BlockPool: Sendable {
  /// Blocks that can be handed out.
  let usableBlocks: Int
  private(set) var freeBlocks: Int
  private var references: [Int32]
  /// Name of a block's content; 0 = none.
  private var keys: [UInt64]
  /// Neighbours in the free list, a ring through the null block.
  private var after: [Int32]
  private var before: [Int32]
  /// For every name the ring of blocks that hold the content, entered at the oldest; lookups return that one.
  private var index: [UInt64: Int32] = [:]
  private var sameAfter: [Int32]
  private var sameBefore: [Int32]

  /// - Parameter numGPUBlocks: the null block included.
  init(numGPUBlocks: Int) {
    usableBlocks = max(0, numGPUBlocks - 1)
    freeBlocks = usableBlocks
    let n = usableBlocks + 1
    references = Array(repeating: 0, count: n)
    keys = Array(repeating: 0, count: n)
    after = (0..<n).map { Int32(($0 + 1) % n) }
    before = (0..<n).map { Int32(($0 + n - 1) % n) }
    sameAfter = Array(repeating: 0, count: n)
    sameBefore = sameAfter
  }

  var usedBlocks: Int { usableBlocks - freeBlocks }

  func isReferenced(_ block: Int32) -> Bool { references[Int(block)] > 0 }

  /// Whether the block still holds what it held when it was published under this name.
  func holds(_ block: Int32, _ key: UInt64) -> Bool { keys[Int(block)] == key }

  /// The block to use for content of this name, or nil.
  func find(_ key: UInt64) -> Int32? { index[key] }

  /// Takes the next free block; its former content is gone.
  ///
  /// - Precondition: a block is free.
  mutating func allocate() -> Int32 {
    let block = after[0]
    precondition(block != 0, "INV-3: no free block")
    unlink(block)
    forget(block)
    references[Int(block)] = 1
    return block
  }

  /// Adds a reference to a block that holds wanted content.
  mutating func share(_ block: Int32) {
    if references[Int(block)] == 0 { unlink(block) }
    references[Int(block)] += 1
  }

  /// Drops a reference; the last one puts the block at the end of the free list.
  mutating func release(_ block: Int32) {
    let b = Int(block)
    precondition(references[b] > 0, "INV-3: block \(b) released too often")
    references[b] -= 1
    guard references[b] == 0 else { return }
    let last = before[0]
    after[Int(last)] = block
    before[b] = last
    after[b] = 0
    before[0] = block
    freeBlocks += 1
  }

  /// Names a block's content. `findable` enters it in the index; content that one request alone can want need not be.
  mutating func publish(_ block: Int32, _ key: UInt64, findable: Bool) {
    let b = Int(block)
    precondition(keys[b] == 0, "block \(b) has a name already")
    keys[b] = key
    guard findable else { return }
    guard let oldest = index[key] else {
      index[key] = block
      (sameAfter[b], sameBefore[b]) = (block, block)
      return
    }
    let newest = sameBefore[Int(oldest)]
    sameAfter[Int(newest)] = block
    sameBefore[b] = newest
    sameAfter[b] = oldest
    sameBefore[Int(oldest)] = block
  }

  private mutating func unlink(_ block: Int32) {
    let b = Int(block)
    after[Int(before[b])] = after[b]
    before[Int(after[b])] = before[b]
    freeBlocks -= 1
  }

  private mutating func forget(_ block: Int32) {
    let b = Int(block)
    let key = keys[b]
    guard key != 0 else { return }
    keys[b] = 0
    let next = sameAfter[b]
    guard next != 0 else { return }
    sameAfter[Int(sameBefore[b])] = next
    sameBefore[Int(next)] = sameBefore[b]
    (sameAfter[b], sameBefore[b]) = (0, 0)
    if index[key] == block { index[key] = next == block ? nil : next }
  }
}

extension BlockPool {
  /// Walks everything and says what is wrong, or nil. O(blocks).
  ///
  /// - Parameter held: references that sequences hold, over all blocks.
  func inconsistency(held: Int) -> String? {
    var (block, walked) = (after[0], 0)
    while block != 0 {
      if references[Int(block)] != 0 { return "block \(block) is free and referenced" }
      walked += 1
      if walked > usableBlocks { return "the free list does not end" }
      block = after[Int(block)]
    }
    if walked != freeBlocks { return "\(walked) blocks in the free list, \(freeBlocks) counted" }
    let total = references.reduce(0) { $0 + Int($1) }
    if total != held { return "\(total) references counted, sequences hold \(held)" }
    let referenced = references.count { $0 > 0 }
    if referenced + freeBlocks != usableBlocks {
      return "\(referenced) referenced + \(freeBlocks) free ≠ \(usableBlocks) blocks"
    }
    for (key, oldest) in index where keys[Int(oldest)] != key {
      return "block \(oldest) is found under a wrong name"
    }
    return nil
  }
}
