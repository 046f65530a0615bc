import Quantities

/// Walks the rows of a CSV file and reads fields by column name, noting every problem with its line.
///
/// Fields may be quoted and then contain commas, but no line breaks.
public struct CSVCursor {
  /// A column of the file by its place.
  public struct Column: Sendable {
    public let name: String
    let index: Int
  }

  public let file: TextFile
  /// Names of the columns.
  public let header: [String]
  /// What was wrong so far.
  public private(set) var problems = InputError([])
  private var fields: [Range<Int>] = []
  private var line: Int
  private var offset: Int

  /// Reads the header.
  public init(_ file: TextFile) {
    self.file = file
    offset = file.start
    line = 0
    let first = file.line(from: &offset, number: &line) ?? 0..<0
    Self.split(first, of: file, into: &fields)
    header = fields.map { String(decoding: file.bytes[$0], as: UTF8.self) }
  }

  /// The column of a name, if there is one.
  public func column(_ name: String) -> Column? {
    header.firstIndex(of: name).map { Column(name: name, index: $0) }
  }

  /// - Throws: ``InputError`` naming all columns that are missing.
  public func required(_ names: [String]) throws(InputError) -> [Column] {
    let columns = names.map(column)
    let missing = zip(names, columns).filter { $0.1 == nil }.map { $0.0 }
    guard missing.isEmpty else {
      let found = header.prefix(12).joined(separator: ", ")
      throw InputError(
        "\(file.path):\(line)", "no column \(missing.joined(separator: ", ")); found are the columns \(found)"
      )
    }
    return columns.compactMap(\.self)
  }

  /// Moves to the next row that has as many fields as the header; rows that do not are noted as problems.
  public mutating func advance() -> Bool {
    while let range = file.line(from: &offset, number: &line) {
      Self.split(range, of: file, into: &fields)
      if fields.count == header.count { return true }
      let isLast = offset >= file.bytes.count && fields.count < header.count
      note(
        "\(fields.count) fields; the header has \(header.count)"
          + (isLast ? "; the last line, so the file may have been cut off" : ""))
    }
    return false
  }

  /// Notes a problem of the current row.
  public mutating func note(_ message: String) { problems.add("\(file.path):\(line)", message) }

  /// The current row's field, quotes taken off.
  public func bytes(_ column: Column) -> ArraySlice<UInt8> { file.bytes[fields[column.index]] }

  /// The field for a message.
  public func excerpt(_ column: Column) -> String { file.excerpt(fields[column.index]) }

  /// The field's number; nil, with the problem noted, if it is none or out of bounds.
  public mutating func number(_ column: Column, in allowed: ClosedRange<Double>) -> Double? {
    if let value = DecimalField.double(bytes(column)), allowed.contains(value) { return value }
    note(
      "\(column.name) is \(excerpt(column)); allowed are numbers from \(allowed.lowerBound) to \(allowed.upperBound)"
    )
    return nil
  }

  /// The field's whole number; nil, with the problem noted, if it is none or out of bounds.
  public mutating func integer(_ column: Column, in allowed: ClosedRange<Int>) -> Int? {
    if let value = DecimalField.integer(bytes(column)), allowed.contains(value) { return value }
    note("\(column.name) is \(excerpt(column)); allowed are whole numbers \(allowed.words)")
    return nil
  }

  private static func split(_ line: Range<Int>, of file: TextFile, into fields: inout [Range<Int>]) {
    fields.removeAll(keepingCapacity: true)
    let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    var start = line.lowerBound
    var isQuoted = false
    for i in line {
      let byte = file.bytes[i]
      if byte == quote {
        isQuoted.toggle()
      } else if byte == comma, !isQuoted {
        fields.append(unquoted(start..<i, of: file))
        start = i + 1
      }
    }
    fields.append(unquoted(start..<line.upperBound, of: file))
  }

  private static func unquoted(_ field: Range<Int>, of file: TextFile) -> Range<Int> {
    let range = file.trimmed(field)
    let quote = UInt8(ascii: "\"")
    guard range.count >= 2, file.bytes[range.lowerBound] == quote, file.bytes[range.upperBound - 1] == quote
    else { return range }
    return range.lowerBound + 1..<range.upperBound - 1
  }
}
