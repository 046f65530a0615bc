import ArgumentParser
import Experiments

@main struct SwiftKVSim: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "swiftkv-sim")
}
