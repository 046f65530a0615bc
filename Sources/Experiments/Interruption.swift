import Dispatch
import Foundation
import Synchronization

/// Notices Ctrl-C (SIGINT) and SIGTERM, so that what is finished can be kept.
///
/// Only the first signal is caught: after it the signals kill again, so a second Ctrl-C always ends the program.
public final class Interruption: Sendable {
  private let flag = Flag()
  // Dispatch sources may be used from any thread, but are not marked so.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
  private static let signals = [SIGINT, SIGTERM]

  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// Begins to watch.
  public init() {
    let flag = flag
    sources = Self.signals.map { number in
      // Dispatch sees the signal only if the default action (death) does not come first.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
      source.setEventHandler {
        flag.isSet.store(true, ordering: .relaxed)
        Self.restore()
      }
      source.activate()
      return source
    }
    Self.unblock()
  }

  /// A program that was started by one that blocks signals inherits that, and would not be killed by the second one either.
  private static func unblock() {
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals { sigaddset(&mask, number) }
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Whether a signal came.
  public var isPending: Bool { flag.isSet.load(ordering: .relaxed) }

  /// Ends the watch: signals kill again.
  public func end() {
    for source in sources { source.cancel() }
    Self.restore()
  }

  private static func restore() {
    for number in signals { signal(number, SIG_DFL) }
  }
}
