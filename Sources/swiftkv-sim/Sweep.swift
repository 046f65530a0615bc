import ArgumentParser
import Experiments
import Foundation
import Results
import Sweeps

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Simulate many combinations of settings, on all cores; goes on where it was stopped.",
    discussion: """
      Examples:
        swiftkv-sim sweep scenarios/sweeps/skip-ratio-by-rate.yaml --dry-run
        swiftkv-sim sweep scenarios/sweeps/skip-ratio-by-rate.yaml --csv results/skip.csv
        swiftkv-sim sweep sweep.yaml --set workload.num_requests=500
        swiftkv-sim sweep sweep.yaml --shard 3/8 --db share-3.sqlite
        swiftkv-sim sweep sweep.yaml --status

      A sweep file names a scenario and gives some of its keys several values; scenarios/sweeps/ has some to start from. Results \
      are kept in the database as they come. The same command simulates only what is missing there: after Ctrl-C, after a crash, \
      or when the file has grown.
      """)

  @Argument(help: "Sweep file, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var file: String
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change one key of the scenario: engine.max_num_seqs=512. Repeatable.", valueName: "key=value"))
  var overrides: [String] = []
  @Option(help: "Random seed of the simulations, instead of the scenario's.")
  var seed: UInt64?
  @Option(help: ArgumentHelp("Simulations of each point, instead of the file's number.", valueName: "n"))
  var replications: Int?
  @Option(
    help: ArgumentHelp(
      "SQLite file of the results: results/swiftkv.sqlite, and of a share one of its own.", valueName: "file"),
    completion: .file(extensions: ["sqlite"]))
  var db: String?
  @Option(
    help: ArgumentHelp("One row a point, written at the end.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var csv: String?
  @Option(help: "Simulations at once; one per core if not given. Results do not depend on it.")
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Simulate only one of n equal shares, for machines without a common database: 1/8 to 8/8.",
      valueName: "i/n"))
  var shard: String?
  @OptionGroup(title: "Where") var place: SweepExecutorOptions
  @Option(
    help: ArgumentHelp(
      "Keep the number of simulations that are finished in this file, for a scheduler to read.",
      valueName: "file"))
  var progressFile: String?
  @Flag(help: "Check the file and show its points; simulate and write nothing.")
  var dryRun = false
  @Flag(help: "Say what is done and what is missing; simulate and write nothing.")
  var status = false
  @Flag(help: "Leave out points that cannot exist, such as a model that does not fit.")
  var skipInvalid = false
  @Flag(help: "Simulate again what has failed.")
  var retryFailed = false
  @Flag(name: [.short, .long], help: "No tables, no progress.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
    if let replications, !(1...1000).contains(replications) {
      throw ValidationError("--replications: \(replications) is not from 1 to 1000")
    }
    for (option, path) in [("--db", db), ("--csv", csv)] where path == "" {
      throw ValidationError("\(option): the name is empty")
    }
    if shard != nil, place.executor == .slurm {
      throw ValidationError(
        "--shard: a share is simulated here; --executor slurm cuts the sweep itself, see --shards")
    }
    if threads != nil, place.executor == .slurm {
      throw ValidationError("--threads: a task has as many as --sbatch=--cpus-per-task=N gives it")
    }
    if csv == "-" { throw ValidationError("--csv: give a file, or /dev/stdout") }
    if dryRun, status { throw ValidationError("--dry-run and --status: choose one") }
    _ = try share
  }

  private var share: SweepShard? {
    get throws {
      do throws(SweepShard.Failure) {
        return try shard.map { text throws(SweepShard.Failure) in try SweepShard(text) }
      } catch {
        throw ValidationError("--shard: \(error)")
      }
    }
  }

  func run() throws {
    let share = try share
    let plan = try plan()
    let db = db ?? Self.database(of: plan, share)
    if dryRun { return Terminal.write(SweepReport.preview(plan, shard: share)) }
    if status { return try showStatus(plan, db, share) }
    try checkDestinations(plan, db)
    do {
      try simulate(SweepRun(plan, in: SweepStore(path: db), shard: share))
    } catch let error as ResultsError {
      throw CommandFailure.run("\(error)")
    }
  }

  /// What a task on another machine is called with to simulate points of the same sweep.
  private var taskArguments: [String] {
    var arguments = [URL(fileURLWithPath: file).path]
    for change in overrides { arguments += ["--set", change] }
    if let seed { arguments += ["--seed", "\(seed)"] }
    if let replications { arguments += ["--replications", "\(replications)"] }
    if skipInvalid { arguments.append("--skip-invalid") }
    return arguments
  }

  private func plan() throws -> SweepPlan {
    do {
      let changes = SweepFile.Changes(
        overrides: overrides, seed: seed, replications: replications, skipsInvalid: skipInvalid)
      return try SweepPlan(SweepFile.load(path: file, changes: changes), threads: threads)
    } catch let error as SweepPlanError {
      throw CommandFailure(
        message: "\(error)" + (error.advice.map { "\n\($0)" } ?? ""), status: CommandFailure.badInput)
    } catch {
      throw CommandFailure.input(error)
    }
  }

  /// A share has a file of its own, so that shares on one machine or one network disk do not meet.
  private static func database(of plan: SweepPlan, _ share: SweepShard?) -> String {
    guard let share else { return "results/swiftkv.sqlite" }
    return "results/\(plan.file.name).share-\(share.index)-of-\(share.count).sqlite"
  }

  private func checkDestinations(_ plan: SweepPlan, _ db: String) throws {
    let outputs = ResultOutputs(database: db, csv: csv)
    let collisions = outputs.collisions(reading: plan.file.files)
    guard collisions.isEmpty else {
      throw CommandFailure(message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    let problems = outputs.problems()
    guard problems.isEmpty else {
      throw CommandFailure.run(problems.joined(separator: "\n") + "\nnothing was simulated")
    }
  }

  private func showStatus(_ plan: SweepPlan, _ db: String, _ share: SweepShard?) throws {
    guard FileManager.default.fileExists(atPath: db) else {
      throw CommandFailure.stored(ResultsError.noStore(path: db))
    }
    do {
      let status = try SweepRun(plan, in: SweepStore(path: db), shard: share).status()
      Terminal.write("\(SweepReport.heading(plan))\n\(SweepReport.status(status, shard: share)) in \(db)\n")
    } catch {
      throw CommandFailure.stored(error)
    }
  }

  private func simulate(_ run: SweepRun) throws {
    let interruption = Interruption()
    let line = ProgressLine(isQuiet: quiet)
    let start = ContinuousClock.now
    if !quiet { Terminal.inform(SweepReport.heading(run.plan)) }
    let executor = place.executor(
      threads: threads, arguments: taskArguments, database: run.store.path
    ) { [quiet] sentence in
      guard !quiet else { return }
      line.erase()
      Terminal.inform(sentence)
    }
    let count = progressFile.map(ProgressFile.init)
    let outcome = try run.execute(executor, retriesFailed: retryFailed) { progress in
      line.show(Self.text(progress, since: start))
      count?.show(progress.finished)
      return !interruption.isPending
    }
    line.erase()
    var failures: [String] = []
    let table = SweepTable(run.plan, results: outcome.results, shard: run.shard)
    let isWhole = !outcome.wasStopped && outcome.failure == nil
    if !quiet, isWhole {
      Terminal.write(Self.text(BestPoints(table)) + SweepReport.note(run.plan) + "\n")
    }
    if let csv, isWhole {
      do { try AtomicFile.write(table.csv, to: csv) } catch { failures.append("\(error)") }
    }
    if !quiet { Terminal.inform(closing(outcome, run, since: start)) }
    interruption.end()
    if outcome.wasStopped {
      let message =
        "interrupted: \(SweepReport.status(outcome.status, shard: run.shard)); the same command goes on from there"
      throw CommandFailure(message: message, status: CommandFailure.interrupted)
    }
    if let failure = outcome.failure {
      failures += [failure, "what was stored before stays; the same command goes on from there"]
    }
    if outcome.status.failed > 0 {
      failures += [SweepReport.failures(table), "--retry-failed simulates them again"]
    }
    if !failures.isEmpty { throw CommandFailure.run(failures.joined(separator: "\n")) }
  }

  private static func text(_ points: BestPoints) -> String {
    (points.title.map { $0 + "\n" } ?? "") + Terminal.text(points.report)
  }

  /// How much was simulated, how long it took, and where to find it.
  private func closing(_ outcome: SweepRun.Outcome, _ run: SweepRun, since start: ContinuousClock.Instant)
    -> String
  {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let others =
      max(0, outcome.status.done + outcome.status.failed - outcome.known - outcome.simulated)
    let known =
      (others > 0 ? ", \(others) by others" : "")
      + (outcome.known > 0 ? ", \(outcome.known) were there" : "")
    let rows = csv.map { outcome.wasStopped ? "" : "; a row a point in \($0)" } ?? ""
    return
      "\(outcome.simulated) simulation\(outcome.simulated == 1 ? "" : "s") in \(Self.time(seconds))\(known); "
      + SweepReport.status(outcome.status, shard: run.shard) + "; results in \(run.store.path)\(rows)"
  }

  /// "simulating: 120 of 432 done, 85.2 a second, 3.7 s left".
  private static func text(_ progress: SweepProgress, since start: ContinuousClock.Instant) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(progress.finished) / seconds : 0
    let left = Double(progress.runs - progress.finished - progress.elsewhere)
    return "simulating: \(progress.finished + progress.elsewhere) of \(progress.runs) done"
      + (progress.elsewhere > 0 ? " (\(progress.elsewhere) by others)" : "")
      + (progress.failed > 0 ? ", \(progress.failed) failed" : "")
      + (rate > 0 ? String(format: ", %.1f a second, ", rate) + time(max(0, left) / rate) + " left" : "")
  }

  private static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<100: String(format: "%.1f s", seconds)
    case ..<6000: String(format: "%d min %02d s", Int(seconds) / 60, Int(seconds) % 60)
    default: String(format: "%d h %02d min", Int(seconds) / 3600, Int(seconds) / 60 % 60)
    }
  }
}
