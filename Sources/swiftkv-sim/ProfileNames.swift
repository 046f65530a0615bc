import Experiments
import Hardware
import InputFiles

/// Devices and profiles as the command line names them.
enum ProfileNames {
  /// A calibrated device by name, or a profile file.
  static func profile(_ name: String, option: String) throws(InputError) -> DeviceProfile {
    if let shipped = DeviceProfile.calibrated(name) { return shipped }
    if name.isPath { return try DeviceProfile(path: name) }
    throw InputError(option, unknown(name, among: DeviceProfile.calibratedNames, "a profile file (.yaml)"))
  }

  /// A device of the catalogue, or a file with a datasheet.
  static func spec(_ name: String) throws(InputError) -> DeviceSpec {
    let known = DeviceSpec.catalogue.first { $0.name.lowercased() == name.lowercased() }
    if let known { return known }
    if name.isPath { return try DeviceSpec(path: name) }
    throw InputError(
      "--device",
      unknown(name, among: DeviceSpec.catalogue.map(\.name), "a file with a datasheet (.yaml, .json)"))
  }

  static func unknown(_ name: String, among names: [String], _ other: String) -> String {
    let near = DeviceSpec.name(meantBy: name, among: names)
    return "'\(name)' is not known" + (near.map { "; did you mean \($0)?" } ?? "")
      + "; allowed are \(names.joined(separator: ", ")) or \(other)"
  }
}

extension String {
  fileprivate var isPath: Bool {
    contains("/") || hasSuffix(".yaml") || hasSuffix(".yml") || hasSuffix(".json")
  }
}

extension Destinations {
  /// Ends the command if a destination is an input or another destination, or cannot be written.
  static func require(_ outputs: [(option: String, path: String?)], reading inputs: [String]) throws {
    let collisions = collisions(outputs, reading: inputs)
    guard collisions.isEmpty else {
      throw CommandFailure(message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    do {
      for path in outputs.compactMap(\.path) where path != "-" { try checkWritable(path) }
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }
}
