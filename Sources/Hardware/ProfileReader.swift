import Foundation
import InputFiles
import Quantities
import Yams

/// Turns a profile file into values, collecting every problem on the way.
///
/// Each getter returns nil both for a key that is absent and for a value that is no good; a bad value has then been noted.
struct ProfileReader {
  /// What messages call the file.
  let file: String
  private var found: [(line: Int, problem: InputError.Problem)] = []

  init(file: String) { self.file = file }

  /// Everything noted so far, in order of the file's lines.
  var error: InputError? {
    guard !found.isEmpty else { return nil }
    // A stable order: problems of one line stay in the order they were found.
    let ordered = found.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
    return InputError(ordered.map(\.element.problem), limit: .max)
  }

  mutating func note(_ message: String, _ path: String, _ line: Int?) {
    let place = line.map { "\(file):\($0)" } ?? file
    let location = path.isEmpty ? place : "\(place): \(path)"
    found.append((line ?? .max, InputError.Problem(location: location, message: message)))
  }

  /// Notes a problem of a key, or, where the key is absent, of its section; one missing at the top has no line.
  mutating func note(_ message: String, in section: YAMLSection, _ key: String) {
    let place = section.path.isEmpty ? nil : section.line
    note(message, section.path(of: key), section[key]?.line ?? place)
  }

  /// The whole file as a map with the given keys; nil if it is none.
  mutating func top(_ text: String, keys: [String]) throws(InputError) -> YAMLSection? {
    let bare = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    let node = try YAMLText.compose(bare, holding: "device profile") { line, message in
      InputError(line.map { "\(file):\($0)" } ?? file, message)
    }
    guard let node, !node.isNull else {
      note("empty; a device has the keys \(keys.joined(separator: ", "))", "", nil)
      return nil
    }
    return section(node, at: "", line: nil, keys: keys)
  }

  /// The map under a key; nil, with the problem noted, if it is absent or none.
  mutating func section(
    _ parent: YAMLSection, _ key: String, keys: [String], isRequired: Bool = true
  ) -> YAMLSection? {
    guard let entry = parent[key] else {
      if isRequired {
        note("missing; a section with the keys \(keys.joined(separator: ", "))", in: parent, key)
      }
      return nil
    }
    return section(entry.value, at: parent.path(of: key), line: entry.line, keys: keys)
  }

  private mutating func section(_ node: Node, at path: String, line: Int?, keys: [String]) -> YAMLSection? {
    YAMLSection(
      node, at: path, line: line, keys: keys,
      advice: { key in
        let near = nearestName(to: key, among: keys)
        return "unknown key; "
          + (near.map { "did you mean \($0)?" } ?? "allowed here: \(keys.joined(separator: ", "))")
      }, note: { note($0, $1, $2) })
  }

  /// A number with a unit in the base unit, or a plain number where the measure has no unit.
  mutating func amount(
    _ section: YAMLSection, _ key: String, _ measure: Measure,
    _ allowed: CoefficientRange, isRequired: Bool = true
  ) -> Double? {
    guard let entry = section[key] else {
      if isRequired { note("missing; \(measure.wanted)", in: section, key) }
      return nil
    }
    var value = measure == .number ? entry.value.number : nil
    if let quantity = measure.quantity, let text = entry.text, entry.value.number == nil {
      do {
        value = try quantity.init(parsing: text).value
      } catch {
        note("found \(error.description); \(measure.wanted)", in: section, key)
        return nil
      }
    }
    guard let value else {
      note("found \(entry.value.summary); \(measure.wanted)", in: section, key)
      return nil
    }
    guard allowed.contains(value) else {
      note("found \(entry.value.summary); allowed are values \(allowed.text)", in: section, key)
      return nil
    }
    return value
  }

  mutating func count(_ section: YAMLSection, _ key: String, _ allowed: ClosedRange<Int>, isRequired: Bool)
    -> Int?
  {
    guard let entry = section[key] else {
      if isRequired { note("missing; a whole number \(allowed.words)", in: section, key) }
      return nil
    }
    guard let value = entry.value.integer, allowed.contains(value) else {
      note("found \(entry.value.summary); allowed are whole numbers \(allowed.words)", in: section, key)
      return nil
    }
    return value
  }

  /// A line of text, not empty.
  mutating func text(_ section: YAMLSection, _ key: String, isRequired: Bool = true) -> String? {
    guard let entry = section[key] else {
      if isRequired { note("missing; a line of text", in: section, key) }
      return nil
    }
    let text = entry.text?.trimmingCharacters(in: .whitespaces) ?? ""
    guard !text.isEmpty, text.count <= 1000, !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      note("found \(entry.value.summary); allowed is a line of up to 1,000 characters", in: section, key)
      return nil
    }
    return text
  }

  /// The coefficients and the `fit` block under a key; nil if the section is absent.
  mutating func coefficients<S: CalibratedSection>(
    _ parent: YAMLSection, _ key: String, as: S.Type, isRequired: Bool
  ) -> S? {
    let keys = S.coefficients.map(\.name) + ["fit"]
    guard let section = section(parent, key, keys: keys, isRequired: isRequired) else { return nil }
    var found = S()
    for coefficient in S.coefficients {
      if let value = amount(section, coefficient.name, coefficient.measure, coefficient.allowed) {
        coefficient.set(&found, value)
      }
    }
    if let fit = fit(section) { found.fit = fit }
    return found
  }

  private static let fitKeys = [
    "source", "form", "points", "held_out_points", "median_error_percent", "p90_error_percent",
  ]

  private mutating func fit(_ parent: YAMLSection) -> DeviceProfile.Fit? {
    guard let section = section(parent, "fit", keys: Self.fitKeys) else { return nil }
    let source = text(section, "source")
    var fit = DeviceProfile.Fit(source: source ?? "", form: text(section, "form", isRequired: false))
    fit.points = count(section, "points", 1...100_000_000, isRequired: false)
    fit.heldOutPoints = count(section, "held_out_points", 1...100_000_000, isRequired: false)
    fit.medianErrorPercent = amount(section, "median_error_percent", .number, .notNegative, isRequired: false)
    fit.p90ErrorPercent = amount(section, "p90_error_percent", .number, .notNegative, isRequired: false)
    return fit
  }

  private mutating func architecture(_ section: YAMLSection) -> DeviceSpec.Architecture? {
    let allowed = DeviceSpec.Architecture.allCases.map(\.rawValue).joined(separator: ", ")
    guard let word = text(section, "architecture") else { return nil }
    let found = DeviceSpec.Architecture(rawValue: word)
    if found == nil { note("found '\(word.excerpt)'; allowed are \(allowed)", in: section, "architecture") }
    return found
  }

  /// Notes what a device of another kind would have.
  mutating func refuse(_ keys: [String], in section: YAMLSection, of architecture: DeviceSpec.Architecture) {
    for key in keys where section[key] != nil {
      note("a device of architecture \(architecture.rawValue) has none", in: section, key)
    }
  }

  /// The datasheet's figures, from a section whose keys have been checked.
  mutating func spec(_ section: YAMLSection) -> DeviceSpec? {
    let architecture = architecture(section)
    var spec = DeviceSpec(
      name: text(section, "name") ?? "", architecture: architecture ?? .hopper, bf16: 0, fp8: nil,
      visibleMemory: 0, memoryBandwidth: 0,
      linkBandwidth: 0, streamingMultiprocessors: 0, l2Cache: 0)
    var isWhole = !spec.name.isEmpty && architecture != nil
    let own = DeviceSpec.keys(of: spec.architecture)
    if architecture != nil {
      refuse(DeviceSpec.allKeys.filter { !own.contains($0) }, in: section, of: spec.architecture)
    }
    for figure in DeviceSpec.coefficients(of: spec.architecture) {
      if let value = amount(section, figure.name, figure.measure, .positive) {
        figure.set(&spec, value)
      } else {
        isWhole = false
      }
    }
    spec.fp8 = amount(section, "fp8", .flopsPerSecond, .positive, isRequired: false).map {
      FLOPsPerSecond($0)
    }
    let units = DeviceSpec.unitsKey(of: spec.architecture)
    if let count = count(section, units, 1...100_000, isRequired: true) {
      spec.streamingMultiprocessors = count
    } else {
      isWhole = false
    }
    return isWhole ? spec : nil
  }
}

extension Measure {
  /// What a message asks for: "a number with a unit is needed, as in 882.3 TFLOP/s".
  fileprivate var wanted: String {
    switch self {
    case .number: "a number is needed"
    case .seconds: "a number with a unit is needed, as in 2.5 us"
    case .bytes: "a number with a unit is needed, as in 281 MB"
    case .memory: "a number with a unit is needed, as in 79.19 GiB"
    case .bytesPerSecond: "a number with a unit is needed, as in 2.85 TB/s"
    case .flopsPerSecond: "a number with a unit is needed, as in 882.3 TFLOP/s"
    }
  }
}
