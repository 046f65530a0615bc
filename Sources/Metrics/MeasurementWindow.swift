/// Which part of a run the figures describe.
///
/// The default is what `vllm bench serve` does: every request counts, and the duration runs from time 0 to the last
/// response, ramp-up and drain included.
public struct MeasurementWindow: Hashable, Sendable, Codable {
  /// The first so many requests in order of sending (ties by index) are left out of every per-request figure, and the
  /// duration begins when the last of them was sent. (With 0 it begins at time 0, which in vLLM's arrival process is one
  /// interval before the first sending: the same rule.) Sending, not release, so that a closed loop, which releases
  /// everything at once, has a steady middle too.
  public var warmupRequests: Int
  /// Whether the length of the warm-up is found from the run, by ``WarmUp``; ``warmupRequests`` is then not looked at.
  public var findsWarmup: Bool
  /// If set, the duration ends at the last sending, and requests that finished after it are left out of every
  /// per-request figure, throughput included. Their number is ``Summary/excluded``.
  public var excludeDrain: Bool

  public init(warmupRequests: Int = 0, excludeDrain: Bool = false, findsWarmup: Bool = false) {
    self.warmupRequests = warmupRequests
    self.excludeDrain = excludeDrain
    self.findsWarmup = findsWarmup
  }

  /// Whether its figures need the whole run at hand: which requests count is known only afterwards. ``StreamingFigures`` has those
  /// of the default window.
  public var needsRecord: Bool { warmupRequests > 0 || excludeDrain || findsWarmup }
}
