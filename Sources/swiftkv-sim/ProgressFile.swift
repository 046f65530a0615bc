import Foundation
import Results
import Synchronization

/// A file that holds how many simulations are finished, for another program to read.
final class ProgressFile: Sendable {
  private let path: String
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  private static let pause = Duration.seconds(1)

  init(_ path: String) { self.path = path }

  /// Writes the number, at most once a second. What cannot be written is left out: nothing depends on it.
  func show(_ finished: Int) {
    let isDue = last.withLock { last in
      if let last, ContinuousClock.now - last < Self.pause { return false }
      last = ContinuousClock.now
      return true
    }
    if isDue { try? AtomicFile.write("\(finished)\n", to: path) }
  }
}
