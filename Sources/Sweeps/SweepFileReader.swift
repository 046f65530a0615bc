import Experiments
import Foundation
import InputFiles
import Metrics
import Quantities
import Yams

/// Turns the document of a sweep into a sweep, collecting every problem on the way.
struct SweepFileReader {
  static let keys = [
    "name", "scenario", "sampling", "samples", "seed", "replications", "skip_invalid", "goodput", "axes",
  ]
  static let rangeKeys = ["from", "to", "steps", "scale"]
  static let goodputKeys = ["ttft", "tpot", "e2e"]
  static let samplings = ["grid", "zip", "random", "latin_hypercube"]
  /// A million simulations take hours; more in one file are a mistake.
  static let mostRuns = 1_000_000

  var reader: ScenarioReader
  private let document: ScenarioDocument
  let path: String
  let folder: String
  private let changes: SweepFile.Changes
  /// Of the command line and the scenario's file, which the reader does not know.
  private var otherProblems: [ScenarioError.Problem] = []

  init(document: ScenarioDocument, path: String, changes: SweepFile.Changes) {
    self.document = document
    self.path = path
    folder = SplitPath(path).folder
    self.changes = changes
    reader = ScenarioReader(document: document, directory: folder)
  }

  mutating func file() throws(ScenarioError) -> SweepFile {
    let found = read()
    let problems = reader.problems + otherProblems
    guard problems.isEmpty, let found else { throw ScenarioError(problems) }
    return found
  }

  private mutating func read() -> SweepFile? {
    guard let top = reader.section(document.root, at: "", line: nil, keys: Self.keys) else { return nil }
    let name = self.name(top)
    let base = self.base(top)
    let sampling = self.sampling(top)
    let replications =
      changes.replications ?? reader.int(top, "replications", 1...1000, why: "more tell nothing new") ?? 1
    let skipsInvalid = reader.bool(top, "skip_invalid") ?? false
    let goodput = self.goodput(top)
    let axes = self.axes(top, sampling: sampling)
    checkOverlaps(axes)
    checkCount(axes, sampling, replications: replications, in: top)
    guard let base, let sampling else { return nil }
    return SweepFile(
      name: name, path: path, axes: axes, sampling: sampling, replications: replications,
      goodputLimits: goodput, skipsInvalid: skipsInvalid || changes.skipsInvalid,
      text: document.effectiveText(), files: [path] + (base.file.map { [$0] } ?? []), base: base.document,
      baseFolder: base.folder)
  }

  private mutating func name(_ top: YAMLSection) -> String {
    let allowed = "a line of up to 100 characters without '/'"
    let name = reader.text(top, "name", allowed: allowed)
    if let name, name.count > 100 || name.contains("/") {
      reader.note("found '\(name.excerpt)'; allowed is \(allowed)", in: top, "name")
    }
    return name ?? SplitPath(path).stem
  }

  // MARK: The scenario

  private struct Base {
    var document: ScenarioDocument
    var folder: String
    var file: String?
  }

  private mutating func base(_ top: YAMLSection) -> Base? {
    guard let entry = top["scenario"] else {
      reader.note("missing; the path of a scenario file, or a scenario", in: top, "scenario")
      return nil
    }
    var base: Base
    if entry.value.mapping != nil {
      base = Base(document: ScenarioDocument(root: entry.value, file: path), folder: folder)
    } else {
      guard let name = reader.text(top, "scenario", allowed: "the path of a scenario file, or a scenario")
      else {
        return nil
      }
      let file = SplitPath.join(folder, name)
      do throws(ScenarioError) {
        let document = try ScenarioDocument(text: ScenarioFile.text(at: file), file: file)
        base = Base(document: document, folder: SplitPath(file).folder, file: file)
      } catch {
        otherProblems += error.problems
        return nil
      }
    }
    for override in changes.overrides {
      do throws(ScenarioError) { try base.document.apply(ScenarioOverride(override)) } catch {
        otherProblems += error.problems
      }
    }
    if let seed = changes.seed {
      do throws(ScenarioError) { try base.document.apply(ScenarioOverride(seed: seed)) } catch {
        otherProblems += error.problems
      }
    }
    return base
  }

  // MARK: Sampling

  private mutating func sampling(_ top: YAMLSection) -> SweepSampling? {
    let word = top.has("sampling") ? reader.choice(top, "sampling", Self.samplings) : "grid"
    guard let word else { return nil }
    let seed = self.seed(top)
    guard word == "random" || word == "latin_hypercube" else {
      reader.refuse(
        ["samples", "seed"], in: top, because: "goes with sampling: random or latin_hypercube; take it out")
      return word == "zip" ? .zip : .grid
    }
    guard top.has("samples") else {
      reader.note("missing; how many points are drawn", in: top, "samples")
      return nil
    }
    guard let samples = reader.int(top, "samples", 1...Self.mostRuns) else { return nil }
    return word == "random"
      ? .random(samples: samples, seed: seed) : .latinHypercube(samples: samples, seed: seed)
  }

  private mutating func seed(_ top: YAMLSection) -> UInt64 {
    guard let entry = top["seed"] else { return 0 }
    guard entry.value.isPlain, let seed = entry.text.flatMap({ UInt64($0) }) else {
      reader.note(
        "found \(entry.value.summary); allowed is a whole number from 0 to 2^64 − 1", in: top, "seed")
      return 0
    }
    return seed
  }

  private mutating func goodput(_ top: YAMLSection) -> GoodputLimits {
    guard
      let section = reader.section(
        top["goodput"]?.value, at: "goodput", line: top["goodput"]?.line, keys: Self.goodputKeys,
        expects: "limits such as {ttft: 2 s, tpot: 50 ms}")
    else { return GoodputLimits() }
    let bounds = ScenarioBounds("above 0 s, at most a day (a bare number is seconds)") {
      $0 > 0 && $0 <= 86_400
    }
    func limit(_ key: String, _ reader: inout ScenarioReader) -> Seconds? {
      reader.quantity(section, key, bounds, example: key == "tpot" ? "50 ms" : "2 s")
    }
    return GoodputLimits(
      ttft: limit("ttft", &reader), tpot: limit("tpot", &reader), e2e: limit("e2e", &reader))
  }

  // MARK: The whole

  /// Two axes, or an axis and an option, that set the same.
  private mutating func checkOverlaps(_ axes: [SweepAxis]) {
    func overlap(_ a: String, _ b: String) -> Bool { a == b || a.hasPrefix(b + ".") || b.hasPrefix(a + ".") }
    var seen: [(path: String, axis: String)] = []
    for axis in axes {
      for path in axis.paths {
        if let other = seen.first(where: { overlap($0.path, path) }) {
          otherProblems.append(
            .init(
              place: axis.place, path: "axes.\(axis.name)",
              message: "sets \(path), which axis \(other.axis) sets, too"))
        }
        seen.append((path, axis.name))
      }
    }
    let options =
      changes.overrides.compactMap { try? ScenarioOverride($0) }
      .map { ($0.path, $0.place) } + (changes.seed.map { [("seed", .option("--seed \($0)"))] } ?? [])
    for (path, place) in options {
      guard let axis = seen.first(where: { overlap($0.path, path) }) else { continue }
      otherProblems.append(
        .init(place: place, path: path, message: "is set by the axis \(axis.axis) of the sweep"))
    }
  }

  private mutating func checkCount(
    _ axes: [SweepAxis], _ sampling: SweepSampling?, replications: Int, in top: YAMLSection
  ) {
    var points = 1
    switch sampling {
    case .grid:
      for axis in axes {
        let (product, overflow) = points.multipliedReportingOverflow(by: axis.count)
        points = overflow ? .max : product
      }
    case .zip:
      let counts = axes.map(\.count)
      points = counts.first ?? 1
      if Set(counts).count > 1 {
        let found = axes.map { "\($0.name) has \($0.count)" }.joined(separator: ", ")
        reader.note("with sampling: zip all axes have as many values; \(found)", in: top, "axes")
      }
    case .random(let samples, _), .latinHypercube(let samples, _): points = samples
    case nil: break
    }
    let (runs, overflow) = points.multipliedReportingOverflow(by: replications)
    if overflow || runs > Self.mostRuns {
      reader.note(
        "\(points == .max ? "too many" : points.grouped) points with \(replications.grouped) replications; allowed are "
          + "\(Self.mostRuns.grouped) simulations in one sweep", in: top, "axes")
    }
  }
}
