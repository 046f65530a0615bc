import DequeModule
import EngineSettings
import EventEngine

/// Sequences that wait for admission, by slot.
///
/// First come first served: a queue whose head preempted sequences rejoin. Priority: by priority, then by when the request
/// reached the scheduler.
struct WaitingQueue: Sendable {
  private let policy: EngineConfig.SchedulingPolicy
  private var queue: Deque<Int32> = []
  private var heap = PackedHeap<UInt128>()

  init(policy: EngineConfig.SchedulingPolicy) { self.policy = policy }

  var count: Int { policy == .fcfs ? queue.count : heap.count }
  var isEmpty: Bool { count == 0 }

  var first: Int32? {
    switch policy {
    case .fcfs: queue.first
    case .priority: heap.first.map(Self.slot)
    }
  }

  /// - Parameters: `rank`: of the sequence, see ``Sequence/rank``. `isPreempted`: whether it ran before.
  mutating func add(_ slot: Int32, rank: UInt64, isPreempted: Bool) {
    switch policy {
    case .fcfs:
      if isPreempted { queue.prepend(slot) } else { queue.append(slot) }
    case .priority:
      heap.push(UInt128(rank) << 64 | UInt128(UInt32(bitPattern: slot)))
    }
  }

  mutating func removeFirst() {
    switch policy {
    case .fcfs: queue.removeFirst()
    case .priority: _ = heap.pop()
    }
  }

  /// Every waiting slot, in no particular order.
  var slots: [Int32] { policy == .fcfs ? Array(queue) : heap.unordered.map(Self.slot) }

  private static func slot(_ key: UInt128) -> Int32 { Int32(bitPattern: UInt32(truncatingIfNeeded: key)) }
}
