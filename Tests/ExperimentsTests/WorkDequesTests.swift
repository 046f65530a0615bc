import Dispatch
import Synchronization
import Testing

@testable import Experiments

/// How the work of a sweep is shared out.
@Suite struct WorkDequesTests {
  @Test(
    "Every index is given out once, whatever the estimates",
    arguments: [(0, 1), (1, 3), (7, 2), (1000, 4), (20_000, 8)])
  func once(count: Int, threads: Int) {
    for estimates in [
      [Double](repeating: 0, count: count), (0..<count).map { Double($0 % 13) },
      (0..<count).map { $0 == 0 ? 1e6 : 1 },
    ] {
      let deques = WorkDeques(estimates: estimates, threads: threads)
      let given = Mutex([Int](repeating: 0, count: count))
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        var mine: [Int] = []
        while let i = deques.next(thread: thread) { mine.append(i) }
        given.withLock { given in for i in mine { given[i] += 1 } }
      }
      #expect(given.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }

  @Test("One thread gets the dearest first, equal ones in order of their indices")
  func order() {
    let deques = WorkDeques(estimates: [1, 5, 3, 5], threads: 1)
    var given: [Int] = []
    while let i = deques.next(thread: 0) { given.append(i) }
    #expect(given == [1, 3, 2, 0])
  }

  @Test("Work is dealt out by cost, and whoever has none left takes half of what is left elsewhere")
  func stealing() {
    // Thread 0 is dealt the dear one, thread 1 all others.
    let deques = WorkDeques(estimates: [100] + [Double](repeating: 1, count: 40), threads: 2)
    #expect(deques.next(thread: 0) == 0)
    let stolen = (0..<20).map { _ in deques.next(thread: 0) }
    #expect(Set(stolen.compactMap(\.self)) == Set(21...40), "the rear half of the other's run")
    #expect(deques.next(thread: 1) == 1)
    #expect(deques.next(thread: 1) == 2)
  }
}
