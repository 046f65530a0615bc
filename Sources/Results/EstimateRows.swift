import Foundation
import GRDB
import Metrics

/// The estimates of a run whose requests and steps were not kept: what its intervals are made of, a row for each figure.
enum EstimateRows {
  static func insert(_ figures: RunFigures, run: Int64, into db: Database) throws {
    let estimates =
      figures.batches == nil
      ? figures.storedEstimates.sorted { $0.key < $1.key }.map { (name: $0.key, estimate: $0.value) }
      : figures.namedEstimates
    for (name, estimate) in estimates {
      guard case .batches(let size) = estimate.origin else { continue }
      guard estimate.value.isFinite, estimate.parts.allSatisfy(\.isFinite) else {
        throw UnstorableFigure(name: "estimate of \(name)")
      }
      try db.execute(
        sql: "INSERT INTO estimates (run_id, figure, value, batch_size, parts) VALUES (?, ?, ?, ?, ?)",
        arguments: [run, name, estimate.value, size, packed(estimate.parts)])
    }
  }

  static func fetch(run: Int64, from db: Database) throws -> [String: Estimate] {
    var estimates: [String: Estimate] = [:]
    let rows = try Row.fetchAll(
      db, sql: "SELECT figure, value, batch_size, parts FROM estimates WHERE run_id = ?", arguments: [run])
    for row in rows {
      let name: String = try row.decode(atIndex: 0)
      estimates[name] = Estimate(
        value: try row.decode(atIndex: 1), parts: try unpacked(try row.decode(atIndex: 3), of: name),
        origin: .batches(size: try row.decode(atIndex: 2)))
    }
    return estimates
  }

  private static func packed(_ parts: [Double]) -> Data {
    parts.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }

  private static func unpacked(_ data: Data, of name: String) throws -> [Double] {
    guard data.count % 8 == 0 else {
      throw DamagedValue("its estimate of \(name) has \(data.count) bytes, which is no multiple of 8")
    }
    let parts = data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 8).map { offset in
        Double(
          bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      }
    }
    guard parts.allSatisfy(\.isFinite) else { throw DamagedValue("its estimate of \(name) is no number") }
    return parts
  }
}
