import Foundation
public import InputFiles
import Quantities

extension DeviceProfile {
  /// Reads a profile file.
  ///
  /// - Parameters:
  ///   - text: YAML; every coefficient with its unit. The sections and keys are listed in `docs/file-formats.md`.
  ///   - file: what messages call it.
  /// - Throws: `InputError` with everything that is wrong, each problem with its line.
  public init(yaml text: String, file: String) throws(InputError) {
    var reader = ProfileReader(file: file)
    let keys = ["command", "device"] + ProfilePart.allNames
    let top = try reader.top(text, keys: keys)
    var spec: DeviceSpec?
    var architecture: DeviceSpec.Architecture?
    if let top, let device = reader.section(top, "device", keys: DeviceSpec.allKeys) {
      spec = reader.spec(device)
      architecture = device["architecture"]?.text.flatMap { DeviceSpec.Architecture(rawValue: $0) }
    }
    // A stand-in, so that the other sections are checked even if the device is not known.
    var profile = DeviceProfile(spec: spec ?? DeviceSpec.catalogue[0])
    if let top {
      profile.command = reader.text(top, "command", isRequired: false)
      for part in ProfilePart.all(of: architecture ?? .hopper) { part.read(&reader, top, &profile) }
      if let architecture {
        reader.refuse(ProfilePart.names(notOf: architecture), in: top, of: architecture)
      }
    }
    if let error = reader.error { throw error }
    profile.adoptChip()
    self = profile
  }

  /// Reads a profile file.
  ///
  /// - Throws: `InputError`, also if there is no such file.
  public init(path: String) throws(InputError) {
    let file = try TextFile(path: path)
    try self.init(yaml: String(decoding: file.bytes, as: UTF8.self), file: path)
  }

  /// The profile file. Numbers have five significant digits, so a profile that was not read from a file comes back slightly
  /// rounded; see ``rounded()``.
  public var yaml: String {
    let sections = ProfilePart.all(of: spec.architecture).compactMap { $0.text(self) }
    let head = """
      # Coefficients of one device's kernel times; the formulas are in docs/cost-model.md. Errors are absolute percentage
      # errors of predicted times, on shapes kept out of the fit.

      """
    let command = command.map { "command: \(ProfileText.scalar($0))\n" } ?? ""
    return head + command + "\n" + ([ProfileText.device(spec)] + sections).joined(separator: "\n")
  }

  /// The profile as its file has it: what a fit's errors are computed with, so that they hold for the file.
  ///
  /// - Throws: `InputError` if a coefficient is not in its range, and so could not be read back.
  public func rounded() throws(InputError) -> DeviceProfile { try DeviceProfile(yaml: yaml, file: "profile") }

  /// Gives the kernels whose tiles are divided over multiprocessors the device's chip.
  public mutating func adoptChip() {
    var chip = Chip()
    chip.architecture = spec.architecture
    chip.multiprocessors = spec.streamingMultiprocessors
    gemm16.chip = chip
    gemm8?.chip = chip
    prefill16.chip = chip
    prefill8?.chip = chip
    decode16.chip = chip
    decode8?.chip = chip
  }
}

extension DeviceSpec {
  /// A datasheet file: the keys of a profile file's `device` section.
  public var yaml: String {
    ProfileText.device(self).split(separator: "\n").dropFirst(2).map { $0.dropFirst(2) + "\n" }.joined()
  }

  /// Reads a datasheet: the keys of a profile file's `device` section, as YAML or JSON.
  ///
  /// - Throws: `InputError` with everything that is wrong, each problem with its line.
  public init(path: String) throws(InputError) {
    let text = try String(decoding: TextFile(path: path).bytes, as: UTF8.self)
    var reader = ProfileReader(file: path)
    let spec = try reader.top(text, keys: Self.allKeys).flatMap { reader.spec($0) }
    if let error = reader.error { throw error }
    guard let spec else { throw InputError(path, "no device") }
    self = spec
  }
}

/// The layout of a profile file.
enum ProfileText {
  static func section<S: CalibratedSection>(_ name: String, _ title: String, _ section: S) -> String {
    let rows = S.coefficients.map { row($0.name, $0.measure.text($0.get(section)), $0.meaning) }
    return "# \(title)\n\(name):\n" + rows.joined() + fit(section.fit)
  }

  static func device(_ spec: DeviceSpec) -> String {
    var rows = ["  name: \(scalar(spec.name))\n", "  architecture: \(spec.architecture.rawValue)\n"]
    for (i, figure) in DeviceSpec.coefficients(of: spec.architecture).enumerated() {
      rows.append(row(figure.name, figure.measure.text(figure.get(spec)), figure.meaning))
      if i == 0, let fp8 = spec.fp8 {
        rows.append(row("fp8", Measure.flopsPerSecond.text(fp8.value), "peak of dense FP8 matrices"))
      }
    }
    rows.append("  \(DeviceSpec.unitsKey(of: spec.architecture)): \(spec.streamingMultiprocessors)\n")
    return "# datasheet\ndevice:\n" + rows.joined()
  }

  private static func fit(_ fit: DeviceProfile.Fit) -> String {
    var text = "  fit:\n    source: \(scalar(fit.source))\n"
    if let form = fit.form { text += "    form: \(scalar(form))\n" }
    if let points = fit.points { text += "    points: \(points)\n" }
    if let points = fit.heldOutPoints { text += "    held_out_points: \(points)\n" }
    if let error = fit.medianErrorPercent {
      text += "    median_error_percent: \(String(format: "%.2f", error))\n"
    }
    if let error = fit.p90ErrorPercent { text += "    p90_error_percent: \(String(format: "%.2f", error))\n" }
    return text
  }

  private static func row(_ key: String, _ value: String, _ meaning: String) -> String {
    let start = "  \(key): \(value)"
    return start + String(repeating: " ", count: max(2, 42 - start.count)) + "# \(meaning)\n"
  }

  /// A text as a YAML scalar: plain where it can be, else in double quotes.
  static func scalar(_ text: String) -> String {
    let isPlain =
      text.first.map { $0.isLetter } == true && !text.contains(": ") && !text.contains(" #")
      && !text.hasSuffix(":") && !["null", "true", "false", "yes", "no"].contains(text.lowercased())
    if isPlain { return text }
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
