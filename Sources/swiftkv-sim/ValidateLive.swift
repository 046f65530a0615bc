import ArgumentParser
import Calibration
import Experiments
import Foundation
import Hardware
import InputFiles
import Measuring
import Models
import Quantities
import Results

/// What is served for real, and how long.
struct LiveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "This machine's profile, as 'swiftkv-sim calibrate fit' writes it; without one the machine is measured first.",
      valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var profile: String?
  @Option(
    help: ArgumentHelp(
      "Where the measured tables and their profile go (default: results/local-cpu).", valueName: "folder"),
    completion: .directory)
  var tables: String?
  @Option(
    help: ArgumentHelp(
      "live-2m, live-5m, live-8m, live-25m or live-50m (default: live-5m).", valueName: "name"))
  var model: String?
  @Option(
    help: ArgumentHelp(
      "Variants, separated by commas; the first one's saturation sets the rates (default: baseline,swiftkv-50).",
      valueName: "names"))
  var variant: String?
  @Option(
    help: ArgumentHelp(
      "Loads in percent of saturation, separated by commas (default: 20,40,60,80).", valueName: "list"))
  var loads: String?
  @Option(help: "Times that every load is served (default: 3).")
  var repeats: Int?
  @Option(help: ArgumentHelp("Seconds of sending for each load (default: 2.5).", valueName: "seconds"))
  var duration: Double?
  @Option(help: "Random seed of requests and weights (default: 1).")
  var seed: UInt64?

  var areGiven: Bool {
    profile != nil || tables != nil || model != nil || variant != nil || loads != nil || repeats != nil
      || duration != nil
      || seed != nil
  }

  /// - Parameter measure: makes a profile where none was given, and tells the machine's state.
  /// - Throws: ``CommandFailure`` with everything that is wrong.
  func validation(
    threads: Int?, measure: (String) throws -> (DeviceProfile, MachineProbe.State)
  ) throws -> LiveValidation {
    var problems: [String] = []
    var device: DeviceProfile?
    if let profile {
      do {
        device = try ProfileNames.profile(profile, option: "--profile")
      } catch {
        problems += error.problems.map(\.description)
      }
      if let device, !device.spec.architecture.isProcessor {
        problems.append("--profile: \(device.spec.name) is a GPU; a processor's profile is needed")
      }
      if tables != nil { problems.append("--tables: with --profile nothing is measured") }
    }
    let name = model ?? "live-5m"
    let config = ModelConfig.named(name)
    if config?.name.hasPrefix("swiftkv-sim/") != true {
      problems.append("--model: found '\(name)'; allowed are live-2m, live-5m, live-8m, live-25m, live-50m")
    }
    var variants: [Variant] = []
    for word in (variant ?? "baseline,swiftkv-50").split(separator: ",", omittingEmptySubsequences: false) {
      do throws(VariantError) {
        let variant = try Variant(name: String(word))
        if variants.contains(variant) { problems.append("--variant: '\(word)' stands twice") }
        if let config { _ = try variant.plan(for: config, kvPrecision: .float32) }
        variants.append(variant)
      } catch {
        problems.append("--variant: \(error.description)")
      }
    }
    var shares: [Double] = []
    for word in (loads ?? "20,40,60,80").split(separator: ",", omittingEmptySubsequences: false) {
      guard let percent = Double(word), percent > 0, percent <= 100, !shares.contains(percent / 100) else {
        problems.append("--loads: found '\(word)'; allowed are different numbers above 0, at most 100")
        continue
      }
      shares.append(percent / 100)
    }
    let repeats = repeats ?? 3
    if !(1...100).contains(repeats) { problems.append("--repeats: found \(repeats); allowed are 1 to 100") }
    let duration = duration ?? 2.5
    if !(duration >= 0.5 && duration <= 3600) {
      problems.append("--duration: found \(duration); allowed are 0.5 to 3600 seconds")
    }
    if let threads, threads > 1024 { problems.append("--threads: found \(threads); allowed are 1 to 1024") }
    guard problems.isEmpty, let config else {
      throw CommandFailure(message: problems.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    var state: MachineProbe.State?
    let measured: DeviceProfile
    if let device {
      measured = device
    } else {
      (measured, state) = try measure(tables ?? "results/local-cpu")
    }
    return LiveValidation(
      profile: measured, model: config, variants: variants, loads: shares, repeats: repeats,
      duration: Seconds(duration), threads: threads, seed: seed ?? 1, state: state)
  }
}

extension Validate {
  /// Measures this machine and fits its profile.
  private func measured(_ folder: String, _ interruption: Interruption) throws -> (
    DeviceProfile, MachineProbe.State
  ) {
    let outcome = try MachineMeasurement(folder: folder, threads: threads).run(
      isQuiet: quiet, plots: plots, interruption)
    do {
      let tables = try TableFolder(path: folder, prefix: "", device: outcome.device)
      let calibration = Calibration(
        device: outcome.device, base: DeviceProfile(unfitted: outcome.device), tables: tables.tables,
        steps: tables.steps)
      guard let profile = try CalibrationRun(calibration, command: "swiftkv-sim validate --live").run() else {
        throw CommandFailure.run("the fit was stopped")
      }
      let path = SplitPath.join(folder, "\(profile.spec.name).yaml")
      try AtomicFile.write(profile.yaml, to: path)
      if !quiet, json != "-" {
        Terminal.write(MeasurementReport.text(outcome, folder: folder))
        Terminal.write(Terminal.text(CalibrationReport.fits(profile)) + "profile: \(path)\n\n")
      }
      return (profile, outcome.state)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }

  func compareLive() throws {
    try Destinations.require([("--json", json)], reading: [liveOptions.profile].compactMap(\.self))
    let interruption = Interruption()
    let validation = try liveOptions.validation(threads: threads) { folder in
      try measured(folder, interruption)
    }
    let line = ProgressLine(isQuiet: quiet, doing: "serving", what: "runs")
    let outcome: LiveValidation.Outcome?
    do {
      outcome = try validation.run { progress in
        line.show(progress)
        return !interruption.isPending
      }
    } catch {
      line.erase()
      throw CommandFailure.input(error)
    }
    line.erase()
    interruption.end()
    guard let outcome else {
      throw CommandFailure(message: "interrupted: nothing was compared", status: CommandFailure.interrupted)
    }
    do {
      let text = try outcome.json()
      if json == "-" { Terminal.write(text) } else if let json { try AtomicFile.write(text, to: json) }
    } catch {
      throw CommandFailure.run("\(error)")
    }
    if !quiet, json != "-" {
      Terminal.write(outcome.heading + "\n\n" + outcome.tables.map(Terminal.text).joined(separator: "\n"))
    }
  }
}
