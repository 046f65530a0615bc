import ArgumentParser
import Experiments
import Foundation
import Results

// Each command gives its own name: the parser would find it by way of `String(describing:)`, which asks the runtime for conformances
// of every type and takes a millisecond.
@main struct SwiftKVSim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftkv-sim",
    abstract: "Predicts what SwiftKV changes for an LLM served on GPUs: latency, load, memory. Needs no GPU.",
    discussion: """
      A scenario file says which model runs on which GPU under which traffic; scenarios/ has some to start from.

        swiftkv-sim compare scenarios/rag.yaml --variant baseline,swiftkv-50
        swiftkv-sim run scenarios/azure-code.yaml --set engine.max_num_seqs=64
        swiftkv-sim inspect scenarios/rag.yaml --variant swiftkv-50

      Results go to standard output, messages and progress to standard error. Every run is also stored in \
      results/swiftkv.sqlite; see 'swiftkv-sim runs'.

      Exit status: 0 done, 1 the run failed, 2 bad usage or input, 130 interrupted (what had finished is kept).

      Completion of commands, variants and models in bash, zsh or fish:
        source <(swiftkv-sim --generate-completion-script bash)
      """,
    version: CodeVersion.current,
    subcommands: [
      Run.self, Compare.self, Sweep.self, Capacity.self, Report.self, Plot.self, Inspect.self, Validate.self,
      Calibrate.self, Models.self, Devices.self, Runs.self, ResultsCommand.self, Bench.self,
    ])

  static func main() {
    // Without a reader writing fails; with the signal the program would die before it has stored its runs.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
      if let failure = Terminal.failure { throw CommandFailure.run(failure) }
    } catch let failure as CommandFailure {
      Terminal.inform(failure.message)
      Foundation.exit(failure.status)
    } catch {
      // Help, version and completion scripts end with status 0 and go to standard output; a usage error has status 64 here.
      let status = exitCode(for: error)
      guard status != .success else { exit(withError: error) }
      Terminal.writeError(fullMessage(for: error) + "\n")
      Foundation.exit(CommandFailure.badInput)
    }
  }
}

/// Ends a command with a message on standard error and an exit status.
struct CommandFailure: Error {
  let message: String
  let status: Int32

  static let failed: Int32 = 1
  static let badInput: Int32 = 2
  static let interrupted: Int32 = 130

  static func input(_ error: any Error) -> CommandFailure {
    CommandFailure(message: "\(error)", status: badInput)
  }
  /// What keeps stored runs from being shown. A database that is not there is a wrong name, and bad input.
  static func stored(_ error: any Error) -> CommandFailure {
    if let failure = error as? CommandFailure { return failure }
    if case .noStore? = error as? ResultsError { return input(error) }
    return run("\(error)")
  }
  static func run(_ message: String) -> CommandFailure { CommandFailure(message: message, status: failed) }
}
