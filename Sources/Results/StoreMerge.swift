import Foundation
import GRDB

/// Takes the sweeps and runs of other databases into one.
///
/// What is there already is not taken again, so merging twice is merging once: results of sweeps are told by their keys, runs by everything
/// that is known of them, their time to the millisecond included. Claims stay behind.
public struct StoreMerge: Sendable {
  private let target: ResultStore

  /// What came of one file.
  public struct Report: Hashable, Sendable {
    public var path: String
    /// Results of sweeps that were taken, and those that were there.
    public var newResults = 0
    public var knownResults = 0
    /// Known results that have other figures in the file, by more than rounding: two programs that should predict the same do not. Those
    /// that were there are kept.
    public var differing = 0
    public var newRuns = 0
    public var knownRuns = 0
  }

  /// - Parameter path: of the database that takes; made if it is missing.
  public init(into path: String) throws(ResultsError) {
    target = try ResultStore(path: path)
  }

  /// Finds out whether a file can be merged, without changing it.
  ///
  /// - Throws: ``ResultsError`` if there is none, or it is damaged, made by a newer program, or no database of this one.
  public static func check(_ path: String) throws(ResultsError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .unusableStore(path: path, reason: "there is no such file")
    }
    try ResultStore.checkPath(path)
    try ResultStore.translating(path: path) {
      try ResultStore.checkOwner(path, ResultSchema.migrator)
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(ResultStore.patience)
      let findings = try DatabaseQueue(path: path, configuration: configuration).read { db in
        try String.fetchAll(db, sql: "PRAGMA quick_check(1)")
      }
      guard findings == ["ok"] else {
        throw ResultsError.unusableStore(path: path, reason: "the file is damaged")
      }
    }
  }

  /// Takes what a database has, in one transaction.
  ///
  /// - Throws: ``ResultsError``; then nothing of it is taken.
  public func merge(_ path: String) throws(ResultsError) -> Report {
    try Self.check(path)
    let copy = try Self.migratedCopy(of: path, beside: target.path)
    defer { if let copy { Self.remove(copy) } }
    return try ResultStore.translating(path: path) {
      try target.database.writeWithoutTransaction { db in
        try db.execute(sql: "ATTACH DATABASE ? AS source", arguments: [copy ?? path])
        defer { try? db.execute(sql: "DETACH DATABASE source") }
        var report = Report(path: path)
        try db.inTransaction(.immediate) {
          try Self.mergeSweeps(db, &report)
          try Self.mergeRuns(db, &report)
          return .commit
        }
        return report
      }
    }
  }

  /// A database of an older program is brought up to date in a copy; nil if that is not needed.
  private static func migratedCopy(of path: String, beside target: String) throws(ResultsError) -> String? {
    let isCurrent = try ResultStore.translating(path: path) {
      var configuration = Configuration()
      configuration.readonly = true
      return try DatabaseQueue(path: path, configuration: configuration).read { db in
        try ResultSchema.migrator.hasCompletedMigrations(db)
      }
    }
    if isCurrent { return nil }
    let copy = target + ".merge-\(UUID().uuidString).tmp"
    do throws(ResultsError) {
      try ResultStore.translating(path: copy) {
        try DatabaseQueue(path: path).backup(to: DatabaseQueue(path: copy))
      }
      _ = try ResultStore(path: copy)
    } catch {
      remove(copy)
      throw error
    }
    return copy
  }

  private static func remove(_ copy: String) {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + suffix) }
  }

  // MARK: Sweeps

  private static func mergeSweeps(_ db: Database, _ report: inout Report) throws {
    try db.execute(sql: "INSERT OR IGNORE INTO main.sweeps SELECT * FROM source.sweeps")
    try db.execute(sql: "INSERT OR IGNORE INTO main.sweep_points SELECT * FROM source.sweep_points")
    // A simulation that failed here and succeeded there has succeeded.
    try db.execute(
      sql: """
        DELETE FROM main.sweep_results WHERE status = 'failed'
        AND key IN (SELECT key FROM source.sweep_results WHERE status = 'done')
        """)
    // Machines differ in the last bits of a logarithm.
    let difference = SweepFigure.allCases.map(\.rawValue).map { figure in
      "(a.\(figure) IS NULL) <> (b.\(figure) IS NULL) OR abs(a.\(figure) - b.\(figure)) > 1e-9 * abs(a.\(figure))"
    }
    report.differing =
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM main.sweep_results a JOIN source.sweep_results b USING (key)
          WHERE a.status = 'done' AND b.status = 'done' AND (\(difference.joined(separator: " OR ")))
          """) ?? 0
    let all = try Int.fetchOne(db, sql: "SELECT count(*) FROM source.sweep_results") ?? 0
    try db.execute(sql: "INSERT OR IGNORE INTO main.sweep_results SELECT * FROM source.sweep_results")
    report.newResults = db.changesCount
    report.knownResults = all - report.newResults
  }

  // MARK: Runs

  private static func mergeRuns(_ db: Database, _ report: inout Report) throws {
    let columns = try db.columns(in: "runs").map(\.name).filter { $0 != "id" }
    let isSame = columns.map { "m.\($0) IS s.\($0)" }.joined(separator: " AND ")
    let new = try Int64.fetchAll(
      db,
      sql: """
        SELECT id FROM source.runs s
        WHERE NOT EXISTS (SELECT 1 FROM main.runs m WHERE m.scenario = s.scenario AND \(isSame)) ORDER BY id
        """)
    let all = try Int.fetchOne(db, sql: "SELECT count(*) FROM source.runs") ?? 0
    (report.newRuns, report.knownRuns) = (new.count, all - new.count)
    let series = try series(db)
    let list = columns.joined(separator: ", ")
    for id in new {
      try db.execute(
        sql: "INSERT INTO main.runs (\(list)) SELECT \(list) FROM source.runs WHERE id = ?", arguments: [id])
      let ours = db.lastInsertedRowID
      for (table, columns) in series {
        let list = columns.joined(separator: ", ")
        try db.execute(
          sql:
            "INSERT INTO main.\(table) (run_id, \(list)) SELECT ?, \(list) FROM source.\(table) WHERE run_id = ?",
          arguments: [ours, id])
      }
    }
  }

  /// The tables whose rows belong to a run, with their other columns.
  private static func series(_ db: Database) throws -> [(table: String, columns: [String])] {
    let tables = try String.fetchAll(db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    return try tables.filter { try db.foreignKeys(on: $0).contains { $0.destinationTable == "runs" } }
      .map { table in (table, try db.columns(in: table).map(\.name).filter { $0 != "run_id" }) }
  }
}
