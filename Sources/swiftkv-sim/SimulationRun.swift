import Experiments
import Figures
import Foundation
import Models
import Results

/// What `run` and `compare` share: simulate, print, keep.
struct SimulationRun {
  let scenario: Scenario
  let variants: [Variant]
  let output: OutputOptions
  let options: SimulationOptions

  /// - Parameter report: the tables of the runs that finished.
  func execute(report: ([VariantRun]) -> String) throws {
    let outputs = try output.outputs()
    let experiment: Experiment
    do {
      experiment = try Experiment(scenario, variants: variants)
    } catch {
      throw CommandFailure.input(error)
    }
    let problems = outputs.problems()
    guard problems.isEmpty else {
      throw CommandFailure.run(problems.joined(separator: "\n") + "\nnothing was simulated")
    }

    let interruption = Interruption()
    let line = ProgressLine(isQuiet: options.quiet)
    let outcome = experiment.run(
      threads: options.threads, checksInvariants: options.check, goodputLimits: try output.goodputLimits
    ) { progress in
      line.show(progress)
      return !interruption.isPending
    }
    line.erase()

    // Printed first: whatever becomes of the files, the answer has been seen.
    let now = Date()
    let fileDate = Self.reproducibleDate ?? now
    if output.json == "-" {
      Terminal.write(outputs.jsonText(outcome.runs, of: scenario, date: fileDate))
    } else if !options.quiet, !outcome.runs.isEmpty {
      Terminal.write(report(outcome.runs))
    }
    var failures = outcome.failures.map { "\($0.variant.name): \($0.message)" }
    let saved = outputs.save(outcome.runs, of: scenario, createdAt: now, fileDate: fileDate)
    failures += saved.failures
    if !options.quiet, let database = outputs.database, let first = saved.ids.first, let last = saved.ids.last
    {
      let which = first == last ? "run \(first)" : "runs \(first) to \(last)"
      Terminal.inform("stored as \(which) in \(database)")
    }
    // Until here, so that what has finished is stored whole.
    interruption.end()
    if let folder = output.plots, !outcome.runs.isEmpty {
      do { try draw(outcome.runs, to: folder) } catch { failures.append("\(error)") }
    }

    if outcome.wasStopped {
      let kept = "\(outcome.runs.count) of \(variants.count) runs had finished"
      failures.append("interrupted: \(kept)" + (outcome.runs.isEmpty ? "" : " and are kept"))
      throw CommandFailure(message: failures.joined(separator: "\n"), status: CommandFailure.interrupted)
    }
    if !failures.isEmpty { throw CommandFailure.run(failures.joined(separator: "\n")) }
  }

  private func draw(_ runs: [VariantRun], to folder: String) throws {
    let plotted = runs.map { PlottedRun($0) }
    var figures = FigureSet.figures(plotted, scenario: scenario.name, objective: scenario.objective)
    let contrasted = FigureSet.contrast(plotted).map(\.name)
    figures += try FigureSet.rooflines(
      Inspection(scenario, variants: runs.map(\.variant).filter { contrasted.contains($0.name) }))
    _ = try FigureWriter.write(figures, to: folder, formats: FigureFormat.allCases)
  }

  /// `SOURCE_DATE_EPOCH`, the usual way to ask for files that come out equal byte for byte: seconds since 1970.
  private static var reproducibleDate: Date? {
    ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap(Double.init)
      .flatMap { $0.isFinite && $0 >= 0 && $0 < 1e11 ? Date(timeIntervalSince1970: $0) : nil }
  }
}
