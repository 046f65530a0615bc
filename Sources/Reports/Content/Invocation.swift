public import Foundation

/// The command that makes a page again, with what makes it the same.
public struct Invocation: Hashable, Sendable {
  /// Words after `swiftkv-sim report FILE`, as typed but for the output: "--variant", "baseline,swiftkv-50".
  public var options: [String]
  /// The program's version.
  public var version: String
  /// When the page was made; a fixed date makes equal pages equal byte for byte.
  public var date: Date

  public init(options: [String], version: String, date: Date) {
    self.options = options
    self.version = version
    self.date = date
  }

  /// The command for a POSIX shell, for a scenario of this name.
  func command(scenario name: String) -> String {
    (["swiftkv-sim", "report", Self.fileName(name)] + options).map(Self.quoted).joined(separator: " ")
  }

  /// A scenario's name may hold anything; a file's may not.
  static func fileName(_ name: String) -> String {
    let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
    let text = String(String(plain).drop { "-.".contains($0) }.prefix(60))
    return (text.isEmpty ? "scenario" : text) + ".yaml"
  }

  private static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:=+".contains($0)) }
    return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  /// "2026-01-01 00:00 UTC".
  var day: String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
    return String(date.formatted(style).prefix(16)) + " UTC"
  }
}
