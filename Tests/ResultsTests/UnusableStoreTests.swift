import Foundation
import GRDB
import Metrics
import Testing

@testable import Results

/// Databases that cannot be used, and what the user is told.
@Suite struct UnusableStoreTests {
  private func opening(_ path: String) throws -> String {
    try #require(throws: ResultsError.self) { try ResultStore(path: path) }.description
  }

  @Test("a folder, a missing folder, no path: named as what they are")
  func badPaths() throws {
    try withFolder { folder throws in
      #expect(try opening(folder) == "cannot use the results database '\(folder)': it is a folder")
      #expect(
        try opening(folder + "/none/r.sqlite")
          == "cannot use the results database '\(folder)/none/r.sqlite': there is no folder '\(folder)/none'")
      #expect(try opening("") == "cannot use the results database '': it is not the path of a file")
      #expect(try opening(":memory:").hasSuffix("it is not the path of a file"))
      #expect(
        try opening("/proc/r.sqlite") == "cannot use the results database '/proc/r.sqlite': "
          + "it cannot be opened for writing (permissions of the file or its folder)")
    }
  }

  @Test("a file that is no database is refused and left as it was")
  func notADatabase() throws {
    try withFolder { folder in
      let path = folder + "/notes.txt"
      let text = String(repeating: "these are my notes, not a database\n", count: 100)
      try AtomicFile.write(text, to: path)
      #expect(try opening(path) == "cannot use the results database '\(path)': it is not an SQLite database")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
    }
  }

  @Test("another program's database is refused and left as it was")
  func foreignDatabase() throws {
    try withFolder { folder in
      let path = folder + "/mail.sqlite"
      try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE mail (subject TEXT)") }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(
        try opening(path) == "cannot use the results database '\(path)': it is a database of another program")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("an empty file becomes a database: it may be left from a creation that was cut short")
  func emptyFile() throws {
    try withFolder { folder in
      try AtomicFile.write("", to: folder + "/r.sqlite")
      #expect(try ResultStore(path: folder + "/r.sqlite").list().isEmpty)
    }
  }

  @Test("a newer version's database is refused by the name of what is unknown")
  func newerSchema() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      var newer = ResultSchema.migrator
      newer.registerMigration("2 energy") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN energy_j REAL") }
      _ = try ResultStore(path: path, migrator: newer)
      #expect(
        try opening(path)
          == "the results database '\(path)' was made by a newer swiftkv-sim (unknown schema: 2 energy); "
          + "use that version, or another file")
      #expect(try ResultStore(path: path, migrator: newer).list().isEmpty)
    }
  }

  @Test("an older database gains what is new and keeps its runs")
  func olderSchema() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      let run = SampleRuns.stored()
      try ResultStore(path: path).save([run])
      var newer = ResultSchema.migrator
      newer.registerMigration("2 energy") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN energy_j REAL") }
      #expect(try ResultStore(path: path, migrator: newer).load(1).1 == .record(SampleRuns.tiny))
    }
  }

  // SQLite keeps no checksums, so damage inside a value can go unseen.
  @Test("a damaged file gives an error or a run, whichever page is hit; never a crash")
  func damagedFile() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      let run = SampleRuns.stored()
      try ResultStore(path: path).save([run])
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      var errors = 0
      for offset in stride(from: 0, to: whole.count, by: 2048) {
        var damaged = whole
        damaged.replaceSubrange(
          offset..<min(offset + 700, whole.count), with: repeatElement(0xA5, count: 700))
        let copy = folder + "/damaged-\(offset).sqlite"
        try AtomicFile.write(damaged, to: copy)
        do {
          if let record = try ResultStore(path: copy).load(1).1.record { _ = Summary(record: record) }
        } catch is ResultsError {
          errors += 1
        }
      }
      #expect(errors > 0)
      try AtomicFile.write(whole.prefix(whole.count / 2), to: folder + "/half.sqlite")
      #expect(throws: ResultsError.self) { try ResultStore(path: folder + "/half.sqlite").load(1) }
    }
  }

  @Test("an unknown run is answered with what there is")
  func unknownRun() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      let run = SampleRuns.stored()
      func message(_ id: Int64) throws -> String {
        try #require(throws: ResultsError.self) { try store.load(id) }.description
      }
      #expect(try message(1) == "no run 1 in '\(store.path)': it holds no runs")
      try store.save([run])
      #expect(try message(-1) == "no run -1 in '\(store.path)': it holds only run 1")
      try store.save([run, run])
      #expect(try message(4) == "no run 4 in '\(store.path)': it holds 3 runs, from 1 to 3")
    }
  }

  @Test(
    "values that this program never writes are named, with the run",
    arguments: [
      ("UPDATE requests SET outcome = 'lost' WHERE request_index = 1", "outcome of request 1 is 'lost'"),
      ("UPDATE requests SET deliveries = '2-x' WHERE request_index = 1", "deliveries of request 1 are '2-x'"),
      ("UPDATE requests SET deliveries = '3-1' WHERE request_index = 1", "deliveries of request 1 are '3-1'"),
      ("DELETE FROM steps WHERE step = 3", "request 1 has a token from step 3, but there are 3 steps"),
      ("UPDATE runs SET seed = 'many'", "seed is 'many'"),
      ("UPDATE runs SET created_at = '2026-13-01 00:00:00.000'", "created_at is '2026-13-01 00:00:00.000'"),
    ])
  func damagedValues(change: String, reason: String) throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      try store.save([SampleRuns.stored()])
      try DatabaseQueue(path: store.path).write { try $0.execute(sql: change) }
      let error = try #require(throws: ResultsError.self) { try store.load(1) }
      #expect(error.description == "run 1 in '\(store.path)' is damaged: \(reason)")
    }
  }
}
