import Foundation

/// A text file, line by line, as bytes: a trace of a million rows is read in a second.
struct TextLines {
  let path: String
  private let bytes: [UInt8]
  private var position = 0
  /// Number of the line last taken, from 1.
  private(set) var line = 0

  /// - Throws: ``WorkloadError`` if there is no such file, or it is a folder, unreadable or empty.
  init(path: String) throws(WorkloadError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw WorkloadError(["\(path): no such file"])
    }
    if isFolder.boolValue { throw WorkloadError(["\(path): is a folder; a trace is a file"]) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw WorkloadError(["\(path): cannot be read"])
    }
    self.path = path
    bytes = [UInt8](data)
    // A byte-order mark is no part of the header.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if bytes.count == position { throw WorkloadError(["\(path): is empty"]) }
  }

  /// The next line that is not blank, without its end ("\n" or "\r\n").
  mutating func next() -> ArraySlice<UInt8>? {
    while position < bytes.count {
      let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      var text = bytes[position..<end]
      position = end + 1
      line += 1
      if text.last == UInt8(ascii: "\r") { text.removeLast() }
      if text.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) { return text }
    }
    return nil
  }

  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self)
    return bytes.count > 60 ? text + "…" : text
  }
}

extension ArraySlice<UInt8> {
  /// The fields between commas, spaces around them removed. None of the formats quotes.
  func fields() -> [ArraySlice<UInt8>] {
    split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { field in
      var field = field
      while field.first == UInt8(ascii: " ") || field.first == UInt8(ascii: "\t") { field.removeFirst() }
      while field.last == UInt8(ascii: " ") || field.last == UInt8(ascii: "\t") { field.removeLast() }
      return field
    }
  }

  /// A whole number of at most 18 digits, or nil.
  var wholeNumber: Int? {
    guard !isEmpty, count <= 18 else { return nil }
    var n = 0
    for byte in self {
      guard byte >= 48, byte <= 57 else { return nil }
      n = n * 10 + Int(byte - 48)
    }
    return n
  }

  /// A decimal number, or nil. "nan" and "inf" are none.
  var decimal: Double? {
    guard let first, first < 58, let x = Double(String(decoding: self, as: UTF8.self)), x.isFinite else {
      return nil
    }
    return x
  }
}
