import Foundation

/// A moment in UTC to the millisecond, as result files write it. Independent of the machine's time zone and language.
struct UTCTimestamp: Hashable {
  /// Whole milliseconds since 1970.
  private var milliseconds: Int

  /// The nearest millisecond. nil outside the years 1 to 9999, which the written forms cannot hold.
  init?(_ date: Date) {
    let rounded = (date.timeIntervalSince1970 * 1000).rounded()
    guard (-62_135_596_800_000...253_402_300_799_999).contains(rounded) else { return nil }
    milliseconds = Int(rounded)
  }

  var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// "2026-03-01 09:05:07.250": SQLite's own date functions read it.
  var sqlText: String {
    let (second, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    let (whole, rest) = fraction < 0 ? (second - 1, fraction + 1000) : (second, fraction)
    let c = Self.calendar.dateComponents(Self.fields, from: Date(timeIntervalSince1970: Double(whole)))
    let day = [Self.digits(c.year, 4), Self.digits(c.month), Self.digits(c.day)].joined(separator: "-")
    let time = [Self.digits(c.hour), Self.digits(c.minute), Self.digits(c.second)].joined(separator: ":")
    return "\(day) \(time).\(Self.digits(rest, 3))"
  }

  /// "20260301-090507": the form of vLLM's result files.
  var benchText: String {
    let text = sqlText.filter { $0 != "-" && $0 != ":" }.prefix { $0 != "." }
    return text.replacingOccurrences(of: " ", with: "-")
  }

  /// Reads ``sqlText``.
  init?(sqlText: String) {
    let fields = sqlText.split { "- :.".contains($0) }
    let numbers = fields.compactMap { Int($0) }
    guard numbers.count == 7, fields.count == 7 else { return nil }
    let components = DateComponents(
      year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
      second: numbers[5])
    guard let date = Self.calendar.date(from: components) else { return nil }
    milliseconds = Int(date.timeIntervalSince1970.rounded()) * 1000 + numbers[6]
    guard self.sqlText == sqlText else { return nil }
  }

  private static let fields: Set<Calendar.Component> = [.year, .month, .day, .hour, .minute, .second]

  private static let calendar: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar
  }()

  private static func digits(_ value: Int?, _ width: Int = 2) -> String {
    let text = "\(value ?? 0)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
