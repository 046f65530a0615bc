import Foundation
import Quantities

extension Scenario {
  /// Reads a scenario file, YAML or JSON.
  ///
  /// - Parameters:
  ///   - path: the file; paths inside it (a trace, a `config.json`) are relative to its folder.
  ///   - overrides: changes as `engine.max_num_seqs=512`, the value in YAML, applied in order.
  ///   - seed: replaces the file's.
  ///   - replications: replaces the file's.
  /// - Throws: ``ScenarioError`` with every problem at once. Nothing is run and no trace is opened before a scenario is whole.
  public static func load(
    path: String, overrides: [String] = [], seed: UInt64? = nil, replications: Int? = nil
  ) throws(ScenarioError) -> Scenario {
    let text = try ScenarioFile.text(at: path)
    return try parse(
      text: text, directory: SplitPath(path).folder, file: path, overrides: overrides, seed: seed,
      replications: replications)
  }

  /// Reads a scenario's text.
  ///
  /// - Parameters:
  ///   - directory: what relative paths in the text are relative to.
  ///   - file: what messages call the text.
  /// - Throws: ``ScenarioError`` with every problem at once.
  public static func parse(
    text: String, directory: String = ".", file: String = "scenario", overrides: [String] = [],
    seed: UInt64? = nil, replications: Int? = nil
  ) throws(ScenarioError) -> Scenario {
    try parse(
      text: text, directory: directory, file: file, overrides: overrides, seed: seed,
      replications: replications, lookup: .standard)
  }

  /// As the public one, with the catalogues of models and presets given.
  static func parse(
    text: String, directory: String, file: String, overrides: [String], seed: UInt64?,
    replications: Int? = nil, lookup: ScenarioLookup
  ) throws(ScenarioError) -> Scenario {
    var document = try ScenarioDocument(text: text, file: file)
    var failures: [ScenarioError.Problem] = []
    for override in overrides {
      do throws(ScenarioError) {
        try document.apply(ScenarioOverride(override))
      } catch {
        failures += error.problems
      }
    }
    if let seed { try document.apply(ScenarioOverride(seed: seed)) }
    if let replications { try document.apply(ScenarioOverride(replications: replications)) }
    var reader = ScenarioReader(document: document, directory: directory, lookup: lookup, problems: failures)
    return try reader.scenario()
  }
}

/// The bytes of a scenario file, or of a file that is made like one.
package enum ScenarioFile {
  /// A scenario is a page of text; more than this is some other file.
  private static let largest = 1 << 20

  /// - Parameter subject: what the file holds, for messages.
  package static func text(
    at path: String, holding subject: String = "scenario"
  ) throws(ScenarioError) -> String {
    func failure(_ message: String, line: Int? = nil) -> ScenarioError {
      ScenarioError([
        .init(place: .file(path.isEmpty ? subject : path, line: line), path: "", message: message)
      ])
    }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw failure("no such file" + neighbours(of: path))
    }
    guard !isDirectory.boolValue else {
      throw failure("is a folder; name a \(subject) file in it" + listing(path))
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw failure("cannot be read: permission denied")
    }
    var data = Data()
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      // A pipe gives what it has; only an empty piece is its end.
      while data.count <= largest, let piece = try handle.read(upToCount: largest + 1), !piece.isEmpty {
        data += piece
      }
      try handle.close()
    } catch {
      throw failure("cannot be read: \(error.localizedDescription)")
    }
    guard data.count <= largest else {
      throw failure("is larger than 1 MiB, so it is no \(subject); a trace goes into workload.trace.file")
    }
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      throw failure("is UTF-16; save it as UTF-8")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
      throw failure("is not UTF-8 text", line: line.map { $0 + 1 })
    }
    return text
  }

  private static func scenarios(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
  }

  private static func neighbours(of path: String) -> String {
    let place = SplitPath(path)
    guard let nearest = nearestName(to: place.name, among: scenarios(in: place.folder)) else { return "" }
    let folder = path.contains("/") ? place.folder : ""
    return "; did you mean \((folder as NSString).appendingPathComponent(nearest))?"
  }

  private static func listing(_ folder: String) -> String {
    let known = scenarios(in: folder)
    guard !known.isEmpty else { return "" }
    return ": \(known.prefix(8).joined(separator: ", "))\(known.count > 8 ? ", …" : "")"
  }
}
