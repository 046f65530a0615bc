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

  @Test("a database made before there were such runs is read as it was, and takes them")
  func olderDatabase() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      let queue = try DatabaseQueue(path: path)
      try ResultSchema.migrator.migrate(queue, upTo: "1 runs, requests, steps")
      try queue.write { db in
        let (description, figures, record) = SampleRuns.stored()
        let id = try RunRow(description, figures).insert(into: db)
        let kept = try #require(record)
        try RequestRecord.insert(kept.requests, run: id, into: db)
        try StepRecord.insert(kept.steps, run: id, into: db)
        try WeightedSample.insert(kept.interTokenGaps, run: id, into: db)
        try BusyTime.insert(kept.totals.busy, run: id, into: db)
      }
      try queue.close()
      let store = try saved(SampleRuns.streamed(), in: folder)
      #expect(try store.load(1).1 == .record(SampleRuns.tiny))
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
