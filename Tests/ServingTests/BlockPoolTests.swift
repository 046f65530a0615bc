import Testing

@testable import Serving

/// The linked lists and the index against an obviously right pool of arrays.
@Suite("block pool") struct BlockPoolTests {
  /// Blocks in order of release, content by block.
  struct PlainPool {
    var free: [Int32]
    var references: [Int32: Int] = [:]
    /// Published blocks of each name, oldest first.
    var named: [(key: UInt64, block: Int32)] = []

    init(_ n: Int) { free = (1..<Int32(n)).map { $0 } }

    mutating func allocate() -> Int32 {
      let block = free.removeFirst()
      named.removeAll { $0.block == block }
      references[block] = 1
      return block
    }
    mutating func share(_ block: Int32) {
      free.removeAll { $0 == block }
      references[block, default: 0] += 1
    }
    mutating func release(_ block: Int32) {
      references[block, default: 0] -= 1
      if references[block] == 0 { free.append(block) }
    }
    func find(_ key: UInt64) -> Int32? { named.first { $0.key == key }?.block }
  }

  @Test("agrees with the plain pool, operation by operation", arguments: 0..<50) func differential(seed: Int)
  {
    var random = TestRandom(seed: seed)
    let n = random.integer(2...40)
    var pool = BlockPool(numGPUBlocks: n)
    var plain = PlainPool(n)
    var held: [Int32] = []
    var unnamed: Set<Int32> = []
    for _ in 0..<400 {
      switch random.integer(0...3) {
      case 0 where pool.freeBlocks > 0:
        let block = pool.allocate()
        #expect(block == plain.allocate())
        held.append(block)
        unnamed.insert(block)
      case 1:
        let key = UInt64(random.integer(1...6))
        let found = pool.find(key)
        #expect(found == plain.find(key))
        if let found {
          pool.share(found)
          plain.share(found)
          held.append(found)
        }
      case 2 where !held.isEmpty:
        let block = held.remove(at: random.integer(0...held.count - 1))
        pool.release(block)
        plain.release(block)
      case 3:
        guard let block = held.last(where: { unnamed.contains($0) }) else { continue }
        let key = UInt64(random.integer(1...6))
        pool.publish(block, key, findable: true)
        plain.named.append((key, block))
        unnamed.remove(block)
      default: continue
      }
      #expect(pool.freeBlocks == plain.free.count)
    }
    #expect(pool.inconsistency(held: held.count) == nil)
    #expect(pool.inconsistency(held: held.count + 1) != nil, "a lost reference is seen")
  }

  @Test("the null block is never handed out") func nullBlock() {
    var pool = BlockPool(numGPUBlocks: 4)
    #expect((0..<3).map { _ in pool.allocate() } == [1, 2, 3])
    #expect(pool.freeBlocks == 0 && pool.usableBlocks == 3)
  }
}
