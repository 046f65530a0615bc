import Foundation
import GRDB
public import Metrics

/// The SQLite database of runs: description, headline figures, and either every request and every step or the rest of the figures.
///
/// It is in WAL mode, so one process may read while another writes; writers wait for each other. Whatever is saved in one
/// call appears together or not at all.
public struct ResultStore: Sendable {
  public let path: String
  let database: DatabaseQueue

  /// How long a writer waits for another one. Storing takes a second or two at most.
  static let patience: TimeInterval = 30

  /// Opens the database, or creates it; brings its schema up to date.
  ///
  /// - Throws: ``ResultsError``, if the path is a folder or cannot be written, or the file is no SQLite database, is damaged,
  ///   belongs to another program or was made by a newer version of this one. The file is then left as it was.
  public init(path: String) throws(ResultsError) {
    try self.init(path: path, migrator: ResultSchema.migrator)
  }

  init(path: String, migrator: DatabaseMigrator) throws(ResultsError) {
    self.path = path
    try Self.checkPath(path)
    database = try Self.translating(path: path) {
      let deadline = Date(timeIntervalSinceNow: Self.patience)
      while true {
        do {
          return try Self.open(path, migrator)
        } catch let error as DatabaseError where Self.isRace(error) && Date() < deadline {
          // Another process creates or migrates the same file: SQLite lets nobody wait for the switch to WAL, and of two
          // migrations one finds the tables made.
          Thread.sleep(forTimeInterval: 0.02)
        }
      }
    }
  }

  /// Stores runs, all in one transaction: requests and steps of those that have a record, figures and latencies of the others.
  ///
  /// - Returns: their ids, in the order given.
  /// - Throws: ``ResultsError``; then none is stored.
  @discardableResult
  public func save(_ runs: [(RunDescription, RunFigures, RunRecord?)]) throws(ResultsError) -> [Int64] {
    try Self.translating(path: path) {
      try database.write { db in
        try runs.map { description, figures, record in
          do {
            let id = try RunRow(description, figures).insert(into: db)
            try BusyTime.insert(figures.totals.busy, run: id, into: db)
            try ReplicaRows.insert(figures, run: id, into: db)
            if let record {
              try RequestRecord.insert(record.requests, run: id, into: db)
              try StepRecord.insert(record.steps, run: id, into: db)
              try WeightedSample.insert(record.interTokenGaps, run: id, into: db)
            } else {
              try FigureRows.insert(figures, run: id, into: db)
            }
            return id
          } catch let error as UnstorableFigure {
            throw ResultsError.notANumber(
              run: "\(description.scenarioName), \(description.variantName)", figure: error.name)
          }
        }
      }
    }
  }

  /// The stored runs, newest first.
  ///
  /// - Parameters:
  ///   - scenario: only runs of this scenario.
  ///   - limit: at most so many.
  public func list(scenario: String? = nil, limit: Int? = nil) throws(ResultsError) -> [StoredRun] {
    try Self.translating(path: path) {
      try database.read { db in
        let filter = scenario == nil ? "" : "WHERE scenario = ?"
        let rows = try Row.fetchAll(
          db, sql: "SELECT * FROM runs \(filter) ORDER BY id DESC LIMIT \(max(0, limit ?? .max))",
          arguments: scenario.map { [$0] } ?? [])
        return try rows.map { row in
          let id: Int64 = try row.decode(forColumn: "id")
          let stored = try reading(id) { try RunRow(row) }
          return StoredRun(id: id, run: stored.description, figures: stored.figures)
        }
      }
    }
  }

  /// Everything of one run: record or figures equal those that were saved, to the last bit (but SQLite drops the sign of −0).
  ///
  /// - Throws: ``ResultsError/noSuchRun(id:path:stored:)``, among others.
  public func load(_ id: Int64) throws(ResultsError) -> (RunDescription, StoredContent) {
    try Self.translating(path: path) {
      try database.read { db in
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]) else {
          let stored = try Int64.fetchAll(db, sql: "SELECT id FROM runs ORDER BY id")
          throw ResultsError.noSuchRun(id: id, path: path, stored: stored)
        }
        return try reading(id) {
          let run = try RunRow(row)
          if let figures = try FigureRows.fetch(run, run: id, from: db) {
            return (run.description, .figures(figures))
          }
          let record = RunRecord(
            requests: try RequestRecord.fetch(run: id, from: db),
            steps: try StepRecord.fetch(run: id, from: db),
            interTokenGaps: try WeightedSample.fetch(run: id, from: db),
            totals: RunTotals(
              busy: try BusyTime.fetch(run: id, from: db), totalBlocks: run.figures.kvBlocks,
              blockSize: run.blockSize, prefixQueryTokens: run.prefixQueryTokens,
              prefixHitTokens: run.prefixHitTokens,
              replicas: try ReplicaRows.fetch(run: id, from: db).map(\.totals)))
          try Self.checkDeliveries(of: record)
          return (run.description, .record(record))
        }
      }
    }
  }
}

extension ResultStore {
  /// What SQLite reports only as "unable to open database file".
  static func checkPath(_ path: String) throws(ResultsError) {
    func unusable(_ reason: String) -> ResultsError { .unusableStore(path: path, reason: reason) }
    // SQLite takes these for databases that vanish when closed.
    if path.isEmpty || path.hasPrefix(":") { throw unusable("it is not the path of a file") }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw unusable("it is a folder")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw unusable("there is no folder '\(folder)'")
    }
  }

  private static func open(_ path: String, _ migrator: DatabaseMigrator) throws -> DatabaseQueue {
    try checkOwner(path, migrator)
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(patience)
    configuration.label = "results"
    let database = try DatabaseQueue(path: path, configuration: configuration)
    try migrator.migrate(database)
    return database
  }

  /// Refuses a file that is not ours before anything of it is changed, its journal mode included.
  static func checkOwner(_ path: String, _ migrator: DatabaseMigrator) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    try DatabaseQueue(path: path, configuration: configuration).read { db in
      let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
      let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      // A creation that was cut short, or is under way, has only the list of migrations.
      let isBegun = try tables == 0 || db.tableExists("grdb_migrations")
      guard owner == ResultSchema.applicationID || (owner == 0 && isBegun) else {
        throw ResultsError.unusableStore(path: path, reason: "it is a database of another program")
      }
      guard try tables > 0 && migrator.hasBeenSuperseded(db) else { return }
      let known = Set(migrator.migrations)
      throw ResultsError.newerStore(
        path: path, unknown: try migrator.appliedIdentifiers(db).subtracting(known).sorted())
    }
  }

  private static func isRace(_ error: DatabaseError) -> Bool {
    [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode)
      || error.message?.hasSuffix("already exists") == true
      || error.message?.hasPrefix("duplicate column name") == true
      || error.message?.hasPrefix("UNIQUE constraint failed: grdb_migrations") == true
  }

  /// Gives every failure a file and a reason that a person understands.
  static func translating<T>(path: String, _ body: () throws -> T) throws(ResultsError) -> T {
    do {
      return try body()
    } catch let error as ResultsError {
      throw error
    } catch let error as DatabaseError {
      let reason =
        switch error.resultCode {
        case .SQLITE_NOTADB: "it is not an SQLite database"
        case .SQLITE_CORRUPT: "the file is damaged"
        case .SQLITE_BUSY: "another program has kept it locked for \(Int(patience)) s"
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
          "it cannot be opened for writing (permissions of the file or its folder)"
        default: error.message ?? "SQLite error \(error.resultCode.rawValue)"
        }
      throw .unusableStore(path: path, reason: reason)
    } catch {
      throw .unusableStore(path: path, reason: "\(error)")
    }
  }

  private func reading<T>(_ id: Int64, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DamagedValue {
      throw ResultsError.damagedRun(id: id, path: path, reason: error.reason)
    } catch let error as RowDecodingError {
      throw ResultsError.damagedRun(id: id, path: path, reason: "\(error)")
    }
  }

  /// The metrics index the step series with these.
  private static func checkDeliveries(of record: RunRecord) throws {
    let replicas = record.totals.replicas
    if !replicas.isEmpty {
      let steps = replicas.reduce(0) { $0 + $1.steps }
      guard steps == record.steps.count else {
        throw DamagedValue("its replicas have \(steps) steps, but there are \(record.steps.count)")
      }
      for request in record.requests where !replicas.indices.contains(request.replica) {
        throw DamagedValue(
          "request \(request.index) is of replica \(request.replica), but there are \(replicas.count)")
      }
    }
    for request in record.requests {
      for range in request.deliveries where range.first < 0 || range.last >= record.steps.count {
        throw DamagedValue(
          "request \(request.index) has a token from step \(range.last), but there are \(record.steps.count) steps"
        )
      }
    }
  }
}
