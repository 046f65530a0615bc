import Experiments
import InputFiles
import Yams

/// One direction of a sweep: a key of the scenario and its values, or several keys that change together.
public struct SweepAxis {
  /// As in the file: the key, or a name for several keys.
  public let name: String
  /// The keys that it sets, as `--set` takes them.
  public let paths: [String]
  let values: Values
  /// Where the axis stands in the file.
  let place: ScenarioError.Problem.Place
  /// What paths of files in values are relative to.
  let folder: String

  enum Values {
    /// For each value the nodes of all keys, and where it stands.
    case list([(nodes: [Node], place: ScenarioError.Problem.Place)])
    case range(SweepRange)
  }

  /// What an axis makes of the scenario at a point.
  struct Setting {
    var overrides: [ScenarioOverride]
    var parameters: [ParameterValue]
  }

  /// Number of values in a grid.
  var count: Int {
    switch values {
    case .list(let list): list.count
    case .range(let range): range.values.count
    }
  }

  /// The settings of a grid.
  var settings: [Setting] {
    switch values {
    case .list(let list): list.map { setting($0.nodes, $0.place) }
    case .range(let range): range.values.map { setting([Self.node($0)], place) }
    }
  }

  /// - Parameter share: a number in 0 ..< 1 that chooses one of the values, or a place in the range.
  func setting(at share: Double) -> Setting {
    switch values {
    case .list(let list):
      let chosen = list[min(list.count - 1, Int(share * Double(list.count)))]
      return setting(chosen.nodes, chosen.place)
    case .range(let range): return setting([Self.node(range.value(at: share))], place)
    }
  }

  private func setting(_ nodes: [Node], _ place: ScenarioError.Problem.Place) -> Setting {
    Setting(
      overrides: zip(paths, nodes).map {
        ScenarioOverride(path: $0, value: $1, place: place, folder: folder)
      },
      parameters: nodes.map { ParameterValue($0) })
  }

  private static func node(_ number: Double) -> Node {
    Node(Int(exactly: number).map { "\($0)" } ?? "\(number)", YAMLText.tag)
  }
}
