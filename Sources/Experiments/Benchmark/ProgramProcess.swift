import Foundation
import Glibc

/// This program once more, as a process of its own.
struct ProgramProcess {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// The file that this process runs.
  static func ownPath() throws(Failure) -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw Failure(description: "/proc/self/exe cannot be read, so the program cannot be started as a whole")
    }
    defer { free(path) }
    return String(cString: path)
  }

  /// Runs it to its end.
  ///
  /// - Parameter output: a file for its standard output.
  /// - Returns: seconds from before its start until after its end.
  /// - Throws: ``Failure`` if it cannot be started or ends with a status other than 0.
  static func run(_ arguments: [String], output: String = "/dev/null") throws(Failure) -> Double {
    let program = try ownPath()
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child = pid_t()
    var status: Int32 = 0
    let start = ContinuousClock.now
    let error = posix_spawn(&child, program, &files, nil, &words, environ)
    guard error == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(error)))") }
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    let seconds = (ContinuousClock.now - start).seconds
    guard status == 0 else {
      throw Failure(description: "'\(arguments.joined(separator: " "))' ended with status \(status >> 8)")
    }
    return seconds
  }

  /// Most memory that this process had in use at once so far, in bytes; nil where the system does not say.
  static func peakResidentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
        $0 * 1024
      }
    }
    return nil
  }
}
