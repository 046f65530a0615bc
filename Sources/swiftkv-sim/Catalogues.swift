import ArgumentParser
import Experiments
import Hardware
import Models

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models that a scenario can name.",
    discussion: """
      Examples:
        swiftkv-sim models
        swiftkv-sim models llama-3.1

      Any other dense Llama, Mistral or Qwen model works too: give the path of its config.json as 'model'.
      """)

  @Argument(
    help: "Part of a name.", completion: .list(ModelConfig.catalogue.map(\.name)))
  var part: String?

  func run() throws {
    let models = ModelConfig.catalogue.filter { model in
      part.map { model.name.lowercased().contains($0.lowercased()) } ?? true
    }
    guard !models.isEmpty else {
      throw CommandFailure(
        message: "no model's name contains '\(part ?? "")'; 'swiftkv-sim models' lists all",
        status: CommandFailure.badInput)
    }
    Terminal.write(Terminal.text(CatalogueTables.models(models)))
  }
}

struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "List the GPUs that are known, and which of them can be simulated, or show a device's profile.",
    discussion: """
      Examples:
        swiftkv-sim devices
        swiftkv-sim devices H100-SXM-80GB

      Figures are datasheet values, dense. Simulating needs calibrated kernel times as well; with a name, or a profile file, \
      these are printed as a profile file has them, with the errors of their fit. 'swiftkv-sim calibrate fit' makes others.
      """)

  @Argument(help: "A calibrated device, or a profile file.", completion: .list(DeviceProfile.calibratedNames))
  var profile: String?

  func run() throws {
    guard let profile else {
      let calibrated = Set(DeviceProfile.calibratedNames)
      return Terminal.write(
        Terminal.text(CatalogueTables.devices(DeviceSpec.catalogue, calibrated: calibrated)))
    }
    do {
      let device = try ProfileNames.profile(profile, option: "devices")
      Terminal.write(device.yaml)
      Terminal.write("\n" + Terminal.text(CalibrationReport.fits(device)))
    } catch {
      throw CommandFailure.input(error)
    }
  }
}
