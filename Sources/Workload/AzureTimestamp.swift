import InputFiles

/// The time stamps of the Azure traces: `2023-11-16 18:15:46.6805900` (2023) and
/// `2024-05-10 00:00:00.009930+00:00` (2024). No zone means UTC.
enum AzureTimestamp {
  /// Nanoseconds since 1970, exact; nil if the text is no such time.
  static func nanoseconds(_ text: ArraySlice<UInt8>) -> Int? {
    guard text.count >= 19 else { return nil }
    let at = text.startIndex
    func number(_ from: Int, _ count: Int, _ allowed: ClosedRange<Int>) -> Int? {
      DecimalField.digits(text[at + from..<at + from + count]).flatMap { allowed.contains($0) ? $0 : nil }
    }
    func isOne(of characters: String, _ offset: Int) -> Bool { characters.utf8.contains(text[at + offset]) }
    guard isOne(of: "-", 4), isOne(of: "-", 7), isOne(of: " T", 10), isOne(of: ":", 13), isOne(of: ":", 16),
      let year = number(0, 4, 1970...2200), let month = number(5, 2, 1...12),
      let day = number(8, 2, 1...days(in: month, of: year)),
      let hour = number(11, 2, 0...23), let minute = number(14, 2, 0...59), let second = number(17, 2, 0...59)
    else { return nil }

    var rest = text[(at + 19)...]
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits.count <= 9, let value = DecimalField.digits(digits) else { return nil }
      fraction = (digits.count..<9).reduce(value) { scaled, _ in scaled * 10 }
      rest = text[digits.endIndex...]
    }
    guard let offset = zoneMinutes(rest) else { return nil }
    let minutes = (daysSince1970(year, month, day) * 24 + hour) * 60 + minute - offset
    return (minutes * 60 + second) * 1_000_000_000 + fraction
  }

  /// `+00:00`, `-07:00`, `Z` or nothing.
  private static func zoneMinutes(_ text: ArraySlice<UInt8>) -> Int? {
    if text.isEmpty || text.elementsEqual("Z".utf8) { return 0 }
    let at = text.startIndex
    guard text.count == 6, text[at + 3] == UInt8(ascii: ":"),
      text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-"),
      let hours = DecimalField.digits(text[at + 1...at + 2]), hours <= 14,
      let minutes = DecimalField.digits(text[at + 4...at + 5]), minutes <= 59
    else { return nil }
    return (text[at] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(in month: Int, of year: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let before = year - 1
    let leapDays = (before / 4 - before / 100 + before / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400)
    let beforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
    return (year - 1970) * 365 + leapDays + beforeMonth + (month > 2 && isLeap(year) ? 1 : 0) + day - 1
  }
}
