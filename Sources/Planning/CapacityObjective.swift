public import Metrics

/// What a load must keep to be carried: limits on statistics of the run, a share of requests that keep limits of their own, and a queue
/// that does not grow.
public struct CapacityObjective: Hashable, Sendable, Codable {
  /// As in a scenario's `objective`.
  public var limits: [Objective.Limit]
  /// Limits of single requests; empty for none.
  public var goodputLimits: GoodputLimits
  /// Least share of requests that must keep ``goodputLimits``, above 0 and at most 1.
  public var goodShare: Double

  /// Of what is sent, this share must be completed in the same time (Vidur and AIConfigurator ask for the like): below it the queue
  /// grows and the answer would depend on the length of the run.
  public static let completedShare = 0.95

  /// Default of ``goodShare``: 95 of 100 requests.
  public static let usualGoodShare = 0.95

  public init(
    limits: [Objective.Limit], goodputLimits: GoodputLimits = GoodputLimits(),
    goodShare: Double = CapacityObjective.usualGoodShare
  ) {
    self.limits = limits
    self.goodputLimits = goodputLimits
    self.goodShare = goodShare
  }

  /// Whether it asks for nothing but a queue that does not grow.
  public var isEmpty: Bool { limits.isEmpty && goodputLimits.isEmpty }
}
