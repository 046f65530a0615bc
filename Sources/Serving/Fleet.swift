/// Replicas behind a router, each an engine with a front end, a block pool and a prefix cache of its own.
public struct Fleet: Sendable {
  /// At least one. Their numbers are their positions here.
  public let members: [Member]
  public let router: Router
  /// Of the router's random choices.
  public let seed: UInt64

  public struct Member: Sendable {
    public let deployment: Deployment
    /// The short name of the deployment's variant, for reports.
    public let variant: String

    public init(_ deployment: Deployment, variant: String) {
      self.deployment = deployment
      self.variant = variant
    }
  }

  /// - Precondition: there is at least one member.
  public init(_ members: [Member], router: Router = .roundRobin, seed: UInt64 = 0) {
    precondition(!members.isEmpty, "a fleet has at least one replica")
    self.members = members
    self.router = router
    self.seed = seed
  }

  /// One replica.
  public init(_ deployment: Deployment, variant: String = "") {
    self.init([Member(deployment, variant: variant)])
  }
}
