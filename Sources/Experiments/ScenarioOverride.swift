import Foundation
import InputFiles
import Models
import Quantities
package import Yams

/// A change to a scenario: from the command line, `--set engine.max_num_seqs=512`, or by a sweep.
package struct ScenarioOverride {
  /// Dotted path of the key. List items count from 0: `workload.arrivals.stages.0.request_rate`.
  package let path: String
  /// Where it was written: an option as typed, or a line of a sweep file.
  package let place: ScenarioError.Problem.Place
  private let value: Node

  /// Why an override cannot be made.
  struct Failure: Error { let description: String }

  /// - Parameter text: `PATH=VALUE`, the value in YAML.
  package init(_ text: String) throws(ScenarioError) {
    func failure(_ message: String) -> ScenarioError {
      ScenarioError([.init(place: .option("--set \(text.excerpt)"), path: "", message: message)])
    }
    guard let equals = text.firstIndex(of: "=") else {
      throw failure("found no '='; write PATH=VALUE, for example engine.max_num_seqs=512")
    }
    path = text[..<equals].trimmingCharacters(in: .whitespaces)
    place = .option("--set \(path)=\(String(text[text.index(after: equals)...]).excerpt)")
    guard Self.isPath(path) else {
      throw failure(
        "'\(path.excerpt)' is not a path; write the keys with dots between, as in engine.max_num_seqs")
    }
    let typed = text[text.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    guard !typed.isEmpty else {
      throw failure("no value after '='; null takes the key out")
    }
    let node = try YAMLText.compose(typed, holding: "scenario") { _, message in failure(message) }
    value = Self.absolute(
      node ?? Node("null", YAMLText.tag), at: path, in: FileManager.default.currentDirectoryPath)
  }

  /// A value that stands in a file.
  ///
  /// - Parameter folder: what paths of files in it are relative to.
  package init(path: String, value: Node, place: ScenarioError.Problem.Place, folder: String) {
    self.path = path
    self.place = place
    self.value = Self.absolute(value, at: path, in: folder)
  }

  /// Whether a text joins keys with dots.
  package static func isPath(_ text: String) -> Bool {
    !text.isEmpty && !text.split(separator: ".", omittingEmptySubsequences: false).contains("")
  }

  /// `--seed N`.
  package init(seed: UInt64) {
    path = "seed"
    place = .option("--seed \(seed)")
    value = Node("\(seed)", YAMLText.tag)
  }

  /// `--replications N`.
  init(replications: Int) {
    path = "measurement.replications"
    place = .option("--replications \(replications)")
    value = Node("\(replications)", YAMLText.tag)
  }

  /// The tree with the value in place; sections on the way are created where they are missing.
  func applied(to root: Node) throws(Failure) -> Node {
    try put(value, into: root, keys: Self.keys(of: path)[...], done: [])
  }

  private func put(
    _ value: Node, into node: Node, keys: ArraySlice<String>, done: [String]
  ) throws(Failure) -> Node {
    guard let key = keys.first else { return value }
    let rest = keys.dropFirst()
    switch node {
    case .mapping(var mapping):
      let found = mapping.firstIndex { $0.key.scalar?.string == key }
      let old =
        found.map { mapping[$0].value }.flatMap { $0.isNull ? nil : $0 }
        ?? Node([(Node, Node)](), YAMLText.tag)
      let new = try put(value, into: old, keys: rest, done: done + [key])
      if let found {
        mapping[found] = (mapping[found].key, new)
        return .mapping(mapping)
      }
      let longer = Node.Mapping(
        mapping.map { ($0.key, $0.value) } + [(Node(key, YAMLText.tag), new)], mapping.tag, mapping.style,
        mapping.mark)
      return .mapping(longer)
    case .sequence(var sequence):
      guard let index = Int(key), sequence.indices.contains(index) else {
        throw Failure(
          description: "\(done.joined(separator: ".")) is a list of \(sequence.count); "
            + "found '\(key.excerpt)', allowed is 0 to \(sequence.count - 1)")
      }
      sequence[index] = try put(value, into: sequence[index], keys: rest, done: done + [key])
      return .sequence(sequence)
    case .scalar(let scalar) where done == ["variant"] && scalar.string == Variant.baseline.name:
      // The baseline is what a SwiftKV section changes, so that its depth can be an axis of a sweep on any scenario.
      return try put(value, into: Node([(Node, Node)](), YAMLText.tag), keys: keys, done: done)
    case .scalar, .alias:
      throw Failure(
        description: "\(done.joined(separator: ".")) is \(node.summary), not a section; "
          + "give it a new value as a whole: \(done.joined(separator: "."))={\(key.excerpt): …}")
    }
  }

  /// The keys of a path. A number after a percentile belongs to it: `objective.itl_p99.9` has two keys.
  private static func keys(of path: String) -> [String] {
    var keys: [String] = []
    for part in path.split(separator: ".").map(String.init) {
      if let last = keys.last, part.allSatisfy(\.isNumber), last.isPercentileName {
        keys[keys.count - 1] = "\(last).\(part)"
      } else {
        keys.append(part)
      }
    }
    return keys
  }

  /// Paths of files typed on the command line are relative to the current folder, those in a scenario to the scenario's.
  private static func absolute(_ node: Node, at path: String, in folder: String) -> Node {
    switch node {
    case .mapping(let mapping):
      let pairs = mapping.map { pair in
        (pair.key, absolute(pair.value, at: "\(path).\(pair.key.scalar?.string ?? "")", in: folder))
      }
      return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    case .scalar(var scalar):
      let isFile =
        path == "workload.trace.file" || (path == "model" && scalar.string.hasSuffix(".json"))
        || (path == "hardware.gpu" && scalar.string.isProfilePath)
      guard isFile, !scalar.string.hasPrefix("/"), !node.isNull else { return node }
      scalar.string = SplitPath.join(folder, scalar.string)
      return .scalar(scalar)
    case .sequence, .alias:
      return node
    }
  }
}

extension String {
  /// Whether a scenario's `gpu` is the path of a profile file, not a name.
  var isProfilePath: Bool { hasSuffix(".yaml") || hasSuffix(".yml") }

  /// Whether this ends in "p99" as `p99` and `itl_p99` do.
  fileprivate var isPercentileName: Bool {
    guard let last = split(separator: "_").last, last.first == "p", last.count > 1 else { return false }
    return last.dropFirst().allSatisfy(\.isNumber)
  }
}
