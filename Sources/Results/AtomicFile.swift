public import Foundation
import Glibc

/// Files that appear whole or not at all.
///
/// The content goes to a temporary file in the same folder, is flushed to the disk, and takes the name by `rename`. If any
/// of that fails (full disk, no permission, killed process), a file that was there keeps its old content.
public enum AtomicFile {
  /// Writes UTF-8. See ``write(_:to:)-(Data,_)``.
  public static func write(_ text: String, to path: String) throws(ResultsError) {
    try write(Data(text.utf8), to: path)
  }

  /// Replaces the file at `path`, or creates it. A symbolic link stays and its destination is replaced. The permissions of
  /// a file that was there are kept. What is no regular file (`/dev/stdout`, a named pipe) is written to directly.
  ///
  /// - Throws: ``ResultsError/cannotWrite(path:reason:)``; the temporary file is removed.
  public static func write(_ data: Data, to path: String) throws(ResultsError) {
    do throws(FileFailure) {
      if let device = try openedDevice(path) {
        defer { close(device) }
        try write(data) { bytes throws(FileFailure) in try StagedFile.writeAll(bytes, to: device) }
      } else {
        let file = try StagedFile(for: path)
        try write(data) { bytes throws(FileFailure) in try file.write(bytes) }
        try file.commit()
      }
    } catch {
      throw ResultsError.cannotWrite(path: path, reason: error.reason)
    }
  }

  /// A descriptor of what is there if it is neither a file nor a folder.
  private static func openedDevice(_ path: String) throws(FileFailure) -> Int32? {
    let destination = StagedFile.resolved(path)
    var status = stat()
    guard !path.isEmpty, stat(destination, &status) == 0,
      ![S_IFDIR, S_IFREG].contains(status.st_mode & S_IFMT)
    else { return nil }
    let descriptor = open(destination, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(errno: errno) }
    return descriptor
  }

  private static func write(
    _ data: Data, with body: (UnsafeRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    var failure: FileFailure?
    data.withUnsafeBytes { bytes in
      do throws(FileFailure) { try body(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
