import GRDB
import Metrics
import Testing

@testable import Results

/// Runs stored without their requests and steps.
@Suite struct StoredFiguresTests {
  private func saved(_ figures: RunFigures, in folder: String) throws -> ResultStore {
    let store = try ResultStore(path: folder + "/r.sqlite")
    try store.save([(SampleRuns.description(), figures, nil)])
    return store
  }

  @Test("what is loaded is what was saved, to the last bit")
  func roundTrip() throws {
    try withFolder { folder in
      for (i, record) in [SampleRuns.tiny, SampleRuns.empty].enumerated() {
        let figures = SampleRuns.streamed(record)
        let store = try saved(figures, in: folder)
        let loaded = try store.load(Int64(i + 1))
        #expect(loaded.0 == SampleRuns.description())
        #expect(loaded.1 == .figures(figures))
        #expect(loaded.1.record == nil)
        #expect(try store.list().first?.figures == HeadlineFigures(figures))
      }
    }
  }

  @Test("they take no rows of requests and steps, and deleting the run deletes all of it")
  func rows() throws {
    try withFolder { folder in
      let store = try saved(SampleRuns.streamed(), in: folder)
      func count(_ table: String) throws -> Int? {
        try DatabaseQueue(path: store.path).read {
          try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)")
        }
      }
      for table in ["requests", "steps", "token_gaps"] { #expect(try count(table) == 0) }
      #expect(try count("latencies") == 5)
      try DatabaseQueue(path: store.path).write {
        try $0.execute(sql: "PRAGMA foreign_keys = ON; DELETE FROM runs")
      }
      for table in ["summaries", "latencies", "busy_times"] { #expect(try count(table) == 0) }
    }
  }

  @Test(
    "a database made by an older program is read as it was, and takes what came later",
    arguments: ["1 runs, requests, steps", "2 figures without requests and steps"])
  func olderDatabase(last: String) throws {
    try withFolder { folder in
      // What an older program would have written: the same rows, without the columns that came later.
      let newer = try ResultStore(path: folder + "/newer.sqlite")
      try newer.save([SampleRuns.stored()])
      let queue = try DatabaseQueue(path: folder + "/r.sqlite")
      try ResultSchema.migrator.migrate(queue, upTo: last)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "ATTACH ? AS newer", arguments: [newer.path])
        for table in ["runs", "requests", "steps", "token_gaps", "busy_times"] {
          let columns = try db.columns(in: table).map(\.name).joined(separator: ", ")
          try db.execute(sql: "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM newer.\(table)")
        }
      }
      try queue.close()
      let store = try saved(SampleRuns.streamed(), in: folder)
      #expect(try store.load(1).1 == .record(SampleRuns.tiny))
      #expect(try store.load(1).0.replicas == 1)
      #expect(try store.load(2).1 == .figures(SampleRuns.streamed()))
    }
  }

  @Test(
    "values that this program never writes are named, with the run",
    arguments: [
      ("DELETE FROM latencies WHERE latency = 'itl'", "its latencies lack 'itl'"),
      ("UPDATE latencies SET latency = 'x' WHERE latency = 'itl'", "it has a latency 'x'"),
      (
        "UPDATE latencies SET samples = x'0011' WHERE latency = 'ttft'",
        "its samples of ttft have 2 bytes, which is no multiple of 16"
      ),
      (
        "UPDATE latencies SET samples = zeroblob(16) WHERE latency = 'ttft'",
        "its samples of ttft hold 0 times 0.0"
      ),
      ("UPDATE summaries SET rejections = 'many'", "rejections are 'many'"),
    ])
  func damagedValues(change: String, reason: String) throws {
    try withFolder { folder in
      let store = try saved(SampleRuns.streamed(), in: folder)
      try DatabaseQueue(path: store.path).write { try $0.execute(sql: change) }
      let error = try #require(throws: ResultsError.self) { try store.load(1) }
      #expect(error.description == "run 1 in '\(store.path)' is damaged: \(reason)")
    }
  }
}
