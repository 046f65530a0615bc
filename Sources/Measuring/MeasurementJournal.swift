import Foundation
import Results

/// What was measured so far, kept in a file of its own until all is there, so that a measurement that was stopped goes on
/// where it ended.
///
/// One line a result, flushed as it comes; a last line that was cut off is dropped. A journal of another machine, or of another
/// program, is begun anew.
struct MeasurementJournal {
  static let fileName = "measuring.journal"
  private let path: String
  private let handle: FileHandle
  private var entries: [String: [String]] = [:]

  /// - Parameter signature: what results of one journal have in common; one line.
  init(folder: String, signature: String) throws(ResultsError) {
    path = folder + "/" + Self.fileName
    let head = "# \(signature)"
    var kept = [head]
    if let text = try? String(contentsOfFile: path, encoding: .utf8) {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
      if lines.first == head {
        for line in lines.dropFirst() {
          let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
          guard fields.count > 1 else { continue }
          entries[fields[0]] = Array(fields.dropFirst())
          kept.append(line)
        }
      }
    }
    try AtomicFile.write(kept.joined(separator: "\n") + "\n", to: path)
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw ResultsError.cannotWrite(path: path, reason: "it cannot be opened")
    }
    self.handle = handle
    do {
      try handle.seekToEnd()
    } catch {
      throw ResultsError.cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  subscript(key: String) -> [String]? { entries[key] }

  mutating func record(_ key: String, _ fields: [String]) throws(ResultsError) {
    entries[key] = fields
    do {
      try handle.write(contentsOf: Data(([key] + fields).joined(separator: "\t").utf8 + [10]))
    } catch {
      throw ResultsError.cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  /// All is measured and written elsewhere.
  func remove() {
    try? handle.close()
    try? FileManager.default.removeItem(atPath: path)
  }
}
