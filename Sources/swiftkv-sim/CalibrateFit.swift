import ArgumentParser
import Calibration
import Experiments
import Foundation
import Hardware
import InputFiles
import Quantities
import Results

struct CalibrateFit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit a device profile to a folder of measured kernel tables.",
    discussion: """
      Examples:
        swiftkv-sim calibrate fit kernels/ --device H100-SXM-80GB --output my-h100.yaml
        swiftkv-sim calibrate fit kernels/ --device my-gpu.yaml --prefix gpu_ --output my-gpu-profile.yaml
        swiftkv-sim calibrate fit kernels/ --device H100-SXM-80GB --serving serving/ --output my-h100.yaml

      The folder holds some of PREFIXgemm_bf16.csv, gemm_fp8, attention_prefill, attention_decode and allreduce \
      (docs/file-formats.md). Every fourth shape is kept out of the fit; the errors printed and written are on those. Kernels \
      without a table, host times and memory come from the base profile. A scenario takes the file as hardware.gpu.

      With measured runs (a folder as 'swiftkv-sim validate' reads it) the terms that kernel tables cannot show are fitted to \
      them, all runs at once, and for each model once more without its runs; that takes minutes.
      """)

  @Argument(help: "Folder with the tables.", completion: .directory)
  var kernels: String
  @Option(
    help: ArgumentHelp(
      "A device that 'swiftkv-sim devices' lists, or a YAML or JSON file with a datasheet.",
      valueName: "device"),
    completion: .list(DeviceSpec.catalogue.map(\.name)))
  var device: String
  @Option(
    help: ArgumentHelp("The profile to write, YAML.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var output: String
  @Option(
    help: ArgumentHelp(
      "What the tables' names begin with; by default the device's first word, as in h100_, if there are such files.",
      valueName: "text"))
  var prefix: String?
  @Option(
    help: ArgumentHelp(
      "Profile from which comes what is not fitted: a calibrated device or a file. H100-SXM-80GB if not given.",
      valueName: "profile"))
  var base = "H100-SXM-80GB"
  @Option(
    help: ArgumentHelp("Where the tables come from; stands in the profile.", valueName: "text"))
  var source: String?
  @Option(
    help: ArgumentHelp(
      "Folder with measured runs to fit serving and host terms to; from the base profile if not given.",
      valueName: "folder"), completion: .directory)
  var serving: String?
  @Option(
    help: ArgumentHelp(
      "Write every measured stage's error, also by fits without its model, as JSON.", valueName: "file"))
  var record: String?
  @Option(help: ArgumentHelp("The errors as JSON; '-' is standard output.", valueName: "file"))
  var json: String?
  @Option(help: "Kernels fitted at once; one per core if not given. The profile does not depend on it.")
  var threads: Int?
  @Flag(name: [.short, .long], help: "No table and no progress.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
    if record != nil, serving == nil { throw ValidationError("--record needs --serving") }
    if output.isEmpty { throw ValidationError("--output: the name is empty") }
    if let source, source.isEmpty || source.contains(where: \.isNewline) {
      throw ValidationError("--source: a line of text is needed")
    }
  }

  func run() throws {
    let calibration: Calibration
    let runs: Validation?
    do {
      runs = try serving.map { try Validation(folder: $0) }
      let spec = try ProfileNames.spec(device)
      let base = try ProfileNames.profile(base, option: "--base")
      let folder = try TableFolder(path: kernels, prefix: prefix, device: spec)
      calibration = Calibration(
        device: spec, base: base, tables: folder.tables, steps: folder.steps, origin: source)
    } catch {
      throw CommandFailure.input(error)
    }
    let inputs = [device, base] + calibration.tables.map { SplitPath.join(kernels, $0.source) }
    try Destinations.require(
      [("--output", output), ("--json", json), ("--record", record)], reading: inputs)
    let interruption = Interruption()
    let line = ProgressLine(isQuiet: quiet, doing: "fitting", what: "kernels")
    var profile: DeviceProfile?
    var errors: ValidationRecord?
    do {
      profile = try CalibrationRun(calibration, command: commandLine).run(threads: threads) { progress in
        line.show(progress)
        return !interruption.isPending
      }
      if let runs, let kernels = profile {
        line.erase()
        let line = ProgressLine(isQuiet: quiet, doing: "fitting serving terms", what: "fits")
        defer { line.erase() }
        let outcome = try ServingFit(runs, base: kernels).run(threads: threads) { progress in
          line.show(progress)
          return !interruption.isPending
        }
        (profile, errors) = (outcome?.profile, outcome?.record)
      }
    } catch {
      line.erase()
      throw CommandFailure.input(error)
    }
    line.erase()
    interruption.end()
    guard let profile else {
      throw CommandFailure(message: "interrupted: nothing was written", status: CommandFailure.interrupted)
    }
    do {
      try AtomicFile.write(profile.yaml, to: output)
      if let record, let errors { try AtomicFile.write(errors.json(), to: record) }
      if let json {
        let text = try CalibrationReport.json(profile)
        if json == "-" { Terminal.write(text) } else { try AtomicFile.write(text, to: json) }
      }
    } catch {
      throw CommandFailure.run("\(error)")
    }
    if !quiet, json != "-" { Terminal.write(Terminal.text(CalibrationReport.fits(profile))) }
  }

  /// The command as the profile states it: names of files without their folders, nothing that does not change the profile.
  private var commandLine: String {
    func word(_ text: String) -> String { text.contains(" ") ? "\"\(text)\"" : text }
    var words = [
      "swiftkv-sim calibrate fit", word(SplitPath(kernels).name), "--device", word(SplitPath(device).name),
    ]
    if let prefix { words += ["--prefix", word(prefix)] }
    if base != "H100-SXM-80GB" { words += ["--base", word(SplitPath(base).name)] }
    if let source { words += ["--source", word(source)] }
    if let serving { words += ["--serving", word(SplitPath(serving).name)] }
    return (words + ["--output", word(SplitPath(output).name)]).joined(separator: " ")
  }
}
