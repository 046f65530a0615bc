import Foundation
import Glibc
import Quantities
import Synchronization

/// Why a file could not be written.
struct FileFailure: Error {
  var reason: String

  init(reason: String) { self.reason = reason }

  init(errno code: Int32) { reason = String(cString: strerror(code)) }
}

/// A file in the making: content under a temporary name in the folder of its destination, which takes its place when it is complete.
///
/// Given up unless committed: the temporary file then goes, and what was at the destination stays.
final class StagedFile: Sendable {
  private let destination: String
  private let temporary: String
  private let descriptor: Int32
  /// A device or a pipe, into which the content is copied.
  private let isCopied: Bool
  private let isCommitted = Atomic(false)

  /// - Parameter path: a symbolic link stays and its destination is replaced; the permissions of a file that was there are kept.
  init(for path: String) throws(FileFailure) {
    guard !path.isEmpty else { throw FileFailure(reason: "the path is empty") }
    destination = Self.resolved(path)
    var status = stat()
    let exists = stat(destination, &status) == 0
    let kind = status.st_mode & S_IFMT
    if exists, kind == S_IFDIR { throw FileFailure(reason: "it is a folder") }
    isCopied = exists && kind != S_IFREG
    let folder =
      isCopied
      ? FileManager.default.temporaryDirectory.path + "/"
      : destination.contains("/")
        ? String(destination[...(destination.lastIndex(of: "/") ?? destination.startIndex)]) : "./"
    (temporary, descriptor) = try Self.makeTemporary(in: folder)
    if exists, !isCopied, fchmod(descriptor, status.st_mode & 0o7777) != 0 { throw FileFailure(errno: errno) }
  }

  deinit {
    if !isCommitted.load(ordering: .relaxed) { unlink(temporary) }
    close(descriptor)
  }

  private static let serial = Atomic<UInt64>(0)

  private static func makeTemporary(in folder: String) throws(FileFailure) -> (String, Int32) {
    while true {
      let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
      // Short and independent of the file's name, which may itself be as long as the file system allows.
      let path = "\(folder).swiftkv-\(getpid())-\(number).tmp"
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (path, descriptor) }
      let code = errno
      if code == ENOENT { throw FileFailure(reason: "there is no folder '\(folder)'") }
      if code != EEXIST { throw FileFailure(errno: code) }
    }
  }

  /// The path behind symbolic links, or the path itself if there is nothing yet.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    try Self.writeAll(bytes, to: descriptor)
  }

  /// Appends all of another staged file, in memory that does not depend on its size.
  func append(_ other: StagedFile) throws(FileFailure) { try other.copy(to: descriptor) }

  private func copy(to target: Int32) throws(FileFailure) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw FileFailure(errno: errno) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 1)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileFailure(errno: errno) }
      guard count > 0 else { return }
      try Self.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: target)
    }
  }

  /// Puts the content in place.
  func commit() throws(FileFailure) {
    if isCopied {
      let device = open(destination, O_WRONLY | O_CLOEXEC)
      guard device >= 0 else { throw FileFailure(errno: errno) }
      defer { close(device) }
      return try copy(to: device)
    }
    // Some file systems report a full disk only here.
    guard fsync(descriptor) == 0 else { throw FileFailure(errno: errno) }
    guard rename(temporary, destination) == 0 else { throw FileFailure(errno: errno) }
    isCommitted.store(true, ordering: .relaxed)
    // The new name reaches the disk with its folder. The content is safe already, so a failure here is no error.
    let directory = open(SplitPath(destination).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      _ = fsync(directory)
      close(directory)
    }
  }

  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(FileFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw FileFailure(errno: errno)
      }
      rest = rest.dropFirst(written)
    }
  }
}
