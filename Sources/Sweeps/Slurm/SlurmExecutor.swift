import Experiments
import Foundation
public import Results

/// Simulates on a Slurm cluster, in few long tasks.
///
/// The sweep is cut into shares. Each is a task of an array job: this program with `--shard` and a database of its own on a disk that all
/// nodes see. When a task has ended, well or not, its results are merged into the sweep's database; a share that still lacks some is
/// submitted again, in a new database that begins with what is known. Results have the keys of their simulations, so nothing counts
/// twice, whatever was done twice.
///
/// A process that is killed leaves its jobs running. The same command finds them again, by the files it left and by their name.
public struct SlurmExecutor: SweepExecutor {
  /// Tasks that the sweep is cut into, at least 1.
  public var shards: Int
  /// A folder for scripts, logs and databases, seen by all nodes under this absolute path.
  public var folder: String
  /// The program, as the nodes find it.
  public var program: String
  /// Of the program: the sweep file and what changes it.
  public var arguments: [String]
  /// Further options of sbatch, such as `--partition=cpu`.
  public var options: [String]
  /// Gets a sentence when something happens that a person should know.
  public var inform: @Sendable (String) -> Void

  public init(
    shards: Int, folder: String, program: String, arguments: [String], options: [String] = [],
    inform: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.shards = shards
    self.folder = folder
    self.program = program
    self.arguments = arguments
    self.options = options
    self.inform = inform
  }

  /// Between two looks at the queue. Slurm's own decisions take about as long.
  private static let pause: TimeInterval = 1
  /// Looks at the queue that may fail one after the other, for a controller may be restarted.
  private static let patience = 120
  /// Submissions of a share that bring no new result before it is given up.
  private static let fruitlessAttempts = 3
  /// How long tasks that are cancelled may take to store what is finished, in seconds; Slurm's KillWait is 30 s if nothing else is set.
  private static let farewell: TimeInterval = 60

  public func execute(
    _ plan: SweepPlan, runs: [SweepPlan.Run], into store: SweepStore,
    progress: @escaping @Sendable (SweepProgress) -> Bool
  ) throws -> Bool {
    let owner = ClaimOwner()
    defer {
      // Without it they expire by themselves.
      try? store.release(owner)
    }
    let keys = runs.map(plan.key)
    var elsewhere = 0
    while true {
      let answers = try store.claim(keys, for: owner)
      let granted = zip(keys, answers).filter { $1 == .granted }.map { $0.0 }
      elsewhere = answers.count { $0 == .elsewhere }
      let goesOn = progress(
        SweepProgress(finished: 0, failed: 0, elsewhere: elsewhere, runs: runs.count))
      guard goesOn else { return false }
      if !granted.isEmpty { break }
      if elsewhere == 0 { return true }
      // All of it is another process's, which may be one that submits to the same cluster.
      Thread.sleep(forTimeInterval: Self.pause)
    }
    var campaign = try SlurmCampaign(self, plan, store, open: Set(keys))
    try campaign.begin()
    while true {
      try campaign.look()
      let state = SweepProgress(
        finished: runs.count - campaign.open.count + campaign.finishedInTasks, failed: campaign.failed,
        elsewhere: 0, runs: runs.count)
      let goesOn = progress(state)
      if campaign.isDone { return true }
      guard goesOn else {
        try campaign.stop()
        return campaign.isDone
      }
      try campaign.resubmit()
      try store.renew(owner)
      Thread.sleep(forTimeInterval: Self.pause)
    }
  }

  /// One execution: what is under way and what is missing.
  private struct SlurmCampaign {
    /// Keys without a result.
    private(set) var open: Set<String>
    private let executor: SlurmExecutor
    private let plan: SweepPlan
    private let store: SweepStore
    private let folder: SlurmFolder
    private let cluster = SlurmCluster()
    private let name: String
    /// Keys of each share, by its number.
    private let shares: [Int: [String]]
    /// Tasks that have not been seen to end, and the submission they belong to.
    private var underWay: [SlurmCluster.Task: SlurmFolder.Submission] = [:]
    /// Submissions of a share since its last new result.
    private var fruitless: [Int: Int] = [:]
    /// Of the latest task of each share.
    private var logs: [Int: String] = [:]
    private(set) var failed = 0
    private var failedLooks = 0

    init(_ executor: SlurmExecutor, _ plan: SweepPlan, _ store: SweepStore, open: Set<String>) throws {
      (self.executor, self.plan, self.store, self.open) = (executor, plan, store, open)
      let short = plan.id.prefix(12)
      name = "swiftkv-sim-\(short)"
      folder = try SlurmFolder("\(executor.folder)/\(short)")
      shares = try Dictionary(
        uniqueKeysWithValues: (1...executor.shards).map { index in
          (index, plan.runs(of: try SweepShard("\(index)/\(executor.shards)")).map(plan.key))
        })
    }

    var isDone: Bool { open.isEmpty }

    // MARK: Beginning

    /// Takes over what an earlier process left: jobs under way, and results in databases of ended tasks.
    mutating func begin() throws {
      let living = try cluster.living(name: name)
      var known: Set<String> = []
      for submission in folder.submissions() {
        guard let job = submission.job else { continue }
        known.insert(job.id)
        let tasks = living.filter { $0.job == job.id }
        guard !tasks.isEmpty else { continue }
        guard job.shards == executor.shards else {
          throw SlurmError(
            message:
              "job \(job.id) of this sweep is under way in \(job.shards) shares, not \(executor.shards); "
              + "wait for it with --shards \(job.shards), or end it: scancel \(job.id)")
        }
        for task in tasks { underWay[task] = submission }
      }
      // Submitted by a process that was killed before it could put the number down. Which database its tasks write to is not known.
      let strays = Set(living.map(\.job)).subtracting(known)
      if !strays.isEmpty {
        executor.inform("cancelling \(list(strays)), submitted by a process that was killed")
        try cluster.cancel(jobs: strays)
      }
      if !underWay.isEmpty {
        executor.inform("\(list(Set(underWay.keys.map(\.job)))) of this sweep is under way; waiting for it")
      }
      let busy = Set(underWay.map { $1.database($0.index) })
      for database in folder.databases() where !busy.contains(database) { try merge(database) }
      try resubmit()
    }

    private func list(_ jobs: Set<String>) -> String {
      (jobs.count == 1 ? "job " : "jobs ") + jobs.sorted().joined(separator: ", ")
    }

    // MARK: Looking

    /// Asks which tasks have ended, and takes their results.
    mutating func look() throws {
      let living: Set<SlurmCluster.Task>
      do {
        living = try cluster.living(name: name)
        failedLooks = 0
      } catch {
        failedLooks += 1
        guard failedLooks < SlurmExecutor.patience else { throw error }
        return
      }
      for (task, submission) in underWay.sorted(by: { $0.key.index < $1.key.index })
      where !living.contains(task) {
        underWay[task] = nil
        logs[task.index] = submission.log(task.index)
        let before = open.count
        try merge(submission.database(task.index))
        if open.count < before { fruitless[task.index] = 0 }
        let missing = openKeys(of: task.index).count
        if missing > 0 {
          executor.inform(
            "task \(task.job)_\(task.index) ended with \(missing) simulations missing (\(submission.log(task.index)))"
          )
        }
      }
    }

    /// Puts the results of a share's database into the sweep's. A damaged file is left out: its share is simulated again.
    private mutating func merge(_ database: String) throws {
      guard FileManager.default.fileExists(atPath: database) else { return }
      let results: [String: SweepResult]
      do {
        results = try SweepStore(path: database).results(of: Array(open))
      } catch {
        executor.inform("\(error); it is left out")
        return
      }
      let new = results.filter { open.contains($0.key) }
      failed += new.values.count { $0.figures == nil }
      try store.save(new.map { ($0.key, $0.value) })
      open.subtract(results.keys)
    }

    /// As far as the tasks under way have told.
    var finishedInTasks: Int {
      underWay.reduce(0) { sum, task in
        let text = (try? String(contentsOfFile: task.value.count(task.key.index), encoding: .utf8)) ?? ""
        return sum + (Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0)
      }
    }

    private func openKeys(of share: Int) -> [String] { (shares[share] ?? []).filter(open.contains) }

    // MARK: Submitting

    /// Submits the shares that lack results and are not under way.
    mutating func resubmit() throws {
      let busy = Set(underWay.keys.map(\.index))
      let tasks = shares.keys.filter { !busy.contains($0) && !openKeys(of: $0).isEmpty }.sorted()
      guard !tasks.isEmpty else { return }
      for task in tasks {
        fruitless[task, default: -1] += 1
        guard fruitless[task, default: 0] < SlurmExecutor.fruitlessAttempts else {
          throw SlurmError(
            message:
              "share \(task) of \(executor.shards) ended \(SlurmExecutor.fruitlessAttempts) times without a new "
              + "result" + (logs[task].map { "; its last log: \($0)" } ?? ""))
        }
      }
      var submission = try folder.newSubmission()
      try AtomicFile.write(script(submission), to: submission.script)
      let known = try store.results(of: tasks.flatMap { shares[$0] ?? [] })
      for task in tasks {
        let share = try SweepStore(path: submission.database(task))
        try share.record(plan.record(createdAt: Date()), points: plan.pointRecords)
        try share.save((shares[task] ?? []).compactMap { key in known[key].map { (key, $0) } })
      }
      let id = try cluster.submit(
        script: submission.script, tasks: tasks,
        options: [
          "--job-name=\(name)", "--no-requeue", "--output=\(submission.path)/share-%a.log",
        ] + executor.options)
      try folder.keep(.init(id: id, shards: executor.shards, tasks: tasks), of: &submission)
      for task in tasks { underWay[.init(job: id, index: task)] = submission }
      executor.inform(
        "submitted job \(id) with \(tasks.count == 1 ? "share" : "shares") "
          + tasks.map(String.init).joined(separator: ", ") + " of \(executor.shards)")
    }

    private func script(_ submission: SlurmFolder.Submission) -> String {
      let command = [executor.program, "sweep"] + executor.arguments + ["--quiet"]
      return """
        #!/bin/sh
        # One share of a sweep; made by swiftkv-sim sweep --executor slurm.
        share=\(Self.quoted(submission.path))/share-"$SLURM_ARRAY_TASK_ID"
        exec \(command.map(Self.quoted).joined(separator: " ")) \\
          --shard "$SLURM_ARRAY_TASK_ID/\(executor.shards)" --threads "${SLURM_CPUS_PER_TASK:-1}" \\
          --db "$share.sqlite" --progress-file "$share.count"

        """
    }

    /// A word for the shell.
    private static func quoted(_ word: String) -> String {
      "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    // MARK: Stopping

    /// Cancels what is under way and keeps what it has finished.
    mutating func stop() throws {
      try cluster.cancel(jobs: Set(underWay.keys.map(\.job)))
      let deadline = Date(timeIntervalSinceNow: SlurmExecutor.farewell)
      while !underWay.isEmpty, Date() < deadline {
        try look()
        if !underWay.isEmpty { Thread.sleep(forTimeInterval: SlurmExecutor.pause) }
      }
    }
  }
}
