import Foundation
import GRDB
import Metrics
import Quantities
import Testing

@testable import Results

/// What intervals are made of, kept with runs that have no requests and steps.
@Suite struct StoredEstimatesTests {
  /// 200 requests, one after another, that take longer and longer.
  private static let figures: RunFigures = {
    var figures = StreamingFigures(requests: 200, goodputLimits: GoodputLimits(ttft: 1.5))
    for i in 0..<200 {
      let (sent, wait) = (Seconds(Double(3 * i)), Seconds(1 + Double(i * 37 % 100) / 100))
      figures.ended(
        StepRecord(
          composed: sent, start: sent, end: sent + wait, prefillTokens: 1, decodeTokens: 0, running: 1,
          waiting: 0, usedBlocks: 1, preemptions: 0), tokens: 1, consecutive: 0)
      figures.closed(
        RequestRecord(
          index: i, stage: 0, promptTokens: 1, outputTokens: 1, generatedTokens: 1, released: sent,
          sent: sent,
          firstToken: sent + wait, finished: sent + wait, outcome: .finished))
    }
    return figures.figures(SampleRuns.tiny.totals)
  }()

  @Test("intervals of a stored run are those of the run, to the last bit; stored once more they stay so")
  func roundTrip() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      var description = SampleRuns.description()
      description.replication = 4
      var figures = Self.figures
      for id in Int64(1)...2 {
        try store.save([(description, figures, nil)])
        let (loaded, content) = try store.load(id)
        #expect(loaded == description)
        guard case .figures(let stored) = content else {
          Issue.record("a run without a record came back with one")
          return
        }
        #expect(stored.batches == nil && stored.lastRelease == Self.figures.lastRelease)
        #expect(!Self.figures.namedEstimates.isEmpty)
        for (name, estimate) in Self.figures.namedEstimates {
          #expect(stored.storedEstimates[name] == estimate, "\(name)")
        }
        #expect(stored.estimate(.mean, of: .ttft) == Self.figures.estimate(.mean, of: .ttft))
        #expect(stored.goodShare == Self.figures.goodShare)
        #expect(stored.estimate(.requests) == Self.figures.estimate(.requests))
        figures = stored
      }
    }
  }

  @Test("a database of before has its runs without intervals, and says 0 of their replication")
  func older() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      _ = try ResultStore(path: path)
      let queue = try DatabaseQueue(path: path)
      try queue.write { db in
        try db.execute(sql: "DROP TABLE estimates; ALTER TABLE runs DROP COLUMN replication;")
        try db.execute(sql: "ALTER TABLE summaries DROP COLUMN last_release_s")
        try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '6 intervals'")
        _ = try RunRow(SampleRuns.description(), Self.figures).insert(into: db)
      }
      let run = try #require(try ResultStore(path: path).list().first)
      #expect(run.run.replication == 0)
    }
  }

  @Test("damaged estimates are refused, not shown")
  func damaged() throws {
    try withFolder { folder in
      let store = try ResultStore(path: folder + "/r.sqlite")
      try store.save([(SampleRuns.description(), Self.figures, nil)])
      try DatabaseQueue(path: store.path).write {
        try $0.execute(sql: "UPDATE estimates SET parts = x'0102' WHERE figure = 'mean_ttft'")
      }
      #expect(throws: ResultsError.self) { try store.load(1) }
    }
  }
}
