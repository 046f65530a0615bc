public import Quantities

/// What a simulation tells about a run while it happens, so that whoever wants less than everything need not keep everything.
///
/// Calls come in order of simulated time. A concrete observer is compiled into the engine's loop: keep its methods short and
/// `@inlinable`.
public protocol RunObserver {
  /// Whether ``RequestRecord/deliveries`` are wanted; they are empty otherwise.
  static var keepsDeliveries: Bool { get }

  /// The client sent a request that the replica took.
  mutating func sent(at time: Seconds)

  /// A step has ended.
  ///
  /// - Parameters:
  ///   - tokens: output tokens that it delivered.
  ///   - consecutive: of these, tokens of requests that got one from the step before as well: as many gaps between tokens, each as
  ///     long as from that step's end to this one's.
  mutating func ended(_ step: StepRecord, tokens: Int, consecutive: Int)

  /// A request got a token from a step after having been left out of the one before.
  ///
  /// - Parameter gap: since its token before.
  mutating func resumed(after gap: Seconds)

  /// A request finished, was refused, or was not done when the run ended: once for each. A finished one is told when its last
  /// step has ended, although the client has the token a little later; those not done come last of all.
  mutating func closed(_ request: RequestRecord)

  /// An interruption left `requests` unsent, which are told one by one only to observers that keep deliveries: with many millions to
  /// come, making them would keep whoever interrupted waiting.
  mutating func abandoned(_ requests: Int)

  /// Of one of several replicas: when the first request of all that some replica took was sent. Told before anything else.
  mutating func began(at time: Seconds)

  /// Hands over what it knows of single seconds, which only all replicas together make a figure of.
  mutating func settle(into seconds: inout FleetSeconds)
}

extension RunObserver {
  public mutating func abandoned(_ requests: Int) {}
  public mutating func began(at time: Seconds) {}
  public mutating func settle(into seconds: inout FleetSeconds) {}
}
