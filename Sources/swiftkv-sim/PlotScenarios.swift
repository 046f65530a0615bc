import ArgumentParser
import Experiments
import Figures
import Foundation
import Models
import Quantities
import Reports

/// What `plot` draws of scenarios: simulates what a planner's figures show.
struct PlotScenarios {
  let files: [String]
  let overrides: [String]
  let seed: UInt64?
  /// nil draws all that a scenario allows.
  let kinds: [PlannerFigures.Kind]?
  /// nil compares baseline with the scenario's own variant, as `compare` does.
  let variants: [Variant]?
  let options: PlannerFigures.Options
  let out: String
  let formats: [FigureFormat]
  let isQuiet: Bool

  func execute() throws {
    let planned = try load()
    do { try FigureWriter.checkFolder(out) } catch {
      throw CommandFailure.run("\(error)\nnothing was simulated")
    }
    let interruption = Interruption()
    var isStopped = false
    for (i, figures) in planned.enumerated() where !isStopped {
      let line = ProgressLine(isQuiet: isQuiet, doing: "\(figures.scenario.name)", what: "figures")
      let outcome: PlannerFigures.Outcome
      do {
        outcome = try figures.figures(kinds) { progress in
          let share = (Double(progress.finished) + progress.share) / Double(max(1, progress.figures))
          line.show(.init(finishedRuns: progress.finished, runs: progress.figures, share: share))
          return !interruption.isPending
        }
      } catch {
        line.erase()
        throw error is ExperimentError
          ? CommandFailure(message: "\(files[i]): \(error)", status: CommandFailure.badInput)
          : CommandFailure.run("\(files[i]): \(error)")
      }
      line.erase()
      isStopped = outcome.wasStopped
      let paths: [String]
      do { paths = try FigureWriter.write(outcome.figures, to: out, formats: formats) } catch {
        throw CommandFailure.run("\(error)")
      }
      Terminal.write(paths.map { $0 + "\n" }.joined())
    }
    interruption.end()
    if isStopped {
      throw CommandFailure(
        message: "interrupted: the figures that were finished are in '\(out)'",
        status: CommandFailure.interrupted)
    }
  }

  /// All of them, checked before the first is simulated.
  private func load() throws -> [PlannerFigures] {
    var problems: [String] = []
    var planned: [PlannerFigures] = []
    for file in files {
      do {
        let scenario = try Scenario.load(path: file, overrides: overrides, seed: seed)
        let figures = try PlannerFigures(
          scenario, variants: variants ?? Comparison.defaultVariants(for: scenario), options: options)
        try figures.check(kinds)
        if let first = planned.firstIndex(where: { $0.scenario.name == scenario.name }) {
          problems.append(
            "\(file): its name is '\(scenario.name)', as that of \(files[first]); files would be written over"
          )
        }
        planned.append(figures)
      } catch {
        problems.append(error is ExperimentError ? "\(file): \(error)" : "\(error)")
      }
    }
    guard problems.isEmpty else {
      throw CommandFailure(message: problems.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    return planned
  }
}

extension PlannerFigures.Kind {
  /// - Parameter texts: names, or lists of names separated by commas; "all" is every figure that the scenario allows.
  /// - Returns: nil for all.
  static func kinds(_ texts: [String]) throws -> [PlannerFigures.Kind]? {
    let names = texts.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard !names.isEmpty, names != ["all"] else { return nil }
    let known = allCases.map(\.rawValue)
    var kinds: [PlannerFigures.Kind] = []
    var problems: [String] = []
    for name in names {
      if let kind = Self(rawValue: name) {
        if !kinds.contains(kind) { kinds.append(kind) }
      } else {
        let meant = nearestName(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
        problems.append("--figure: '\(name)' is none of \(known.joined(separator: ", "))\(meant)")
      }
    }
    guard problems.isEmpty else {
      throw CommandFailure(message: problems.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    return kinds
  }
}
