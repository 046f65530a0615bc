import ArgumentParser
import Experiments
import Figures
import Foundation
import Hardware
import Models
import Quantities
import Results

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Replay measured runs and show how far the predictions are from them.",
    discussion: """
      Examples:
        swiftkv-sim validate
        swiftkv-sim validate measured/
        swiftkv-sim validate measured/ --json validation.json --plots plots/
        swiftkv-sim validate --live

      Without a folder: figures that others published, with their sources and what had to be assumed. The folder holds a manifest.json with the engine's settings and one CSV file a run (docs/file-formats.md). Runs are \
      replayed at their measured sending times; runs whose client was held back by its own cap under Poisson plans with \
      that cap. Overload runs are shown apart and are in no mean.

      With --live nothing is needed but this machine and its profile (swiftkv-sim calibrate measure, then fit): a small \
      transformer is served for real, baseline and SwiftKV, and the same requests are simulated.
      """)

  @Argument(
    help: "Folder with a manifest.json and the runs it names; without one, published figures are compared.",
    completion: .directory)
  var folder: String?
  @Option(help: ArgumentHelp("Errors by run and stage as JSON; '-' is standard output.", valueName: "file"))
  var json: String?
  @Option(
    help: ArgumentHelp("Draw figures, SVG and PNG, into this folder.", valueName: "folder"),
    completion: .directory)
  var plots: String?
  @Option(help: ArgumentHelp("Write the report as a page in Markdown.", valueName: "file"))
  var report: String?
  @Option(help: "Runs replayed at once; one per core if not given. Results do not depend on it.")
  var threads: Int?
  @Flag(help: "Serve a small model on this machine and compare with its simulation.")
  var live = false
  @OptionGroup(title: "Live options") var liveOptions: LiveOptions
  @Flag(name: [.short, .long], help: "No tables and no progress.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
    if live {
      if folder != nil { throw ValidationError("--live takes no folder of measured runs") }
    } else if liveOptions.areGiven {
      throw ValidationError(
        "--profile, --model, --variant, --loads, --repeats, --duration and --seed need --live")
    }
    if folder == nil, report != nil { throw ValidationError("--report needs a folder of measured runs") }
    if folder == nil, plots != nil, !live || liveOptions.profile != nil {
      throw ValidationError("--plots needs a folder of measured runs, or --live without --profile")
    }
  }

  func run() throws {
    if live {
      try compareLive()
    } else if let folder {
      try compareMeasured(folder)
    } else {
      try comparePublished()
    }
  }

  private func comparePublished() throws {
    do {
      let comparison = try PublishedComparison(threads: threads)
      if json == "-" {
        Terminal.write(try comparison.json())
      } else {
        if let json { try AtomicFile.write(comparison.json(), to: json) }
        guard !quiet else { return }
        let notes = comparison.notes.map { $0 + "\n" }.joined()
        Terminal.write(comparison.tables.map(Terminal.text).joined(separator: "\n") + "\n" + notes)
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }

  private func compareMeasured(_ folder: String) throws {
    let validation: Validation
    do {
      validation = try Validation(folder: folder)
    } catch {
      throw CommandFailure.input(error)
    }
    let interruption = Interruption()
    let line = ProgressLine(isQuiet: quiet)
    let outcome: Validation.Outcome
    do {
      outcome = try validation.run(threads: threads) { progress in
        line.show(progress)
        return !interruption.isPending
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
    line.erase()
    interruption.end()
    if !quiet, json != "-" {
      Terminal.write(outcome.report.tables.map(Terminal.text).joined(separator: "\n"))
      if outcome.report.runs.contains(where: \.isClientCapped) {
        Terminal.write(
          "* sent under the client's cap: predicted under three Poisson plans with that cap, averaged\n")
      }
    }
    do {
      let text = try outcome.report.json()
      if json == "-" { Terminal.write(text) } else if let json { try AtomicFile.write(text, to: json) }
      if let report {
        let page = outcome.report.page(
          figures: pictures(beside: report), published: try PublishedComparison(threads: threads))
        try AtomicFile.write(page, to: report)
      }
      if let plots {
        _ = try FigureWriter.write(
          ValidationFigures.figures(outcome), to: plots, formats: FigureFormat.allCases)
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
    if outcome.wasStopped {
      throw CommandFailure(
        message: "interrupted: \(outcome.report.runs.count) runs were compared",
        status: CommandFailure.interrupted)
    }
  }

  /// The folder of the figures as the page names it: relative where both are below the current one.
  private func pictures(beside report: String) -> String? {
    guard let plots, !plots.hasPrefix("/"), !report.hasPrefix("/") else { return plots }
    let depth = report.split(separator: "/").dropLast().filter { $0 != "." }.count
    return String(repeating: "../", count: depth) + plots
  }
}
