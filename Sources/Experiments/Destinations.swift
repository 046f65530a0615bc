import Foundation
import Quantities
public import Results

/// Files that a command will write, looked at before it begins.
public enum Destinations {
  /// Files that would be written over each other, or over what the command reads.
  ///
  /// - Parameters:
  ///   - outputs: each with its option; nil and '-' are no files.
  ///   - inputs: paths of the files that are read.
  /// - Returns: what is wrong, one text a destination.
  public static func collisions(
    _ outputs: [(option: String, path: String?)], reading inputs: [String]
  ) -> [String] {
    var taken = inputs.map { (place: place($0), use: "is read by this run") }
    var collisions: [String] = []
    for (option, path) in outputs {
      // A device may take several streams.
      guard let path, path != "-", !path.hasPrefix("/dev/") else { continue }
      let place = place(path)
      if let first = taken.first(where: { $0.place == place }) {
        collisions.append("\(option): '\(path)' \(first.use); name another file")
      } else {
        taken.append((place, "is the file of \(option), too"))
      }
    }
    return collisions
  }

  /// The absolute path without symbolic links, also of a file that does not exist yet.
  private static func place(_ path: String) -> String {
    func real(_ path: String) -> String? {
      guard let real = realpath(path, nil) else { return nil }
      defer { free(real) }
      return String(cString: real)
    }
    let parts = SplitPath(path)
    return real(path) ?? "\(real(parts.folder) ?? parts.folder)/\(parts.name)"
  }

  /// Tries whether a file can be written, so that an hour's work does not end at a folder that cannot.
  public static func checkWritable(_ path: String) throws(ResultsError) {
    func failure(_ reason: String) -> ResultsError { .cannotWrite(path: path, reason: reason) }
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw failure("it is a folder")
    }
    let folder = SplitPath(path).folder
    guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw failure("there is no folder '\(folder)'")
    }
    guard isFolder.boolValue else { throw failure("'\(folder)' is no folder") }
    // A device such as /dev/stdout is written to directly; every other file appears by rename in its folder.
    guard files.isWritableFile(atPath: folder) || files.isWritableFile(atPath: path) else {
      throw failure("no permission to write in '\(folder)'")
    }
  }
}
