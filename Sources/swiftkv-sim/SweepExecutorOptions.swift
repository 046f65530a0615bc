import ArgumentParser
import Foundation
import Sweeps

/// Who simulates a sweep: this process, or tasks of a Slurm cluster.
struct SweepExecutorOptions: ParsableArguments {
  enum Executor: String, CaseIterable, ExpressibleByArgument {
    case local
    case slurm
  }

  @Option(help: "local: on this machine's cores. slurm: as an array job, in shares; see --shards.")
  var executor = Executor.local
  @Option(
    help: ArgumentHelp("With --executor slurm: tasks that the sweep is cut into.", valueName: "n"))
  var shards: Int?
  @Option(
    help: ArgumentHelp(
      "With --executor slurm: folder for the tasks' scripts, logs and databases, on a disk that all nodes see; 'slurm' beside the "
        + "database if not given.", valueName: "folder"),
    completion: .directory)
  var slurmFolder: String?
  @Option(
    name: .customLong("sbatch"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "With --executor slurm: an option for sbatch, such as --partition=cpu or --cpus-per-task=16. Repeatable.",
      valueName: "option"))
  var sbatch: [String] = []

  /// More tasks than this are no long shares any more; Slurm's own limit on an array (MaxArraySize) is 1001 where nothing else is set.
  private static let mostShards = 1000

  func validate() throws {
    switch executor {
    case .local:
      let given = [
        ("--shards", shards != nil), ("--slurm-folder", slurmFolder != nil), ("--sbatch", !sbatch.isEmpty),
      ].filter(\.1).map(\.0)
      guard given.isEmpty else {
        throw ValidationError("\(given.joined(separator: ", ")): for --executor slurm only")
      }
    case .slurm:
      guard let shards else { throw ValidationError("--executor slurm: needs --shards, such as --shards 16") }
      guard (1...Self.mostShards).contains(shards) else {
        throw ValidationError("--shards: \(shards) is not from 1 to \(Self.mostShards)")
      }
      if slurmFolder == "" { throw ValidationError("--slurm-folder: the name is empty") }
      if let bad = sbatch.first(where: { !$0.hasPrefix("-") }) {
        throw ValidationError("--sbatch: '\(bad)' is no option; write it as in --sbatch=--partition=cpu")
      }
    }
  }

  /// - Parameters:
  ///   - arguments: what a task of the sweep has to be called with.
  ///   - database: the sweep's.
  ///   - inform: see ``SlurmExecutor/inform``.
  func executor(
    threads: Int?, arguments: [String], database: String, inform: @escaping @Sendable (String) -> Void
  ) -> any SweepExecutor {
    guard executor == .slurm, let shards else { return LocalExecutor(threads: threads) }
    let beside = URL(fileURLWithPath: database).deletingLastPathComponent().appendingPathComponent("slurm")
      .path
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    return SlurmExecutor(
      shards: shards, folder: slurmFolder.map { URL(fileURLWithPath: $0).path } ?? beside,
      program: program ?? CommandLine.arguments[0], arguments: arguments, options: sbatch, inform: inform)
  }
}
