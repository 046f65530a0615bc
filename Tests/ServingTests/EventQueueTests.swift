import EventEngine
import Quantities
import Testing

@Suite("event queue") struct EventQueueTests {
  @Test("pops by time, rank, payload, whatever the order of insertion", arguments: 0..<30)
  func totalOrder(seed: Int) {
    var random = TestRandom(seed: seed)
    let events = (0..<random.integer(1...200)).map { i in
      EventQueue.Event(
        time: Seconds(Double(random.integer(0...20)) / 7), rank: UInt8(random.integer(0...2)), payload: i)
    }
    func drained(_ events: [EventQueue.Event]) -> [EventQueue.Event] {
      var queue = EventQueue()
      for event in events { queue.schedule(at: event.time, rank: event.rank, payload: event.payload) }
      var out: [EventQueue.Event] = []
      while let event = queue.next() {
        #expect(queue.now == event.time)
        out.append(event)
      }
      return out
    }
    let expected = events.sorted { ($0.time, $0.rank, $0.payload) < ($1.time, $1.rank, $1.payload) }
    #expect(drained(events) == expected)
    #expect(drained(events.reversed()) == expected)
  }

  @Test("interleaved with insertions it stays a heap", arguments: 0..<10) func interleaved(seed: Int) {
    var random = TestRandom(seed: seed)
    var heap = PackedHeap<UInt128>()
    var plain: [UInt128] = []
    for _ in 0..<500 {
      if random.coin(0.6) {
        let key = UInt128(random.bits() % 50)
        heap.push(key)
        plain.append(key)
        plain.sort()
      } else {
        #expect(heap.pop() == (plain.isEmpty ? nil : plain.removeFirst()))
      }
      #expect(heap.first == plain.first)
    }
  }
}
