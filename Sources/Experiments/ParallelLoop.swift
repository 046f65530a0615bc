import Dispatch
import Foundation
import Synchronization

/// Independent pieces of work on several threads.
package enum ParallelLoop {
  /// What `body` returns for each of 0 ..< `count`, in that order.
  ///
  /// - Throws: the error of the lowest index that failed; the others have run as well.
  package static func map<T: Sendable>(
    count: Int, threads: Int?, _ body: @Sendable (Int) throws -> T
  ) throws -> [T] {
    let slots = Mutex([Result<T, any Error>?](repeating: nil, count: count))
    run(count: count, threads: threads) { i in
      let result = Result { try body(i) }
      slots.withLock { $0[i] = result }
    }
    return try slots.withLock { $0 }.compactMap { try $0?.get() }
  }

  /// Calls `body` once for each of 0 ..< `count`, in ascending order as threads become free. Bodies put what they find in a
  /// slot of their index, so that nothing depends on which thread came first.
  ///
  /// - Parameter threads: nil is one per core.
  package static func run(count: Int, threads: Int?, _ body: @Sendable (Int) -> Void) {
    let next = Atomic(0)
    let width = max(1, min(threads ?? ProcessInfo.processInfo.activeProcessorCount, count))
    DispatchQueue.concurrentPerform(iterations: width) { _ in
      while true {
        let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard i < count else { return }
        body(i)
      }
    }
  }
}
