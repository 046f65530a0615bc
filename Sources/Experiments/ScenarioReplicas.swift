import EngineSettings
import InputFiles
import Models
import Serving
import Yams

/// `replicas` and `router`.
extension ScenarioReader {
  /// Beyond it a simulation takes long and tells nothing that fewer do not.
  static let mostReplicas = 1024

  private static let replicasAllowed =
    "a whole number from 1 to \(mostReplicas), or a list such as [{count: 2, variant: baseline}, {count: 2, variant: "
    + "swiftkv-50}]"

  mutating func fleet(_ top: Section, model: ModelConfig?, engine: EngineConfig?) -> FleetSpec {
    let name = choice(top, "router", Router.allCases.map(\.rawValue))
    let router = name.flatMap(Router.init(rawValue:)) ?? .roundRobin
    guard let entry = top["replicas"] else { return FleetSpec(router: router) }
    guard entry.value.sequence != nil else {
      guard let count = entry.value.integer, (1...Self.mostReplicas).contains(count) else {
        note("found \(entry.value.summary); allowed is \(Self.replicasAllowed)", in: top, "replicas")
        return FleetSpec(router: router)
      }
      return FleetSpec(replicas: count, router: router)
    }
    guard let items = list(top, "replicas", allowed: Self.replicasAllowed, most: Self.mostReplicas) else {
      return FleetSpec(router: router)
    }
    let groups = items.compactMap { path, node -> FleetSpec.Group? in
      guard let item = section(node, at: path, line: node.mark?.line, kind: .replica) else { return nil }
      if !item.has("count") { note("missing; how many replicas the group has", in: item, "count") }
      let count = int(item, "count", 1...Self.mostReplicas)
      let variant = item.has("variant") ? self.variant(item, model: model, engine: engine) : nil
      return count.map { FleetSpec.Group(count: $0, variant: variant) }
    }
    let fleet = FleetSpec(groups: groups, router: router)
    if fleet.replicas > Self.mostReplicas {
      note(
        "found \(fleet.replicas) replicas in all; allowed are up to \(Self.mostReplicas)", in: top, "replicas"
      )
    }
    if top.has("variant"), !groups.isEmpty, fleet.isFixed {
      note("has no effect: every group of replicas names its own", in: top, "variant")
    }
    return fleet
  }
}
