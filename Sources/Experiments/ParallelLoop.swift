import Dispatch
import Foundation
import Synchronization

/// Independent pieces of work on several threads.
enum ParallelLoop {
  /// Calls `body` once for each of 0 ..< `count`, in ascending order as threads become free. Bodies put what they find in a
  /// slot of their index, so that nothing depends on which thread came first.
  ///
  /// - Parameter threads: nil is one per core.
  static func run(count: Int, threads: Int?, _ body: @Sendable (Int) -> Void) {
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
