package import EngineSettings
package import Hardware
import Quantities

/// The API server: one thread that takes requests in and sends tokens out, in the order in which they come.
///
/// A token reaches its client only after the tokens before it, of its own step and of earlier ones, have been sent.
package struct FrontEnd: Sendable {
  private let perRequest: Seconds
  let perOutputToken: Seconds
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

  /// Sends a token that the engine delivered.
  ///
  /// - Returns: when the client has it.
  mutating func sendToken(at time: Seconds) -> Seconds {
    free = max(free, time) + perOutputToken
    return free
  }

  /// Sends the `count` tokens of a step that ended at `time`, one after another.
  ///
  /// - Returns: when it begins with the first; the client has the n-th, counted from 1, n times ``perOutputToken`` later.
  mutating func sendTokens(_ count: Int, at time: Double) -> Double {
    let start = max(free.value, time)
    free = Seconds(start + Double(count) * perOutputToken.value)
    return start
  }
}
