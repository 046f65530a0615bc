import Foundation
import GRDB
import Testing

/// What may befall a sweep. Afterwards nothing that had finished is lost, a rerun completes, and its CSV is that of an uninterrupted one.
@Suite struct SweepFaultTests {
  /// 48 points that take a few seconds, so that there is a middle.
  private static let slow = ["--set", "workload.num_requests=2500"]

  /// The CSV of an uninterrupted sweep.
  private static func reference(_ options: [String]) -> Result<String, any Error> {
    Result {
      let program = try SweepEndToEndTests.program()
      defer { program.remove() }
      let result = try program.run(["sweep", "s.yaml", "-q", "--csv", "reference.csv"] + options)
      try #require(result.status == 0, "\(result.errors)")
      return try program.read("reference.csv")
    }
  }

  private static let slowReference = reference(slow)

  private func command(_ db: String, _ more: String...) -> [String] {
    ["sweep", "s.yaml", "--db", db] + Self.slow + more
  }

  /// Results that are in a database by now.
  private func stored(_ program: Program, _ db: String) -> Int {
    let path = program.folder.appending(path: db).path
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    // It may be in the making.
    return
      (try? DatabaseQueue(path: path, configuration: configuration).read { db in
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sweep_results")
      }) ?? 0
  }

  /// Starts a sweep and does something in the middle of it.
  ///
  /// - Parameter body: is called while the sweep can neither store nor claim anything, so that it cannot come to its end before.
  private func midway(
    _ program: Program, _ db: String, _ body: (Program.Started) throws -> Void
  ) throws -> Program.Started {
    // On a busy machine the sweep may be over before this thread gets to look.
    for _ in 0..<5 {
      let started = try program.start(command(db, "--threads", "1"))
      while stored(program, db) == 0 && started.process.isRunning { usleep(10_000) }
      var configuration = Configuration()
      configuration.busyMode = .timeout(20)
      let other = try DatabaseQueue(
        path: program.folder.appending(path: db).path, configuration: configuration)
      let isMidway = try other.writeWithoutTransaction { database in
        try database.execute(sql: "BEGIN IMMEDIATE")
        defer { try? database.execute(sql: "ROLLBACK") }
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM sweep_results") ?? 0
        guard (1..<40).contains(count), started.process.isRunning else { return false }
        try body(started)
        return true
      }
      try other.close()
      if isMidway { return started }
      started.process.waitUntilExit()
      for file in [db, "\(db)-wal", "\(db)-shm"] {
        try? FileManager.default.removeItem(at: program.folder.appending(path: file))
      }
    }
    throw EndedTooSoon()
  }

  private struct EndedTooSoon: Error {}

  private func checkRerun(_ program: Program, _ db: String, known: Int) throws {
    #expect(known > 0 && known < 48)
    let rerun = try program.run(command(db, "--csv", "rerun.csv"))
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(
      rerun.errors.contains("\(48 - known) simulation") && rerun.errors.contains("\(known) were there"),
      "\(rerun.errors)")
    #expect(try program.read("rerun.csv") == Self.slowReference.get())
  }

  @Test("Ctrl-C: what is finished is kept, status 130", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    let started = try midway(program, "r.sqlite") { kill($0.process.processIdentifier, signal) }
    started.process.waitUntilExit()
    let result = try started.outcome()
    #expect(started.process.terminationReason == .exit && result.status == 130)
    #expect(
      result.errors.contains("interrupted: ") && result.errors.contains("the same command goes on from there")
    )
    let known = stored(program, "r.sqlite")
    #expect(result.errors.contains("\(known) of 48 simulations done"), "\(result.errors)")
    try checkRerun(program, "r.sqlite", known: known)
  }

  @Test("A second Ctrl-C kills at once, also while the first waits for the database")
  func interruptedTwice() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    _ = try midway(program, "r.sqlite") { started in
      kill(started.process.processIdentifier, SIGINT)
      usleep(700_000)
      #expect(started.process.isRunning, "it did not wait")
      kill(started.process.processIdentifier, SIGINT)
      started.process.waitUntilExit()
      #expect(
        started.process.terminationReason == .uncaughtSignal && started.process.terminationStatus == SIGINT)
    }
    try checkRerun(program, "r.sqlite", known: stored(program, "r.sqlite"))
  }

  @Test("kill -9: what was stored stays, and the dead process's claims are taken over without waiting")
  func killed() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    let started = try midway(program, "r.sqlite") { kill($0.process.processIdentifier, SIGKILL) }
    started.process.waitUntilExit()
    #expect(started.process.terminationReason == .uncaughtSignal)
    try checkRerun(program, "r.sqlite", known: stored(program, "r.sqlite"))
  }

  @Test("Two at once on one database do all together, none twice, and both end with the whole")
  func together() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    let started = try ["a.csv", "b.csv"].map { csv in
      try program.start(command("r.sqlite", "--threads", "1", "--csv", csv))
    }
    var simulated: [Int] = []
    for one in started {
      one.process.waitUntilExit()
      let result = try one.outcome()
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("48 of 48 simulations done, 0 missing"))
      let count = try #require(result.errors.firstMatch(of: #/(\d+) simulations? in/#))
      simulated.append(try #require(Int(count.output.1)))
    }
    #expect(simulated.reduce(0, +) == 48, "\(simulated)")
    #expect(try program.read("a.csv") == program.read("b.csv"))
    #expect(try program.read("a.csv") == Self.slowReference.get())
  }

  @Test("A database that is damaged, of a newer version, or none: named, unchanged, and nothing is simulated")
  func unusableDatabases() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    try SweepEndToEndTests.makeNewer(program, "newer.sqlite")
    #expect(try program.run("sweep", "s.yaml", "--db", "damaged.sqlite", "-q").status == 0)
    let whole = try Data(contentsOf: program.folder.appending(path: "damaged.sqlite"))
    var damaged = whole
    // The root page of the schema, behind the header that says that this is a database.
    damaged.replaceSubrange(100..<4096, with: repeatElement(0xA5, count: 3996))
    try damaged.write(to: program.folder.appending(path: "damaged.sqlite"))
    try program.write("these are my notes\n", to: "notes.txt")
    for (file, message) in [
      ("newer.sqlite", "was made by a newer swiftkv-sim (unknown schema: 99 energy)"),
      ("damaged.sqlite", "the file is damaged"), ("notes.txt", "it is not an SQLite database"),
    ] {
      let before = try Data(contentsOf: program.folder.appending(path: file))
      let result = try program.run(command(file, "--csv", "never.csv"))
      #expect(result.status == 1 && result.output.isEmpty, "\(file): \(result)")
      #expect(result.errors.contains(file) && result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.contains("nothing was simulated"))
      #expect(!program.exists("never.csv"))
      #expect(try Data(contentsOf: program.folder.appending(path: file)) == before)
    }
    try whole.write(to: program.folder.appending(path: "damaged.sqlite"))
    let again = try program.run("sweep", "s.yaml", "--db", "damaged.sqlite")
    #expect(again.status == 0 && again.errors.contains("48 were there"), "\(again.errors)")
  }

  @Test("A page that is damaged in the midst ends with the file's name, not with figures")
  func damagedPage() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    #expect(try program.run("sweep", "s.yaml", "--db", "r.sqlite", "-q").status == 0)
    let file = program.folder.appending(path: "r.sqlite")
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(8192..<bytes.count, with: repeatElement(0xA5, count: bytes.count - 8192))
    try bytes.write(to: file)
    let result = try program.run("sweep", "s.yaml", "--db", "r.sqlite", "--csv", "never.csv")
    #expect(result.status == 1 && result.errors.contains("'r.sqlite'"), "\(result)")
    #expect(!program.exists("never.csv"))
  }

  @Test("A CSV that cannot be written is status 1; the results are in the database")
  func unwritableCSV() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    // A folder in which not even root can make files.
    let late = try program.run("sweep", "s.yaml", "--csv", "/proc/sweep.csv")
    #expect(late.status == 1 && late.errors.contains("/proc/sweep.csv"), "\(late.errors)")
    let missing = try program.run("sweep", "s.yaml", "--csv", "none/sweep.csv")
    #expect(missing.status == 1 && missing.errors.contains("there is no folder"), "\(missing.errors)")
    let again = try program.run("sweep", "s.yaml", "--csv", "a.csv")
    #expect(again.status == 0 && again.errors.contains("48 were there"), "\(again.errors)")
  }

  // MARK: Disks

  /// Whether a process may have mounts of its own: as root, or where user namespaces are allowed.
  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "unshare -rm mount -t tmpfs -o size=64k tmpfs /mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// Runs a script; `"$@"` is the sweep up to its database.
  private func shell(_ program: Program, _ script: String, mounts: Bool) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: mounts ? "/usr/bin/unshare" : "/bin/sh")
    process.arguments =
      (mounts ? ["-rm", "/bin/sh"] : []) + ["-ec", script, try Program.binary.path]
      + [try Program.binary.path, "sweep", "s.yaml"]
    process.currentDirectoryURL = program.folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "the script failed")
  }

  @Test(
    "A disk that fills up ends the sweep with status 1; with more space the same command completes",
    .enabled(if: canMount))
  func fullDisk() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    try shell(
      program,
      """
      mkdir disk; mount -t tmpfs -o size=10m tmpfs disk
      "$@" --db disk/r.sqlite --set workload.num_requests=1 -q
      # All but some 60 kB: enough for a few transactions.
      dd if=/dev/zero of=disk/fill bs=1k count=10000 2> /dev/null || true
      truncate -s -60k disk/fill
      "$@" --db disk/r.sqlite --csv never.csv 2> errors && exit 9 || echo $? > status
      rm disk/fill
      "$@" --db disk/r.sqlite --csv rerun.csv 2> rerun
      """, mounts: true)
    #expect(try program.read("status") == "1\n")
    let errors = try program.read("errors")
    #expect(errors.contains("cannot use the results database 'disk/r.sqlite': the disk is full"), "\(errors)")
    #expect(errors.contains("what was stored before stays; the same command goes on from there"), "\(errors)")
    #expect(!program.exists("never.csv"))
    #expect(try program.read("rerun.csv") == Self.reference([]).get())
  }

  @Test("A limit on the size of files ends the sweep in the same way")
  func fileSizeLimit() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    try shell(
      program,
      """
      "$@" --db r.sqlite --set workload.num_requests=1 -q
      # In blocks of 512 bytes, for each file; without the signal that ends a process.
      (trap '' XFSZ; ulimit -f 140; exec "$@" --db r.sqlite --csv never.csv) 2> errors && exit 9 || echo $? > status
      "$@" --db r.sqlite --csv rerun.csv 2> rerun
      """, mounts: false)
    #expect(try program.read("status") == "1\n")
    #expect(try program.read("errors").contains("cannot use the results database 'r.sqlite'"))
    #expect(!program.exists("never.csv"))
    #expect(try program.read("rerun.csv") == Self.reference([]).get())
  }

  @Test(
    "A results folder on a read-only file system is known before anything is simulated",
    .enabled(if: canMount))
  func readOnlyFolder() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    try shell(
      program,
      """
      mkdir disk; mount -t tmpfs tmpfs disk
      "$@" --db disk/r.sqlite -q
      mount -o remount,ro disk
      "$@" --db disk/r.sqlite --set seed=9 2> old && exit 9 || echo $? > status
      "$@" --db disk/new.sqlite 2> new && exit 9 || echo $? >> status
      "$@" --db r.sqlite --csv disk/a.csv 2> csv && exit 9 || echo $? >> status
      mount -o remount,rw disk
      "$@" --db disk/r.sqlite 2> rerun
      """, mounts: true)
    #expect(try program.read("status") == "1\n1\n1\n")
    for name in ["old", "new", "csv"] {
      let errors = try program.read(name)
      #expect(errors.contains("disk/") && errors.contains("nothing was simulated"), "\(name): \(errors)")
    }
    #expect(try program.read("rerun").contains("48 were there"))
  }

  @Test("A folder in which nobody can make files is known before anything is simulated")
  func impossibleFolder() throws {
    let program = try SweepEndToEndTests.program()
    defer { program.remove() }
    let result = try program.run("sweep", "s.yaml", "--db", "/proc/r.sqlite")
    #expect(result.status == 1 && result.errors.contains("nothing was simulated"), "\(result.errors)")
  }
}
