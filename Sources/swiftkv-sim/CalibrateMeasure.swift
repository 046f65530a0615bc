import ArgumentParser
import Experiments
import Figures
import Foundation
import Measuring

struct CalibrateMeasure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Time the reference kernels and the live engine on this machine.",
    discussion: """
      Examples:
        swiftkv-sim calibrate measure results/local-cpu
        swiftkv-sim calibrate fit results/local-cpu --device results/local-cpu/device.yaml --output results/local-cpu.yaml
        swiftkv-sim validate --live --profile results/local-cpu.yaml

      Writes the kernel tables, steps.csv and device.yaml into the folder, in about a minute and a half. Threads are pinned to \
      cores; medians with their spread. Stopped and started again it measures only what is missing. On a machine too busy to be \
      measured it writes no table and ends with status 1.
      """)

  @Argument(help: "Folder for the tables; made if it is not there.", completion: .directory)
  var folder: String
  @Option(help: "Threads that kernels run on; one per core if not given.")
  var threads: Int?
  @Option(
    help: ArgumentHelp("Draw the roofline, SVG and PNG, into this folder.", valueName: "folder"),
    completion: .directory)
  var plots: String?
  @Flag(name: [.short, .long], help: "No summary and no progress.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads: found \(threads); allowed are 1 to 1024")
    }
    if folder.isEmpty { throw ValidationError("the folder's name is empty") }
  }

  func run() throws {
    let interruption = Interruption()
    let outcome = try MachineMeasurement(folder: folder, threads: threads).run(
      isQuiet: quiet, plots: plots, interruption)
    interruption.end()
    if !quiet { Terminal.write(MeasurementReport.text(outcome, folder: folder)) }
  }
}

extension MachineMeasurement {
  /// Measures with a progress line, and draws the roofline if asked to.
  ///
  /// - Throws: ``CommandFailure``, also if it was interrupted.
  func run(isQuiet: Bool, plots: String?, _ interruption: Interruption) throws -> Outcome {
    let line = ProgressLine(isQuiet: isQuiet, doing: "measuring", what: "results")
    let outcome: Outcome?
    do {
      defer { line.erase() }
      outcome = try run { done, total in
        line.show(.init(finishedRuns: done, runs: total, share: Double(done) / Double(total)))
        return !interruption.isPending
      }
      if let plots, let outcome {
        _ = try FigureWriter.write(
          [MeasurementReport.roofline(outcome)], to: plots, formats: FigureFormat.allCases)
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
    guard let outcome else {
      throw CommandFailure(
        message: "interrupted: what was measured is kept; the same command goes on from there",
        status: CommandFailure.interrupted)
    }
    return outcome
  }
}
