import Foundation
import GRDB
import Metrics
import Quantities
import Testing

@testable import Results

/// The tables of sweeps: results by key, claims, views.
@Suite struct SweepStoreTests {
  static let sweep = SweepRecord(
    id: "s1", name: "test", createdAt: Date(timeIntervalSince1970: 1_772_355_907), codeVersion: "0.1.0",
    fileText: "axes", scenarioText: "model", parameters: ["variant", "engine.max_num_seqs"], points: 2,
    replications: 2)

  static func point(_ point: Int, _ replicate: Int, invalid: String? = nil) -> SweepPointRecord {
    SweepPointRecord(
      point: point, replicate: replicate, key: "k\(point)\(replicate)",
      parameters: #"{"variant": "baseline"}"#,
      model: "m", variant: "baseline", device: "d", tensorParallelSize: 1, gpus: 1, seed: .max,
      isProjection: false, skipPercent: 0, invalid: invalid)
  }

  /// Figures of the tiny run, on so many GPUs.
  static func result(gpus: Int = 2, met: Bool? = true) -> SweepResult {
    .done(
      SweepFigures(
        RunFigures(record: SampleRuns.tiny), gpus: gpus, offered: 3, objectiveMet: met,
        expectedErrors: .init(ttft: 4, tpot: 2, e2e: nil)))
  }

  private func withStore<T>(_ body: (SweepStore) throws -> T) throws -> T {
    try withFolder { folder in try body(try SweepStore(path: folder + "/r.sqlite")) }
  }

  @Test("The table has a column for every figure, in the order of the list")
  func columns() throws {
    try withStore { store in
      let columns = try store.database.read { try $0.columns(in: "sweep_results").map(\.name) }
      #expect(columns == ["key", "status", "reason"] + SweepFigure.allCases.map(\.rawValue))
    }
  }

  @Test("Results are read as they were saved; a second result of a key changes nothing")
  func results() throws {
    try withStore { store in
      let first = Self.result()
      try store.save([("a", first), ("b", .failed("no trace"))])
      try store.save([("a", Self.result(gpus: 1)), ("b", .failed("other"))])
      let found = try store.results(of: ["a", "b", "c"])
      #expect(found == ["a": first, "b": .failed("no trace")])
      let figures = try #require(found["a"]?.figures)
      let summary = RunFigures(record: SampleRuns.tiny).summary
      #expect(figures[.meanTTFT] == summary.ttft.mean && figures[.rejected] == 1 && figures[.failed] == 1)
      #expect(figures[.requestThroughputPerGPU] == summary.requestThroughput.value / 2)
      #expect(figures[.goodput] == nil && figures[.expectedErrorE2E] == nil && figures[.objectiveMet] == 1)
      try store.removeFailures(of: ["a", "b"])
      #expect(try store.results(of: ["a", "b"]) == ["a": first])
    }
  }

  @Test("A latency without samples is absent, not 0")
  func noSamples() throws {
    let figures = SweepFigures(
      RunFigures(record: SampleRuns.empty), gpus: 1, offered: nil, objectiveMet: nil,
      expectedErrors: .init(ttft: nil, tpot: nil, e2e: nil))
    #expect(figures[.meanTTFT] == nil && figures[.p99ITL] == nil && figures[.completed] == 0)
  }

  @Test("A claim keeps others out until it is given up, has expired, or its process is gone")
  func claims() throws {
    try withStore { store in
      let (ours, theirs) = (ClaimOwner(), ClaimOwner())
      #expect(try store.claim(["a", "b"], for: ours) == [.granted, .granted])
      #expect(try store.claim(["a", "b", "c"], for: theirs) == [.elsewhere, .elsewhere, .granted])
      #expect(try store.claim(["a"], for: ours) == [.granted])
      #expect(try store.claimedKeys() == ["a", "b", "c"])
      try store.save([("a", Self.result())])
      #expect(try store.claim(["a", "b"], for: theirs) == [.done, .elsewhere])
      try store.release(ours)
      #expect(try store.claim(["b"], for: theirs) == [.granted])

      func change(_ sql: String) throws { try store.database.write { try $0.execute(sql: sql) } }
      try change("UPDATE sweep_claims SET expires_at = 5")
      #expect(try store.claimedKeys().isEmpty)
      #expect(try store.claim(["b"], for: ours) == [.granted])
      try change("UPDATE sweep_claims SET expires_at = 5 WHERE key = 'b'")
      try store.renew(ours)
      #expect(try store.claim(["b"], for: theirs) == [.elsewhere])
    }
  }

  @Test("The claims of a process that was killed are free at once, those of another machine's are not")
  func deadOwner() throws {
    try withStore { store in
      let ours = ClaimOwner()
      #expect(try store.claim(["a"], for: ours) == [.granted])
      let child = Process()
      child.executableURL = URL(fileURLWithPath: "/bin/sleep")
      child.arguments = ["60"]
      try child.run()
      let start = try #require(
        try String(contentsOfFile: "/proc/\(child.processIdentifier)/stat", encoding: .utf8)
          .split(separator: " ").dropFirst(21).first)
      let place = ours.process.split(separator: " ").prefix(2).joined(separator: " ")
      func claim(_ process: String) throws {
        try store.database.write { db in
          try db.execute(
            sql: "UPDATE sweep_claims SET owner = 'other', process = ?, expires_at = 1e12",
            arguments: [process])
        }
      }
      let process = "\(place) \(child.processIdentifier) \(start)"
      try claim(process)
      #expect(try store.claim(["a"], for: ours) == [.elsewhere])
      #expect(try store.claimedKeys() == ["a"])
      kill(child.processIdentifier, SIGKILL)
      child.waitUntilExit()
      #expect(try store.claimedKeys().isEmpty)
      #expect(try store.claim(["a"], for: ours) == [.granted])
      // The same process id, but of a process that began at another time.
      try claim("\(place) \(getpid()) 1")
      #expect(try store.claim(["a"], for: ours) == [.granted])
      try claim("another-boot pid:[1] \(child.processIdentifier) \(start)")
      #expect(try store.claim(["a"], for: ours) == [.elsewhere])
    }
  }

  @Test("Views: a row a simulation with its state, a row a point with means")
  func views() throws {
    try withStore { store in
      let points = [
        Self.point(0, 0), Self.point(0, 1), Self.point(1, 0, invalid: "too large"),
        Self.point(1, 1, invalid: "too large"),
      ]
      try store.record(Self.sweep, points: points)
      try store.record(Self.sweep, points: points)
      try store.save([("k00", Self.result(gpus: 1)), ("k01", Self.result(gpus: 2, met: false))])
      let (runs, summary) = try store.database.read { db in
        (
          try Row.fetchAll(db, sql: "SELECT * FROM sweep_runs ORDER BY point, replicate"),
          try Row.fetchAll(db, sql: "SELECT * FROM sweep_summary ORDER BY point")
        )
      }
      #expect(runs.map { $0["status"] as String } == ["done", "done", "invalid", "invalid"])
      #expect(runs.map { $0["reason"] as String? } == [nil, nil, "too large", "too large"])
      #expect(runs[0]["seed"] as String == "18446744073709551615")
      #expect(summary.count == 2)
      #expect(summary[0]["sweep"] as String == "test" && summary[0]["replications"] as Int == 2)
      #expect(summary[0]["done"] as Int == 2 && summary[1]["done"] as Int == 0)
      let throughput = RunFigures(record: SampleRuns.tiny).summary.requestThroughput.value
      #expect(summary[0]["request_throughput_per_gpu"] as Double == throughput * 0.75)
      #expect(summary[0]["objective_met"] as Double == 0)
      #expect(summary[1]["invalid"] as String? == "too large")
      #expect(summary[0].columnNames.filter { $0.contains(":") }.isEmpty)
    }
  }

  @Test("A database of an older program gets the tables of sweeps and keeps its runs")
  func olderDatabase() throws {
    try withFolder { folder in
      let path = folder + "/r.sqlite"
      try Self.makeOld(path)
      let store = try SweepStore(path: path)
      try store.record(Self.sweep, points: [Self.point(0, 0)])
      #expect(try ResultStore(path: path).load(1).1 == .record(SampleRuns.tiny))
    }
  }

  /// A database as the program made it before there were sweeps, with one run.
  static func makeOld(_ path: String) throws {
    try ResultStore(path: path).save([SampleRuns.stored()])
    try DatabaseQueue(path: path).write { db in
      for view in ["sweep_runs", "sweep_summary"] { try db.execute(sql: "DROP VIEW \(view)") }
      for table in ["sweep_points", "sweeps", "sweep_results", "sweep_claims"] {
        try db.execute(sql: "DROP TABLE \(table)")
      }
      try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '3 sweeps'")
    }
  }
}
