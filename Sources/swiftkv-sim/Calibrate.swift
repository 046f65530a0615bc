import ArgumentParser

struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract:
      "Measure this machine's kernels, fit a device's kernel times to measured tables, or compare a profile with a table.",
    subcommands: [CalibrateMeasure.self, CalibrateFit.self, CalibrateCheck.self])
}
