import Experiments
import Foundation
import Rainbow
import Synchronization
import TextTable

/// What the program says: results to standard output, everything else to standard error.
enum Terminal {
  /// Results. What cannot be written (full disk, closed stream) is kept for ``failure``, so that the rest is still done.
  static func write(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      // A reader that went away (`| head`, a pager that was quit) is no reason to fail.
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      let isSystems = cause.domain == NSPOSIXErrorDomain
      if isSystems, cause.code == Int(EPIPE) { return }
      let reason = isSystems ? String(cString: strerror(Int32(cause.code))) : cause.localizedDescription
      lastFailure.withLock { $0 = "cannot write to standard output: \(reason)" }
    }
  }

  /// Why results did not reach standard output, if they did not.
  static var failure: String? { lastFailure.withLock { $0 } }

  private static let lastFailure = Mutex<String?>(nil)

  /// Standard error; nobody is left to tell of its failure.
  static func writeError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// A message: standard error, each line with the program's name.
  static func inform(_ message: String) {
    for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
      writeError("swiftkv-sim: \(line)\n")
    }
  }

  /// Whether standard output is a person's terminal that wants colour.
  static let isColoured: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) != 0 && environment["TERM"] != "dumb"
      && (environment["NO_COLOR"] ?? "").isEmpty
  }()

  static func bold(_ text: String) -> String { isColoured ? text.applyingCodes(Style.bold) : text }

  static func text(_ table: ReportTable) -> String {
    let widths = table.columns.indices.map { column in
      ([table.columns] + table.rows).map { $0[column].count }.max() ?? 0
    }
    let layout = TextTable<[String]> { cells in
      cells.indices.map { i in
        Column(
          title: table.columns[i], value: cells[i], width: widths[i],
          align: i < table.textColumns ? .left : .right)
      }
    }
    // Without rows the package prints nothing, not even titles.
    let drawn =
      layout.string(for: table.rows, style: Spaced.self) ?? table.columns.joined(separator: "  ") + "\n"
    let lines = drawn.split(separator: "\n").map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    guard let title = lines.first else { return "" }
    let rows = lines.dropFirst().map { coloured($0, better: table.better) }
    return ([bold(title)] + rows).joined(separator: "\n") + "\n"
  }

  /// Changes for the better in green, for the worse in red.
  private static func coloured(_ line: String, better: ReportTable.Direction?) -> String {
    guard isColoured, let better else { return line }
    return line.replacing(#/[−+×]\d+(?!\d| n)( %)?/#) { match in
      let isLower = match.output.0.first == "−"
      let text = String(match.output.0)
      return isLower == (better == .lower) ? text.applyingColor(.green) : text.applyingColor(.red)
    }
  }

  /// Columns two spaces apart, no rules: what a terminal and a diff both show well.
  private enum Spaced: TextTableStyle {
    static func prepare(_ s: String, for column: Column) -> String { Plain.prepare(s, for: column) }
    static func escape(_ table: String) -> String { table }
    static func begin(_ table: inout String, index: Int, columns: [Column]) {}
    static func end(_ table: inout String, index: Int, columns: [Column]) {}
    static func header(_ table: inout String, index: Int, columns: [Column]) {
      table += columns.map { $0.headerString(for: self) }.joined(separator: "  ") + "\n"
    }
    static func row(_ table: inout String, index: Int, columns: [Column]) {
      table += columns.map { $0.string(for: self) }.joined(separator: "  ") + "\n"
    }
  }
}

/// One line on standard error that is drawn over and over; silent where no person looks on.
final class ProgressLine: Sendable {
  private let isShown: Bool
  private let lastDrawn = Mutex<ContinuousClock.Instant?>(nil)

  private let doing: String
  private let what: String

  /// - Parameters:
  ///   - doing: "simulating".
  ///   - what: plural of what is counted, "runs".
  init(isQuiet: Bool, doing: String = "simulating", what: String = "runs") {
    self.doing = doing
    self.what = what
    let terminal = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
    isShown = !isQuiet && isatty(STDERR_FILENO) != 0 && terminal != "dumb"
  }

  func show(_ progress: Experiment.Progress) {
    show(
      "\(doing): \(Int(progress.share * 100)) % (\(progress.finishedRuns) of \(progress.runs) \(what) done)")
  }

  /// Of work in several parts.
  func show(_ doing: String, share: Double) { show("\(doing): \(Int(share * 100)) %") }

  /// At most ten times a second.
  func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    let isDue = lastDrawn.withLock { last in
      if let last, now - last < .milliseconds(100) { return false }
      last = now
      return true
    }
    guard isDue else { return }
    Terminal.writeError("\r\u{1B}[2K\(text())")
  }

  func erase() {
    if isShown, lastDrawn.withLock({ $0 != nil }) { Terminal.writeError("\r\u{1B}[2K") }
  }
}
