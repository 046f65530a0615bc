public import InputFiles
import Quantities

extension Traffic {
  /// Longest time that a file may span, and the highest rate in it.
  private static let longest = 366.0 * 86_400
  private static let highest = 1e9

  /// Reads `time_s,rate`: when an interval begins, in seconds, and its requests a second. Further columns are ignored. The last interval
  /// is as long as the one before.
  ///
  /// - Throws: `InputError` with every problem and its line: a column or the rows missing, a time that does not rise, text, `nan` or a
  ///   negative number, no request at all.
  public init(csv path: String) throws(InputError) {
    try self.init(csv: TextFile(path: path))
  }

  init(csv file: TextFile) throws(InputError) {
    var csv = CSVCursor(file)
    let columns = try csv.required(["time_s", "rate"])
    var rows: [(time: Double, rate: Double)] = []
    while csv.advance() {
      let time = csv.number(columns[0], in: 0...Self.longest)
      let rate = csv.number(columns[1], in: 0...Self.highest)
      guard let time, let rate else { continue }
      if let last = rows.last, time <= last.time {
        csv.note("time_s is \(csv.excerpt(columns[0])); times must rise from row to row")
        continue
      }
      rows.append((time, rate))
    }
    guard csv.problems.isEmpty else { throw csv.problems }
    guard rows.count >= 2 else {
      throw InputError(
        file.path, "\(rows.count) rows; at least 2 are needed, so that an interval has a length")
    }
    guard rows.contains(where: { $0.rate > 0 }) else {
      throw InputError(file.path, "every rate is 0; there is no traffic to plan for")
    }
    let intervals = rows.indices.map { i in
      let end = i + 1 < rows.count ? rows[i + 1].time : 2 * rows[i].time - rows[i - 1].time
      return Interval(start: rows[i].time - rows[0].time, duration: end - rows[i].time, rate: rows[i].rate)
    }
    self.init(name: SplitPath(file.path).stem, source: file.path, intervals: intervals)
  }
}
