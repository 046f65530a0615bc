import Foundation

/// A hidden folder beside the final files, on the same file system, so that a rename can put them in place.
/// It goes, with all that is in it, at the end of its life.
struct StagingFolder: ~Copyable {
  let path: String
  private let directory: String

  /// Where gnuplot's standard error goes, inside the folder.
  static let messages = "gnuplot-messages"

  init(in directory: String) throws(FigureError) {
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: directory, reason: Self.obstacle(to: directory) ?? Self.reason(error))
    }
    var template = Array("\(directory)/.figures-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .cannotWrite(path: directory, reason: String(cString: strerror(errno)))
    }
    self.directory = directory
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    // Nothing better can be done with a folder that does not go, and the figures matter more.
    try? FileManager.default.removeItem(atPath: path)
  }

  borrowing func readMessages() -> String {
    let text = (try? String(contentsOfFile: "\(path)/\(Self.messages)", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .joined(separator: "; ")
  }

  /// Checks that a drawn file is whole, and gives SVG files what gnuplot cannot.
  borrowing func finish(_ name: String, of figure: Figure, as format: FigureFormat) throws(FigureError) {
    let file = "\(path)/\(name)"
    guard let data = FileManager.default.contents(atPath: file) else { throw .incomplete(file: name) }
    switch format {
    case .png:
      // The end chunk of a PNG file: its name and checksum, always these eight bytes.
      guard data.suffix(8) == Data([0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]) else {
        throw .incomplete(file: name)
      }
    case .svg:
      let text = String(decoding: data, as: UTF8.self)
      guard text.hasSuffix("</svg>\n\n") || text.hasSuffix("</svg>\n") else { throw .incomplete(file: name) }
      do {
        try Data(SVGText.polished(text, title: figure.title).utf8).write(to: URL(fileURLWithPath: file))
      } catch {
        throw .cannotWrite(path: name, reason: Self.reason(error))
      }
    }
  }

  /// A finished file.
  borrowing func text(of name: String) throws(FigureError) -> String {
    guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else {
      throw .incomplete(file: name)
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Returns: the final path.
  borrowing func publish(_ name: String) throws(FigureError) -> String {
    let target = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    guard rename("\(path)/\(name)", target) == 0 else {
      throw .cannotWrite(path: target, reason: String(cString: strerror(errno)))
    }
    return target
  }

  /// A file that stands where the folder or one above it should be.
  private static func obstacle(to directory: String) -> String? {
    let parts = directory.split(separator: "/", omittingEmptySubsequences: false)
    var isFolder: ObjCBool = false
    for count in 1...parts.count {
      let path = parts.prefix(count).joined(separator: "/")
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        return "'\(path)' is a file, not a folder"
      }
    }
    return nil
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return (underlying ?? (error as NSError)).localizedDescription
  }
}
