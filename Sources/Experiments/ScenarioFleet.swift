package import CostModel
public import Models
public import Serving

/// How many replicas, of what, and what spreads the requests over them.
public struct FleetSpec: Hashable, Sendable {
  /// At least one, each of at least one replica.
  public var groups: [Group]
  public var router: Router

  /// Replicas that are alike.
  public struct Group: Hashable, Sendable {
    public var count: Int
    /// nil is the run's.
    public var variant: Variant?

    public init(count: Int, variant: Variant? = nil) {
      self.count = count
      self.variant = variant
    }
  }

  public init(replicas: Int = 1, router: Router = .roundRobin) {
    self.init(groups: [Group(count: replicas)], router: router)
  }

  public init(groups: [Group], router: Router) {
    self.groups = groups
    self.router = router
  }

  public var replicas: Int { groups.reduce(0) { $0 + $1.count } }

  /// Whether every group names its variant, so that no other can be tried.
  public var isFixed: Bool { groups.allSatisfy { $0.variant != nil } }

  /// The replicas of each variant, in order of the first one.
  ///
  /// - Parameter variant: of the groups that name none.
  public func variants(for variant: Variant) -> [(variant: Variant, count: Int)] {
    var found: [(variant: Variant, count: Int)] = []
    for group in groups {
      let own = group.variant ?? variant
      if let i = found.firstIndex(where: { $0.variant.name == own.name }) {
        found[i].count += group.count
      } else {
        found.append((own, group.count))
      }
    }
    return found
  }

  /// "swiftkv-50", or "2×baseline+2×swiftkv-50" where replicas differ.
  public func name(for variant: Variant) -> String { FleetSpec.name(variants(for: variant)) }

  static func name(_ variants: [(variant: Variant, count: Int)]) -> String {
    variants.count == 1
      ? variants[0].variant.name : variants.map { "\($0.count)×\($0.variant.name)" }.joined(separator: "+")
  }
}

extension Scenario {
  /// GPUs of all replicas.
  public var gpus: Int { fleet.replicas * tensorParallelSize }

  /// - Throws: ``ExperimentError`` if the scenario's replicas leave no choice of variants.
  public func requireChoiceOfVariant() throws(ExperimentError) {
    guard !fleet.isFixed else { throw ExperimentError(problems: [Self.noChoice]) }
  }

  static let noChoice =
    "replicas: every group names its variant, so no other can be tried; take 'variant' out of the groups that are to "
    + "change, or use 'swiftkv-sim run' without --variant"

  /// The replicas of the scenario.
  ///
  /// - Parameters:
  ///   - variant: of the groups that name none.
  ///   - cache: tables of kernel times to share; nil for the fleet's own.
  /// - Throws: what keeps a variant, the model and the device from going together, see ``Deployment``.
  package func fleet(of variant: Variant, sharing cache: TableCache? = nil) throws -> Fleet {
    let cache = cache ?? TableCache()
    var deployments: [String: Deployment] = [:]
    for (own, _) in fleet.variants(for: variant) {
      do {
        deployments[own.name] = try deployment(of: own, sharing: cache)
      } catch {
        throw fleet.groups.count == 1 ? error : UnfitGroup(variant: own.name, reason: "\(error)")
      }
    }
    let members = fleet.groups.flatMap { group -> [Fleet.Member] in
      let name = (group.variant ?? variant).name
      guard let deployment = deployments[name] else { return [] }
      return Array(repeating: Fleet.Member(deployment, variant: name), count: group.count)
    }
    return Fleet(members, router: fleet.router, seed: seed)
  }

  /// One group of several that cannot be.
  struct UnfitGroup: Error, CustomStringConvertible {
    let variant: String
    let reason: String
    var description: String { "replicas of \(variant): \(reason)" }
  }
}
