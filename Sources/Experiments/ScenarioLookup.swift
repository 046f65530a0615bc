import Foundation
import Models
import Quantities
import Workload

/// The catalogues that a scenario refers to by name.
struct ScenarioLookup: Sendable {
  /// A model by its catalogue name, or by the path of a `config.json` relative to a folder.
  var model: @Sendable (_ name: String, _ folder: String) throws -> ModelConfig
  var presetNames: [String]
  var preset: @Sendable (_ name: String) -> WorkloadSpec?

  static let standard = ScenarioLookup(
    model: { name, folder in
      if let model = ModelConfig.named(name) { return model }
      let path = (name as NSString).expandingTildeInPath
      let absolute = path.hasPrefix("/") ? path : (folder as NSString).appendingPathComponent(path)
      if looksLikePath(name) || FileManager.default.fileExists(atPath: absolute) {
        return try ModelConfig.load(path: absolute)
      }
      let near = ModelConfig.nearestNames(to: name)
      throw UnknownModel(
        description: "'\(name)' is not in the catalogue"
          + (near.isEmpty
            ? "; 'swiftkv-sim models' lists it, and a path of a config.json works too"
            : "; did you mean \(near.joined(separator: ", or "))?"))
    },
    presetNames: WorkloadSpec.presetNames,
    preset: { WorkloadSpec.preset($0) })

  private static func looksLikePath(_ name: String) -> Bool {
    name.hasSuffix(".json") || name.hasPrefix(".") || name.hasPrefix("/") || name.hasPrefix("~")
  }

  struct UnknownModel: Error, CustomStringConvertible { let description: String }
}
