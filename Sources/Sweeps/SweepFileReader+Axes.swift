import Experiments
import Foundation
import InputFiles
import Quantities
import Yams

/// The `axes` section.
extension SweepFileReader {
  mutating func axes(_ top: YAMLSection, sampling: SweepSampling?) -> [SweepAxis] {
    let example = "for example {variant: [baseline, swiftkv-50]}"
    guard top.has("axes") else {
      reader.note("missing; which keys of the scenario take which values, \(example)", in: top, "axes")
      return []
    }
    let expects = "a section of keys of the scenario with their values, \(example)"
    guard
      let section = reader.section(
        top["axes"]?.value, at: "axes", line: top["axes"]?.line, keys: nil, expects: expects)
    else { return [] }
    if section.entries.isEmpty { reader.note("found no axis; allowed is \(expects)", in: top, "axes") }
    return section.entries.compactMap { axis($0, at: section.path(of: $0.key), sampling) }
  }

  private mutating func axis(
    _ entry: YAMLSection.Entry, at path: String, _ sampling: SweepSampling?
  ) -> SweepAxis? {
    func axis(_ paths: [String], _ values: SweepAxis.Values) -> SweepAxis {
      SweepAxis(
        name: entry.key, paths: paths, values: values, place: .file(self.path, line: entry.line),
        folder: absoluteFolder)
    }
    let isKey = isScenarioKey(entry.key)
    if entry.value.mapping != nil {
      guard isKey else {
        reader.note(unknownKey(entry.key), at: path, line: entry.line)
        return nil
      }
      return range(entry, at: path, sampling).map { axis([entry.key], .range($0)) }
    }
    guard let items = entry.value.sequence, !items.isEmpty, items.count <= Self.mostRuns else {
      let found = entry.value.sequence.map { $0.isEmpty ? "an empty list" : "a list of \($0.count)" }
      reader.note(
        "found \(found ?? entry.value.summary); allowed is a list of values, or {from: 1, to: 32, steps: 16, scale: log}",
        at: path, line: entry.line)
      return nil
    }
    if isKey {
      return axis([entry.key], .list(items.map { ([$0], place($0, entry)) }))
    }
    guard items.allSatisfy({ $0.mapping != nil }) else {
      reader.note(unknownKey(entry.key), at: path, line: entry.line)
      return nil
    }
    return joint(entry, items.map { $0 }, at: path).map { axis($0, $1) }
  }

  private func place(_ node: Node, _ entry: YAMLSection.Entry) -> ScenarioError.Problem.Place {
    .file(path, line: node.mark?.line ?? entry.line)
  }

  /// Values in a file are relative to the file, whose path may be relative to the current folder.
  private var absoluteFolder: String {
    SplitPath.join(FileManager.default.currentDirectoryPath, folder)
  }

  /// An axis of several keys that change together.
  private mutating func joint(
    _ entry: YAMLSection.Entry, _ items: [Node], at path: String
  ) -> (paths: [String], values: SweepAxis.Values)? {
    var paths: [String]?
    var values: [(nodes: [Node], place: ScenarioError.Problem.Place)] = []
    var isGood = true
    for (i, item) in items.enumerated() {
      let itemPath = "\(path).\(i)"
      let line = item.mark?.line ?? entry.line
      guard let section = reader.section(item, at: itemPath, line: line, keys: nil) else { return nil }
      for key in section.entries.map(\.key) where !isScenarioKey(key) {
        reader.note(unknownKey(key), at: "\(itemPath).\(key)", line: line)
        isGood = false
      }
      let keys = section.entries.map(\.key)
      guard let first = paths else {
        paths = keys
        values.append((section.entries.map(\.value), place(item, entry)))
        continue
      }
      guard Set(first) == Set(keys) else {
        reader.note(
          "found the keys \(keys.joined(separator: ", ")); every value of an axis sets the same ones, here "
            + first.joined(separator: ", "), at: itemPath, line: line)
        isGood = false
        continue
      }
      values.append(
        (first.compactMap { key in section.entries.last { $0.key == key }?.value }, place(item, entry)))
    }
    guard isGood, let paths else { return nil }
    return (paths, .list(values))
  }

  private func isScenarioKey(_ key: String) -> Bool {
    guard ScenarioOverride.isPath(key), let first = key.split(separator: ".").first else { return false }
    return ScenarioSection.scenario.keys.contains(String(first)) && key != "name"
  }

  private func unknownKey(_ key: String) -> String {
    let known = ScenarioSection.scenario.keys.filter { $0 != "name" }
    let first = String(key.split(separator: ".").first ?? "")
    let near = nearestName(to: first, among: known).map { "; did you mean \($0)?" }
    return "not a key of a scenario\(near ?? "; keys begin with one of \(known.joined(separator: ", "))"). "
      + "Several keys that change together are a list of sections, [{hardware.gpu: H100-SXM-80GB, hardware.tensor_parallel_size: 2}]"
  }

  private mutating func range(
    _ entry: YAMLSection.Entry, at path: String, _ sampling: SweepSampling?
  ) -> SweepRange? {
    guard
      let section = reader.section(entry.value, at: path, line: entry.line, keys: Self.rangeKeys)
    else { return nil }
    let from = self.end(section, "from")
    let to = self.end(section, "to")
    let scale = reader.choice(section, "scale", SweepRange.Scale.allCases.map(\.rawValue))
    let steps = reader.int(section, "steps", 1...Self.mostRuns)
    let isDrawn =
      switch sampling {
      case .random, .latinHypercube: true
      default: false
      }
    if isDrawn {
      reader.refuse(["steps"], in: section, because: "has no effect where values are drawn; take it out")
    } else if sampling != nil, !section.has("steps") {
      reader.note("missing; how many values, both ends included", in: section, "steps")
      return nil
    }
    guard let from, let to, !section.has("scale") || scale != nil else { return nil }
    if scale == "log", from <= 0 || to <= 0 {
      reader.note("a log scale has ends above 0", in: section, from <= 0 ? "from" : "to")
      return nil
    }
    if from == to || steps == 1 {
      reader.note(
        "a range has two different ends and at least two steps; for one value write [VALUE]", at: path,
        line: entry.line)
      return nil
    }
    return SweepRange(
      from: from, to: to, steps: steps, scale: scale.flatMap(SweepRange.Scale.init) ?? .linear,
      isWhole: WholeKeys.contains(entry.key))
  }

  private mutating func end(_ section: YAMLSection, _ key: String) -> Double? {
    guard let entry = section[key] else {
      reader.note("missing; a range has from and to", in: section, key)
      return nil
    }
    guard let number = entry.value.number, number.isFinite, abs(number) <= 1e15 else {
      reader.note(
        "found \(entry.value.summary); allowed is a number, in seconds, bytes, tokens or requests a second",
        in: section,
        key)
      return nil
    }
    return number
  }
}
