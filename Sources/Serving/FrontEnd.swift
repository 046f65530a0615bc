package import EngineSettings
package import Hardware
import Quantities

/// The API server: one thread that takes requests in and sends tokens out, in the order in which they come.
///
/// A token reaches its client only after the tokens before it, of its own step and of earlier ones, have been sent.
package struct FrontEnd: Sendable {
  private let perRequest: Seconds
  private let perOutputToken: Seconds
  private let latency: Seconds
  /// When the thread has done all it was given.
  private var free = Seconds.zero

  package init(_ host: DeviceProfile.Host, release: VLLMRelease) {
    perRequest = host.perRequest
    perOutputToken = host.perOutputToken
    latency = release == .v0_23 ? host.frontEnd23 : host.frontEnd
  }

  /// None: the engine and its client are one program.
  package init() {
    perRequest = .zero
    perOutputToken = .zero
    latency = .zero
  }

  /// Takes in a request.
  ///
  /// - Returns: when the scheduler sees it.
  mutating func accept(at time: Seconds) -> Seconds {
    free = max(free, time) + perRequest
    return free + latency
  }

  /// Sends the `count` tokens of a step that ended at `time`, one after another.
  ///
  /// - Returns: when it begins; see ``arrival(_:sending:)``.
  mutating func sendTokens(_ count: Int, at time: Seconds) -> Seconds {
    let start = max(free, time)
    free = arrival(count - 1, sending: start)
    return start
  }

  /// When the client has a step's token with so many of the step's tokens before it, of which the first began to be sent at `start`.
  func arrival(_ position: Int, sending start: Seconds) -> Seconds {
    start + perOutputToken * Double(position + 1)
  }
}
