/// The paged KV cache without its blocks: how many are free, and what the free ones still hold, in the order of their reuse.
///
/// Which block a sequence gets does not matter, only which content is lost. So content that nobody else can ask for is counted, not
/// listed: what a sequence gives back is one run of blocks, and all runs that nobody can want any more are one run. Blocks that other
/// requests can look up have a name and a node each. The order is that of ``BlockPool``: released last, reused last; of one sequence, its
/// last block first.
///
/// Taking n blocks takes O(runs and named blocks that are used up), everything else O(1).
struct ContentPool: ~Copyable {
  let usableBlocks: Int
  private(set) var freeBlocks: Int
  private var nodes = Slots<Node>()
  private var spare = Slots<Int32>()
  /// For every name the ring of blocks that hold the content, entered at the oldest; look-ups return that one.
  private var index = KeyIndex()

  /// A run of free blocks without names, or one block with a name, free or referenced. Free ones form a ring through node 0. Half a
  /// cache line.
  struct Node: BitwiseCopyable {
    var after: Int32 = 0
    var before: Int32 = 0
    var kind = Kind.run
    /// Blocks of a run, or sequences that hold a named block.
    var count: Int32 = 0
    /// Of a named block whose content is published.
    var key: UInt64 = 0
    var sameAfter: Int32 = 0
    var sameBefore: Int32 = 0

    enum Kind: Int32 {
      /// Blocks whose content nobody can ask for.
      case run
      /// Blocks that a preempted sequence may want back.
      case ownedRun
      case named
    }
  }

  init(usableBlocks: Int) {
    self.usableBlocks = usableBlocks
    freeBlocks = 0
    nodes.append(Node())
    if usableBlocks > 0 { release(usableBlocks) }
  }

  var usedBlocks: Int { usableBlocks - freeBlocks }

  // MARK: Content without a name

  /// Takes the `count` blocks that are due next; what they held is gone.
  ///
  /// - Precondition: so many are free.
  mutating func take(_ count: Int) {
    precondition(count <= freeBlocks, "INV-3: no free block")
    freeBlocks -= count
    var left = Int32(count)
    while left > 0 {
      let first = nodes[0].after
      let f = Int(first)
      if nodes[f].kind == .named {
        left -= 1
        unlink(first)
        forget(first)
        spare.append(first)
        continue
      }
      if nodes[f].count > left {
        nodes[f].count -= left
        return
      }
      left -= nodes[f].count
      nodes[f].count = 0
      unlink(first)
      // The owner gives the empty node back.
      if nodes[f].kind == .run { spare.append(first) }
    }
  }

  /// Gives back blocks whose content nobody can ask for.
  mutating func release(_ count: Int) {
    guard count > 0 else { return }
    let last = Int(nodes[0].before)
    freeBlocks += count
    if last != 0, nodes[last].kind == .run {
      nodes[last].count += Int32(count)
    } else {
      append(newNode(Node(count: Int32(count))))
    }
  }

  /// Gives back a preempted sequence's blocks, the last of them first in line.
  ///
  /// - Returns: the run, to be handed to ``reclaim(_:_:)``; until then ``remaining(_:)`` of its first blocks hold what they held.
  mutating func releaseReclaimable(_ count: Int) -> Int32 {
    let node = newNode(Node(kind: .ownedRun, count: Int32(count)))
    freeBlocks += count
    append(node)
    return node
  }

  func remaining(_ run: Int32) -> Int { Int(nodes[run].count) }

  /// Takes the first `count` blocks of a run back, with their content. The rest stays in line and has no owner any more.
  mutating func reclaim(_ run: Int32, _ count: Int) {
    let r = Int(run)
    precondition(
      nodes[r].kind == .ownedRun && count <= Int(nodes[r].count), "INV-3: blocks reclaimed that are gone")
    nodes[r].kind = .run
    let isListed = nodes[r].count > 0
    nodes[r].count -= Int32(count)
    freeBlocks -= count
    guard nodes[r].count == 0 else { return }
    if isListed { unlink(run) }
    spare.append(run)
  }

  // MARK: Named content

  /// A node for one of the blocks just taken, held by one sequence.
  mutating func makeNamed() -> Int32 { newNode(Node(kind: .named, count: 1)) }

  func isReferenced(_ block: Int32) -> Bool { nodes[block].count > 0 }

  /// The block to use for content of this name, or −1.
  func find(_ key: UInt64) -> Int32 { index.find(key) { nodes[$0].key == key } }

  mutating func share(_ block: Int32) {
    let b = Int(block)
    if nodes[b].count == 0 {
      unlink(block)
      freeBlocks -= 1
    }
    nodes[b].count += 1
  }

  /// Drops a reference; the last one puts the block at the end of the line.
  mutating func releaseNamed(_ block: Int32) {
    let b = Int(block)
    precondition(nodes[b].count > 0, "INV-3: block \(b) released too often")
    nodes[b].count -= 1
    guard nodes[b].count == 0 else { return }
    if nodes[b].key == 0 {
      spare.append(block)
      release(1)
    } else {
      freeBlocks += 1
      append(block)
    }
  }

  /// Names a block's content, so that others find it.
  mutating func publish(_ block: Int32, _ key: UInt64) {
    let b = Int(block)
    precondition(nodes[b].key == 0, "block \(b) has a name already")
    let oldest = find(key)
    nodes[b].key = key
    guard oldest >= 0 else {
      index.add(key, block)
      (nodes[b].sameAfter, nodes[b].sameBefore) = (block, block)
      return
    }
    let newest = nodes[oldest].sameBefore
    nodes[newest].sameAfter = block
    nodes[b].sameBefore = newest
    nodes[b].sameAfter = oldest
    nodes[oldest].sameBefore = block
  }

  private mutating func forget(_ block: Int32) {
    let b = Int(block)
    let (key, next) = (nodes[b].key, nodes[b].sameAfter)
    nodes[nodes[b].sameBefore].sameAfter = next
    nodes[next].sameBefore = nodes[b].sameBefore
    index.replace(key, block, with: next == block ? nil : next)
  }

  // MARK: The line

  private mutating func newNode(_ node: Node) -> Int32 { nodes.insert(node, reusing: &spare) }

  private mutating func append(_ node: Int32) {
    let n = Int(node)
    let last = nodes[0].before
    nodes[last].after = node
    nodes[n].before = last
    nodes[n].after = 0
    nodes[0].before = node
  }

  private mutating func unlink(_ node: Int32) {
    let n = Int(node)
    nodes[nodes[n].before].after = nodes[n].after
    nodes[nodes[n].after].before = nodes[n].before
  }
}

extension ContentPool {
  /// Walks everything and says what is wrong, or nil.
  ///
  /// - Parameters: `unnamed`: blocks that sequences hold without a name; `held`: references to named blocks, over all sequences.
  func inconsistency(unnamed: Int, held: Int) -> String? {
    var (node, free, listed) = (Int(nodes[0].after), 0, Set<Int>())
    while node != 0 {
      let isNamed = nodes[node].kind == .named
      if isNamed, nodes[node].count != 0 { return "block \(node) is free and referenced" }
      if !isNamed, nodes[node].count <= 0 { return "an empty run is in line" }
      if !listed.insert(node).inserted { return "the line of free blocks does not end" }
      free += isNamed ? 1 : Int(nodes[node].count)
      node = Int(nodes[node].after)
    }
    if free != freeBlocks { return "\(free) blocks in line, \(freeBlocks) counted as free" }
    let gone = Set(spare.indices.map { Int(spare[$0]) })
    let named = nodes.indices.dropFirst().filter {
      !listed.contains($0) && !gone.contains($0) && nodes[$0].kind == .named
    }
    let total = named.reduce(0) { $0 + Int(nodes[$1].count) }
    if total != held { return "\(total) references counted, sequences hold \(held)" }
    if named.count + unnamed + free != usableBlocks {
      return "\(named.count) named + \(unnamed) other + \(free) free ≠ \(usableBlocks) blocks"
    }
    return nil
  }
}
