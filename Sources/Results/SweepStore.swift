public import Foundation
import GRDB

/// The sweeps of a results database: their points, results, and which simulations are under way in which process.
///
/// Any number of processes may share one: a simulation is claimed before it begins, so that no two do the same. A claim holds for
/// ``lease`` seconds from the last sign of life of its owner, and ends at once if its owner is a process of this machine that is gone.
public struct SweepStore: Sendable {
  public let path: String
  let database: DatabaseQueue

  /// How long a claim outlives the last sign of life of its owner, in seconds. ``renew(_:)`` is to be called several times within.
  public static let lease: TimeInterval = 15

  /// Opens a results database, or creates it.
  ///
  /// - Throws: as ``ResultStore``.
  public init(path: String) throws(ResultsError) {
    let store = try ResultStore(path: path)
    self.path = path
    database = store.database
  }

  private func translating<T>(_ body: () throws -> T) throws(ResultsError) -> T {
    try ResultStore.translating(path: path, body)
  }

  // MARK: Points

  /// Puts a sweep and its points down, if they are not there.
  public func record(_ sweep: SweepRecord, points: [SweepPointRecord]) throws(ResultsError) {
    try translating {
      try database.write { db in
        let exists = try Bool.fetchOne(
          db, sql: "SELECT EXISTS (SELECT 1 FROM sweeps WHERE id = ?)", arguments: [sweep.id])
        if exists == true { return }
        guard let created = UTCTimestamp(sweep.createdAt) else {
          throw UnstorableFigure(name: "created_at")
        }
        try db.execute(
          sql: "INSERT INTO sweeps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            sweep.id, sweep.name, created.sqlText, sweep.codeVersion, sweep.fileText,
            sweep.scenarioText,
            OrderedJSON.array(sweep.parameters.map { .string($0) }).text, sweep.points, sweep.replications,
          ])
        let insert = try db.cachedStatement(
          sql: "INSERT INTO sweep_points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for point in points {
          try insert.execute(
            arguments: [
              sweep.id, point.point, point.replicate, point.key, point.parameters, point.model, point.variant,
              point.device, point.tensorParallelSize, point.gpus, "\(point.seed)", point.isProjection,
              point.skipPercent, point.invalid,
            ])
        }
      }
    }
  }

  // MARK: Results

  /// The results that are there, by key.
  public func results(of keys: some Sequence<String>) throws(ResultsError) -> [String: SweepResult] {
    let keys = Array(Set(keys))
    return try translating {
      try database.read { db in
        let columns = SweepFigure.allCases.map(\.rawValue).joined(separator: ", ")
        let select = try db.cachedStatement(
          sql: "SELECT status, reason, \(columns) FROM sweep_results WHERE key = ?")
        var results: [String: SweepResult] = [:]
        for key in keys {
          guard let row = try Row.fetchOne(select, arguments: [key]) else { continue }
          let status: String = try row.decode(atIndex: 0)
          if status == "failed" {
            results[key] = .failed(try row.decode(atIndex: 1) ?? "")
          } else {
            var column = 1
            results[key] = .done(
              try SweepFigures { _ in
                column += 1
                return try row.decode(atIndex: column)
              })
          }
        }
        return results
      }
    }
  }

  /// Stores results and ends their claims, in one transaction. A result that is there already stays.
  public func save(_ results: [(key: String, result: SweepResult)]) throws(ResultsError) {
    guard !results.isEmpty else { return }
    try translating {
      try database.write { db in
        let columns = SweepFigure.allCases.map(\.rawValue)
        let marks = Array(repeating: "?", count: columns.count + 3).joined(separator: ", ")
        let insert = try db.cachedStatement(
          sql:
            "INSERT OR IGNORE INTO sweep_results (key, status, reason, \(columns.joined(separator: ", "))) VALUES (\(marks))"
        )
        let release = try db.cachedStatement(sql: "DELETE FROM sweep_claims WHERE key = ?")
        for (key, result) in results {
          let values: [(any DatabaseValueConvertible)?]
          switch result {
          case .done(let figures): values = [key, "done", nil] + SweepFigure.allCases.map { figures[$0] }
          case .failed(let reason): values = [key, "failed", reason] + columns.map { _ in nil }
          }
          try insert.execute(arguments: StatementArguments(values))
          try release.execute(arguments: [key])
        }
      }
    }
  }

  /// Takes out failures, so that they are simulated again.
  public func removeFailures(of keys: some Sequence<String>) throws(ResultsError) {
    let keys = Array(keys)
    try translating {
      try database.write { db in
        let delete = try db.cachedStatement(
          sql: "DELETE FROM sweep_results WHERE status = 'failed' AND key = ?")
        for key in keys { try delete.execute(arguments: [key]) }
      }
    }
  }

  // MARK: Claims

  /// What became of the wish to simulate something.
  public enum ClaimAnswer: Hashable, Sendable {
    case granted
    /// Another process is at it.
    case elsewhere
    /// There is a result.
    case done
  }

  /// Claims simulations, all in one transaction.
  ///
  /// - Returns: an answer for each key, in their order.
  public func claim(_ keys: [String], for owner: ClaimOwner) throws(ResultsError) -> [ClaimAnswer] {
    try translating {
      try database.write { db in
        let now = Date().timeIntervalSince1970
        let result = try db.cachedStatement(sql: "SELECT 1 FROM sweep_results WHERE key = ?")
        let claim = try db.cachedStatement(
          sql: "SELECT owner, process, expires_at FROM sweep_claims WHERE key = ?")
        let insert = try db.cachedStatement(
          sql: "INSERT OR REPLACE INTO sweep_claims (key, owner, process, expires_at) VALUES (?, ?, ?, ?)")
        var living: [String: Bool] = [:]
        return try keys.map { key in
          if try Int.fetchOne(result, arguments: [key]) != nil { return .done }
          if let row = try Row.fetchOne(claim, arguments: [key]) {
            let (name, process): (String, String) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
            let expiry: Double = try row.decode(atIndex: 2)
            let isLiving = living[process] ?? !ClaimOwner.isGone(process)
            living[process] = isLiving
            if name != owner.name, expiry > now, isLiving { return .elsewhere }
          }
          try insert.execute(arguments: [key, owner.name, owner.process, now + Self.lease])
          return .granted
        }
      }
    }
  }

  /// A sign of life: the owner's claims hold for another ``lease``.
  public func renew(_ owner: ClaimOwner) throws(ResultsError) {
    try translating {
      try database.write { db in
        try db.execute(
          sql: "UPDATE sweep_claims SET expires_at = ? WHERE owner = ?",
          arguments: [Date().timeIntervalSince1970 + Self.lease, owner.name])
      }
    }
  }

  /// Gives up what the owner has not finished.
  public func release(_ owner: ClaimOwner) throws(ResultsError) {
    try translating {
      try database.write { db in
        try db.execute(sql: "DELETE FROM sweep_claims WHERE owner = ?", arguments: [owner.name])
      }
    }
  }

  /// Keys that living processes are at.
  public func claimedKeys() throws(ResultsError) -> Set<String> {
    try translating {
      try database.read { db in
        let rows = try Row.fetchAll(
          db, sql: "SELECT key, process FROM sweep_claims WHERE expires_at > ?",
          arguments: [Date().timeIntervalSince1970])
        return Set(
          try rows.compactMap { row in
            let process: String = try row.decode(atIndex: 1)
            return ClaimOwner.isGone(process) ? nil : try row.decode(atIndex: 0)
          })
      }
    }
  }
}
