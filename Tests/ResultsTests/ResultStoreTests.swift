import Dispatch
import Foundation
import GRDB
import Metrics
import Quantities
import Synchronization
import Testing

@testable import Results

@Suite struct ResultStoreTests {
  private typealias Run = (RunDescription, RunFigures, RunRecord?)

  private func run(_ record: RunRecord, _ description: RunDescription = SampleRuns.description()) -> Run {
    (description, RunFigures(record: record), record)
  }

  /// A summary of random bits would trap or be NaN, so the figures are those of the tiny run.
  private func randomRun(seed: UInt64) -> Run {
    let record = SampleRuns.random(seed: seed)
    var figures = RunFigures(record: SampleRuns.tiny)
    figures.totals = record.totals
    return (SampleRuns.description(), figures, record)
  }

  @Test("what is loaded is what was saved, to the last bit", arguments: 1...20)
  func roundTrip(seed: UInt64) throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      let saved = randomRun(seed: seed)
      let ids = try store.save([saved])
      let loaded = try store.load(try #require(ids.first))
      #expect(loaded.0 == saved.0)
      #expect(loaded.1.record == saved.2)
    }
  }

  @Test("a summary computed from a loaded run is the summary that was saved with it")
  func summaryOfLoaded() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      let ids = try store.save([run(SampleRuns.tiny), run(SampleRuns.empty)])
      let tiny = try #require(try store.load(ids[0]).1.record)
      #expect(Summary(record: tiny) == Summary(record: SampleRuns.tiny))
      #expect(try store.load(ids[1]).1 == .record(SampleRuns.empty))
    }
  }

  @Test("descriptions keep every field, also odd ones")
  func descriptions() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      var odd = SampleRuns.description(scenario: "Ünï 'quoted'\n", rate: nil, maxConcurrency: 64)
      odd.burstiness = .infinity
      odd.isProjection = true
      odd.createdAt = Date(timeIntervalSince1970: -0.001)
      let id = try #require(try store.save([run(SampleRuns.tiny, odd)]).first)
      #expect(try store.load(id).0 == odd)
    }
  }

  @Test("the list is newest first, with the headline figures; scenario and limit select")
  func list() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      let (a, b) = (SampleRuns.description(scenario: "a"), SampleRuns.description(scenario: "b"))
      try store.save([run(SampleRuns.tiny, a), run(SampleRuns.empty, b)])
      try store.save([run(SampleRuns.tiny, b)])
      let stored = try store.list()
      #expect(stored.map(\.id) == [3, 2, 1])
      #expect(stored.map(\.run) == [b, b, a])
      #expect(stored[2].figures == HeadlineFigures(RunFigures(record: SampleRuns.tiny)))
      #expect(stored[2].figures.ttft.p99 == Seconds(Summary(record: SampleRuns.tiny).ttft.percentile(99)))
      #expect(try store.list(scenario: "b").map(\.id) == [3, 2])
      #expect(try store.list(scenario: "b", limit: 1).map(\.id) == [3])
      #expect(try store.list(limit: 0).isEmpty)
      #expect(try store.list(scenario: "c").isEmpty)
    }
  }

  @Test("opening again changes nothing and loses nothing")
  func reopening() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      try ResultStore(path: path).save([run(SampleRuns.tiny)])
      let schema = try schema(of: path)
      for _ in 0..<3 { #expect(try ResultStore(path: path).list().count == 1) }
      #expect(try self.schema(of: path) == schema)
      #expect(try ResultStore(path: path).save([run(SampleRuns.tiny)]) == [2])
    }
  }

  @Test("many writers that also race to create the file all succeed")
  func concurrentWriters() throws {
    try withFolder { folder in
      let failures = Mutex<[String]>([])
      let (writers, saves) = (6, 4)
      DispatchQueue.concurrentPerform(iterations: writers) { _ in
        do {
          let store = try ResultStore(path: folder + "/r.sqlite")
          for _ in 0..<saves { try store.save([run(SampleRuns.tiny), run(SampleRuns.tiny)]) }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [])
      let store = try ResultStore(path: folder + "/r.sqlite")
      let stored = try store.list()
      #expect(stored.map(\.id) == Array((1...Int64(writers * saves * 2)).reversed()))
      for run in stored { #expect(try store.load(run.id).1 == .record(SampleRuns.tiny)) }
    }
  }

  @Test("one call stores all of its runs or none")
  func atomicity() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      var broken = SampleRuns.tiny
      broken.requests[1].finished = Seconds(.nan)
      let error = try #require(throws: ResultsError.self) {
        try store.save([
          run(SampleRuns.tiny),
          (SampleRuns.description(), RunFigures(record: SampleRuns.tiny), broken),
        ])
      }
      #expect(
        error.description
          == "rag-8b, swiftkv-50: finished of request 1 is not a number, so the run is not stored")
      #expect(try store.list().isEmpty)
      let series = ["requests", "steps", "token_gaps", "busy_times"]
      for table in series { #expect(try count(table, in: store.path) == 0) }
    }
  }

  @Test("NaN is refused wherever it stands, not turned into NULL")
  func notANumber() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      var (step, gap, busy, burst) = (
        SampleRuns.tiny, SampleRuns.tiny, SampleRuns.tiny, SampleRuns.description()
      )
      step.steps[2].end = Seconds(.nan)
      gap.interTokenGaps[0].value = .nan
      busy.totals.busy[0].time = Seconds(.nan)
      burst.burstiness = .nan
      let figures = RunFigures(record: SampleRuns.tiny)
      var busyFigures = figures
      busyFigures.totals = busy.totals
      let runs: [Run] = [
        (SampleRuns.description(), figures, step), (SampleRuns.description(), figures, gap),
        (SampleRuns.description(), busyFigures, nil), (burst, figures, SampleRuns.tiny),
      ]
      let names = ["end of step 2", "token gap 0", "busy time of GEMM", "burstiness"]
      for (run, figure) in zip(runs, names) {
        #expect(throws: ResultsError.notANumber(run: "rag-8b, swiftkv-50", figure: figure)) {
          try store.save([run])
        }
      }
    }
  }

  @Test("a full disk in the middle of a save leaves what was there")
  func fullDisk() throws {
    try withFolder { folder in
      // SQLite's own limit on pages stands in for the disk's.
      var migrator = ResultSchema.migrator
      migrator.registerMigration("small") { try $0.execute(sql: "PRAGMA max_page_count = 40") }
      let store = try ResultStore(path: folder + "/r.sqlite", migrator: migrator)
      try store.save([run(SampleRuns.tiny)])
      var large = SampleRuns.tiny
      large.steps = Array(repeating: SampleRuns.tiny.steps[0], count: 10_000)
      let error = try #require(throws: ResultsError.self) { try store.save([run(large)]) }
      #expect(error == .unusableStore(path: store.path, reason: "the disk is full"))
      #expect(try store.list().map(\.id) == [1])
      #expect(try store.load(1).1 == .record(SampleRuns.tiny))
    }
  }

  private func schema(of path: String) throws -> [String] {
    try DatabaseQueue(path: path).read { db in
      try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        + String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
    }
  }

  private func count(_ table: String, in path: String) throws -> Int? {
    try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
  }
}
