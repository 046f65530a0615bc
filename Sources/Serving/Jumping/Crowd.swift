import EventEngine

/// Sequences that decode: one token a step each, until they have all. They are kept as sums, so a step costs the same however many there are.
///
/// Members are added and removed between steps; `step` always is the number of the next step to be composed.
struct Crowd: Sendable {
  private(set) var count = 0
  /// Σ of the contexts of the next step, in tokens, the new ones included.
  private(set) var context = 0
  /// `demand[r]`: members that need a new block in steps with number ≡ r modulo the block size.
  private(set) var demand: [Int]
  /// Members whose blocks other requests can look up, by the same remainder: each new block needs a name.
  private(set) var named: [[Int32]]
  /// Members, and how many of them are in `named`.
  private(set) var namedCount = 0
  /// Step that samples a member's last token, counted from `base`, and its admission; those who left early are still in it.
  private var ends = PackedHeap<UInt64>()
  /// Moved up where steps counted from it would no longer fit: a run may have more steps than 32 bits count.
  private var base = 0
  private let span: Int
  private let blockSize: Int

  /// - Parameter span: steps that are counted from one base, 2³² at most.
  init(blockSize: Int, span: Int = 1 << 32) {
    self.blockSize = blockSize
    self.span = span
    demand = Array(repeating: 0, count: blockSize)
    named = Array(repeating: [], count: blockSize)
  }

  /// Blocks that the members need in a step.
  func blocks(step: Int) -> Int { demand[step % blockSize] }

  /// Members that need a named block in a step.
  func named(step: Int) -> [Int32] { named[step % blockSize] }

  func hasNamed(step: Int) -> Bool { namedCount > 0 && !named[step % blockSize].isEmpty }

  /// First step in which some member may end. Too early where a member left.
  var nextEnd: Int { ends.first.map { base + Int($0 >> 32) } ?? .max }

  /// - Parameters: `computed`: tokens that the member has when `step` is composed; `tokensLeft`: output tokens not sampled by then.
  mutating func add(
    _ slot: Int32, admission: UInt32, computed: Int32, tokensLeft: Int32, step: Int, isNamed: Bool
  ) {
    count += 1
    context += Int(computed) + 1
    let r = remainder(computed, step: step)
    demand[r] += 1
    if isNamed {
      named[r].append(slot)
      namedCount += 1
    }
    let end = step + Int(tokensLeft) - 1
    if end - base >= span { moveBase(to: step) }
    ends.push(UInt64(end - base) << 32 | UInt64(admission))
  }

  mutating func remove(_ slot: Int32, computed: Int32, step: Int, isNamed: Bool) {
    count -= 1
    context -= Int(computed) + 1
    let r = remainder(computed, step: step)
    demand[r] -= 1
    guard isNamed, let i = named[r].firstIndex(of: slot) else { return }
    named[r].remove(at: i)
    namedCount -= 1
  }

  /// The next admission whose sequence `step` would sample the last token of, in their order, or nil. It may have left the crowd since.
  mutating func popEnd(step: Int) -> UInt32? {
    guard let key = ends.first, base + Int(key >> 32) <= step else { return nil }
    _ = ends.pop()
    return UInt32(truncatingIfNeeded: key)
  }

  /// `steps` steps were composed.
  mutating func advance(_ steps: Int = 1) { context += steps * count }

  mutating func removeAll() {
    count = 0
    context = 0
    namedCount = 0
    for r in 0..<blockSize {
      demand[r] = 0
      named[r].removeAll(keepingCapacity: true)
    }
    ends = PackedHeap<UInt64>()
  }

  /// A block is full after as many tokens as it holds: the next one is needed when `computed` is a multiple of the block size.
  private func remainder(_ computed: Int32, step: Int) -> Int {
    let r = (step - Int(computed)) % blockSize
    return r < 0 ? r + blockSize : r
  }

  /// - Parameter step: before it nobody ends any more.
  private mutating func moveBase(to step: Int) {
    let moved = UInt64(step - base) << 32
    var later = PackedHeap<UInt64>()
    for key in ends.unordered where key >= moved { later.push(key - moved) }
    (ends, base) = (later, step)
  }
}
