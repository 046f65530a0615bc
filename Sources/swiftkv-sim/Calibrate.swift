import ArgumentParser

struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit a device's kernel times to measured tables, or compare a profile with a table.",
    subcommands: [CalibrateFit.self, CalibrateCheck.self])
}
