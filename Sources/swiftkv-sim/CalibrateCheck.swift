import ArgumentParser
import Calibration
import Experiments
import Figures
import Foundation
import Hardware
import InputFiles
import Results

struct CalibrateCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compare a profile with a table of measured kernel times, by kernel and by regime.",
    discussion: """
      Examples:
        swiftkv-sim calibrate check --profile H100-SXM-80GB --table kernels/h100_gemm_bf16.csv
        swiftkv-sim calibrate check --profile my-gpu.yaml --table decode.csv --json errors.json --plots plots/

      What kind of table it is is told by its columns; of GEMM tables one in FP8 by 'fp8' in its name, or by --kernel. All of \
      the table's shapes count, those that the profile was fitted to as well.
      """)

  @Option(
    help: ArgumentHelp("A calibrated device, or a profile file.", valueName: "profile"),
    completion: .list(DeviceProfile.calibratedNames))
  var profile: String
  @Option(
    help: ArgumentHelp("Measured times, CSV.", valueName: "file"), completion: .file(extensions: ["csv"]))
  var table: String
  @Option(
    help: ArgumentHelp("Of a GEMM table: gemm_bf16 or gemm_fp8.", valueName: "name"),
    completion: .list(["gemm_bf16", "gemm_fp8"]))
  var kernel: String?
  @Option(help: ArgumentHelp("The errors as JSON; '-' is standard output.", valueName: "file"))
  var json: String?
  @Option(
    help: ArgumentHelp("Draw predicted over measured, SVG and PNG, into this folder.", valueName: "folder"),
    completion: .directory)
  var plots: String?
  @Flag(name: [.short, .long], help: "No table.")
  var quiet = false

  func validate() throws {
    if let kernel, !["gemm_bf16", "gemm_fp8"].contains(kernel) {
      throw ValidationError("--kernel: '\(kernel)' is none of gemm_bf16, gemm_fp8")
    }
  }

  func run() throws {
    let device: DeviceProfile
    let tables: [KernelTable]
    do {
      device = try ProfileNames.profile(profile, option: "--profile")
      tables = try TableFile.read(path: table, gemm: kernel.flatMap(KernelName.init(rawValue:)))
    } catch {
      throw CommandFailure.input(error)
    }
    try Destinations.require([("--json", json)], reading: [profile, table])
    let check = TableCheck(device, tables)
    guard !check.kernels.isEmpty else {
      let names = tables.map(\.kernel.rawValue).joined(separator: " and ")
      throw CommandFailure(
        message: "\(table): a table of \(names), which the profile of \(device.spec.name) does not have",
        status: CommandFailure.badInput)
    }
    do {
      if let json {
        let text = try CalibrationReport.json(check)
        if json == "-" { Terminal.write(text) } else { try AtomicFile.write(text, to: json) }
      }
      if !quiet, json != "-" { Terminal.write(Terminal.text(CalibrationReport.errors(check))) }
      if let plots {
        _ = try FigureWriter.write(
          CalibrationFigures.figures(device, tables), to: plots, formats: FigureFormat.allCases)
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }
}
