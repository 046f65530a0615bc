import Experiments
import Figures
import Foundation
import Metrics
import Models
import Quantities
import Results

/// What `run` and `compare` share: simulate, print, keep.
struct SimulationRun {
  let scenario: Scenario
  /// The file the scenario was read from.
  let file: String
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
    let collisions = outputs.collisions(reading: [file] + (scenario.traceFile.map { [$0] } ?? []))
    guard collisions.isEmpty else {
      throw CommandFailure(
        message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    var problems = outputs.problems()
    if let folder = output.plots {
      do { try FigureWriter.checkFolder(folder) } catch { problems.append("\(error)") }
    }
    guard problems.isEmpty else {
      throw CommandFailure.run(problems.joined(separator: "\n") + "\nnothing was simulated")
    }
    let csv: RequestCSVFile?
    do { csv = try outputs.openCSV(variants, of: scenario) } catch { throw CommandFailure.run("\(error)") }

    let interruption = Interruption()
    let line = ProgressLine(isQuiet: options.quiet)
    let outcome = experiment.run(
      threads: options.threads, checksInvariants: options.check, goodputLimits: try output.goodputLimits,
      keepsRecords: output.keepsRecords, requestSinks: csv.map { variants.indices.map($0.sink) } ?? []
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
    var failures = outcome.failures.map { "\(scenario.fleet.name(for: $0.variant)): \($0.message)" }
    let saved = outputs.save(
      outcome.runs, of: scenario, createdAt: now, fileDate: fileDate, csv: csv.map { ($0, variants) })
    failures += saved.failures
    saved.notes.forEach(Terminal.inform)
    if !options.quiet, !outcome.runs.isEmpty {
      Terminal.inform(closingMessage(outcome.runs, ids: saved.ids))
    }
    // Until here, so that what has finished is stored whole.
    interruption.end()
    if let folder = output.plots, !outcome.runs.isEmpty {
      do { try draw(outcome.runs, to: folder) } catch { failures.append("\(error)") }
    }

    if outcome.wasStopped {
      let what = scenario.replications > 1 ? "variants" : "runs"
      let kept = "\(outcome.runs.count) of \(variants.count) \(what) had finished"
      failures.append("interrupted: \(kept)" + (outcome.runs.isEmpty ? "" : " and are kept"))
      throw CommandFailure(message: failures.joined(separator: "\n"), status: CommandFailure.interrupted)
    }
    if !failures.isEmpty { throw CommandFailure.run(failures.joined(separator: "\n")) }
  }

  /// How long it took, and where to find it.
  private func closingMessage(_ runs: [VariantRun], ids: [Int64]) -> String {
    let time = runs.reduce(Seconds.zero) { $0 + $1.wallTime }
    let count = runs.reduce(0) { $0 + $1.replicated.replicates.count }
    let simulated = "\(count) \(count == 1 ? "run" : "runs") simulated in \(time)"
    guard let first = ids.first, let last = ids.last else { return simulated }
    return simulated + ", stored in \(output.db) as " + (first == last ? "\(first)" : "\(first) to \(last)")
  }

  private func draw(_ runs: [VariantRun], to folder: String) throws {
    var figures = FigureSet.figures(
      runs.map { PlottedRun($0) }, scenario: scenario.name, objective: scenario.objective)
    figures += try FigureSet.rooflines(Inspection(scenario, variants: FigureSet.contrastedVariants(runs)))
    _ = try FigureWriter.write(figures, to: folder, formats: FigureFormat.allCases)
  }

  /// `SOURCE_DATE_EPOCH`, the usual way to ask for files that come out equal byte for byte: seconds since 1970.
  static var reproducibleDate: Date? {
    ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap(Double.init)
      .flatMap { $0.isFinite && $0 >= 0 && $0 < 1e11 ? Date(timeIntervalSince1970: $0) : nil }
  }
}
