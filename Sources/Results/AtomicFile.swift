public import Foundation
import Glibc
import Synchronization

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
    do throws(Failure) {
      guard !path.isEmpty else { throw Failure(reason: "the path is empty") }
      let destination = resolved(path)
      var status = stat()
      guard stat(destination, &status) == 0 else {
        return try replace(destination, with: data, permissions: nil)
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw Failure(reason: "it is a folder")
      case S_IFREG: try replace(destination, with: data, permissions: status.st_mode & 0o7777)
      default:
        let descriptor = open(destination, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        try writeAll(data, to: descriptor)
      }
    } catch {
      throw ResultsError.cannotWrite(path: path, reason: error.reason)
    }
  }

  private struct Failure: Error {
    var reason: String

    init(reason: String) { self.reason = reason }

    init(errno code: Int32) { reason = String(cString: strerror(code)) }
  }

  /// The path behind symbolic links, or the path itself if there is nothing yet.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static let serial = Atomic<UInt64>(0)

  private static func replace(
    _ path: String, with data: Data, permissions: mode_t?
  ) throws(Failure) {
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "./"
    // Short and independent of the file's name, which may itself be as long as the file system allows.
    var (temporary, descriptor) = ("", Int32(-1))
    repeat {
      let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
      temporary = "\(folder).swiftkv-\(getpid())-\(number).tmp"
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    } while descriptor < 0 && errno == EEXIST
    guard descriptor >= 0 else {
      let code = errno
      throw code == ENOENT ? Failure(reason: "there is no folder '\(folder)'") : Failure(errno: code)
    }
    do throws(Failure) {
      defer { close(descriptor) }
      if let permissions, fchmod(descriptor, permissions) != 0 { throw Failure(errno: errno) }
      try writeAll(data, to: descriptor)
      // Some file systems report a full disk only here.
      guard fsync(descriptor) == 0 else { throw Failure(errno: errno) }
      guard rename(temporary, path) == 0 else { throw Failure(errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name reaches the disk with its folder. The content is safe already, so a failure here is no error.
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      _ = fsync(directory)
      close(directory)
    }
  }

  private static func writeAll(_ data: Data, to descriptor: Int32) throws(Failure) {
    let code = data.withUnsafeBytes { bytes -> Int32 in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        rest = rest.dropFirst(written)
      }
      return 0
    }
    if code != 0 { throw Failure(errno: code) }
  }
}
