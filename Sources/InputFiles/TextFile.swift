import Foundation

/// A text file in memory, walked line by line as bytes: traces and tables are ASCII and large, characters would be slow.
public struct TextFile {
  /// As the user named it, for messages.
  public let path: String
  public let bytes: [UInt8]
  /// Where the first line begins, past a byte-order mark.
  public let start: Int

  /// - Throws: ``InputError`` where there is no file, a folder, no permission, nothing in it, or binary data.
  public init(path: String) throws(InputError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InputError(path, "no such file")
    }
    guard !isFolder.boolValue else { throw InputError(path, "a folder; a file is needed") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw InputError(path, "cannot be read")
    }
    try self.init(path: path, bytes: [UInt8](data))
  }

  /// Text that is in memory already; `path` is what messages call it.
  ///
  /// - Throws: ``InputError`` if there is nothing in it, or binary data.
  public init(path: String, bytes: [UInt8]) throws(InputError) {
    self.path = path
    self.bytes = bytes
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard bytes.contains(where: { !Self.isBlank($0) }) else { throw InputError(path, "the file is empty") }
    // No text format has a zero byte; archives and UTF-16 do.
    guard !bytes.contains(0) else {
      throw InputError(path, "not a text file (a zero byte in it); CSV or JSON lines in UTF-8 are needed")
    }
  }

  /// The next line that is not blank, without its end and surrounding spaces; `offset` moves past it.
  public func line(from offset: inout Int, number: inout Int) -> Range<Int>? {
    while offset < bytes.count {
      let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let range = trimmed(offset..<end)
      offset = end + 1
      number += 1
      if !range.isEmpty { return range }
    }
    return nil
  }

  /// A stretch without the blanks at its ends.
  public func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, Self.isBlank(bytes[low]) { low += 1 }
    while low < high, Self.isBlank(bytes[high - 1]) { high -= 1 }
    return low..<high
  }

  /// The text of a stretch for an error message: short, and printable whatever the bytes are.
  public func excerpt(_ range: Range<Int>) -> String {
    let text = String(decoding: bytes[range.prefix(60)], as: UTF8.self)
    let printable = String(text.map { $0.isASCII && $0.asciiValue.map { $0 >= 32 } == true ? $0 : "?" })
    return "'\(printable)\(range.count > 60 ? "…" : "")'"
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (9...13).contains(byte)
  }
}
