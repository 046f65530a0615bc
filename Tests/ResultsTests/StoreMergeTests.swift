import Foundation
import GRDB
import Metrics
import Testing

@testable import Results

/// Taking what other databases have.
@Suite struct StoreMergeTests {
  private typealias Fixture = SweepStoreTests

  @Test("Runs are taken with everything that belongs to them, once")
  func runs() throws {
    try withFolder { folder in
      let (a, b, all) = (folder + "/a.sqlite", folder + "/b.sqlite", folder + "/all.sqlite")
      let record = SampleRuns.stored()
      let figures = (SampleRuns.description(variant: "baseline"), SampleRuns.streamed(), RunRecord?.none)
      try ResultStore(path: a).save([record, figures])
      try ResultStore(path: b).save([(SampleRuns.description(scenario: "other"), record.1, record.2), record])
      let merge = try StoreMerge(into: all)
      #expect(try merge.merge(a) == .init(path: a, newRuns: 2))
      #expect(try merge.merge(b) == .init(path: b, newRuns: 1, knownRuns: 1))
      for path in [a, b] {
        let again = try merge.merge(path)
        #expect(again.newRuns == 0 && again.knownRuns == 2)
      }
      let store = try ResultStore(path: all)
      #expect(try store.list().map(\.id) == [3, 2, 1])
      #expect(try store.load(1).1 == .record(SampleRuns.tiny))
      #expect(try store.load(2).1 == .figures(SampleRuns.streamed()))
      #expect(try store.load(3).0.scenarioName == "other")
      #expect(try store.load(3).1 == .record(SampleRuns.tiny))
      // The files that were merged stay as they were.
      #expect(try ResultStore(path: a).list().count == 2)
    }
  }

  @Test(
    "Results of sweeps are the union of the keys; a success replaces a failure, never the other way round")
  func results() throws {
    try withFolder { folder in
      let (a, b) = (folder + "/a.sqlite", folder + "/b.sqlite")
      let (first, second) = (try SweepStore(path: a), try SweepStore(path: b))
      try first.record(Fixture.sweep, points: [Fixture.point(0, 0), Fixture.point(0, 1)])
      try second.record(Fixture.sweep, points: [Fixture.point(0, 0), Fixture.point(0, 1)])
      try first.save([("k00", Fixture.result()), ("k01", .failed("no trace")), ("x", .failed("a"))])
      try second.save([("k00", .failed("b")), ("k01", Fixture.result()), ("y", Fixture.result())])
      _ = try second.claim(["z"], for: ClaimOwner())
      let report = try StoreMerge(into: a).merge(b)
      #expect(report.newResults == 2 && report.knownResults == 1 && report.differing == 0)
      let found = try first.results(of: ["k00", "k01", "x", "y"])
      #expect(
        found == ["k00": Fixture.result(), "k01": Fixture.result(), "x": .failed("a"), "y": Fixture.result()])
      #expect(try first.claimedKeys().isEmpty)
      #expect(try StoreMerge(into: a).merge(b).newResults == 0)
    }
  }

  @Test("Results that differ under one key are counted, and those that were there kept")
  func differing() throws {
    try withFolder { folder in
      let (a, b) = (folder + "/a.sqlite", folder + "/b.sqlite")
      let first = try SweepStore(path: a)
      try first.save([("k", Fixture.result()), ("l", Fixture.result())])
      try SweepStore(path: b).save([("k", Fixture.result(gpus: 3)), ("l", Fixture.result())])
      let report = try StoreMerge(into: a).merge(b)
      #expect(report.differing == 1 && report.knownResults == 2)
      #expect(try first.results(of: ["k"]) == ["k": Fixture.result()])
      // Rounding of another machine is no difference.
      try DatabaseQueue(path: b).write {
        try $0.execute(
          sql:
            "UPDATE sweep_results SET request_throughput_per_gpu = request_throughput_per_gpu * (1 + 1e-14) WHERE key = 'l'"
        )
      }
      #expect(try StoreMerge(into: a).merge(b).differing == 1)
    }
  }

  @Test("A database of an older program is merged without being changed")
  func older() throws {
    try withFolder { folder in
      let (old, all) = (folder + "/old.sqlite", folder + "/all.sqlite")
      try SweepStoreTests.makeOld(old)
      let merge = try StoreMerge(into: all)
      #expect(try merge.merge(old).newRuns == 1)
      #expect(try merge.merge(old).newRuns == 0)
      let tables = try DatabaseQueue(path: old).read { try $0.tableExists("sweeps") }
      #expect(!tables)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("tmp") }
      #expect(left == [])
    }
  }

  @Test("What cannot be merged is named, and changes nothing")
  func unusable() throws {
    try withFolder { folder in
      let all = folder + "/all.sqlite"
      let merge = try StoreMerge(into: all)
      func message(_ path: String) throws -> String {
        try #require(throws: ResultsError.self) { try merge.merge(path) }.description
      }
      #expect(try message(folder + "/none").contains("there is no such file"))
      #expect(try message(folder).contains("it is a folder"))
      try AtomicFile.write(String(repeating: "no database\n", count: 200), to: folder + "/notes.txt")
      #expect(try message(folder + "/notes.txt").contains("it is not an SQLite database"))
      try DatabaseQueue(path: folder + "/mail.sqlite").write {
        try $0.execute(sql: "CREATE TABLE mail (x TEXT)")
      }
      #expect(try message(folder + "/mail.sqlite").contains("it is a database of another program"))
      var newer = ResultSchema.migrator
      newer.registerMigration("9 energy") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN energy_j REAL") }
      _ = try ResultStore(path: folder + "/newer.sqlite", migrator: newer)
      #expect(
        try message(folder + "/newer.sqlite").contains(
          "was made by a newer swiftkv-sim (unknown schema: 9 energy)"))

      let damaged = folder + "/damaged.sqlite"
      do {
        let store = try SweepStore(path: damaged)
        try store.save((0..<400).map { ("k\($0)", Fixture.result()) })
        try store.database.close()
      }
      let whole = try Data(contentsOf: URL(fileURLWithPath: damaged))
      try AtomicFile.write(whole.prefix(whole.count * 2 / 3), to: damaged)
      #expect(try message(damaged).contains("the file is damaged"))
      #expect(try SweepStore(path: all).results(of: (0..<400).map { "k\($0)" }).isEmpty)
    }
  }
}
