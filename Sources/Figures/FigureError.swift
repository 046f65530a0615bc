/// Why figures could not be drawn. Files of an earlier drawing are still whole when one of these is thrown.
public enum FigureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The shell found no such program.
  case gnuplotMissing(command: String)
  /// No process could be started at all (descriptors or memory ran out).
  case cannotStart(reason: String)
  /// Exit status 1...255, 128 + signal, or −1; the message is what gnuplot wrote to its standard error.
  case gnuplotFailed(status: Int32, message: String)
  case cannotWrite(path: String, reason: String)
  /// gnuplot reported success but the file is not whole: the usual sign of a full disk.
  case incomplete(file: String)
  /// A figure name that is empty, is used twice in one call, or is no plain file name.
  case badName(String)

  public var description: String {
    switch self {
    case .gnuplotMissing(let command):
      "figures need gnuplot, and '\(command)' was not found; install it with "
        + "'apt-get install gnuplot-nox fonts-dejavu-core' (Debian, Ubuntu)"
    case .cannotStart(let reason): "gnuplot cannot be started: \(reason)"
    case .gnuplotFailed(let status, let message):
      "gnuplot failed with exit status \(status)" + (message.isEmpty ? "" : ": \(message)")
    case .cannotWrite(let path, let reason): "cannot write figures to '\(path)': \(reason)"
    case .incomplete(let file): "'\(file)' was not written whole; is the disk full?"
    case .badName(let name):
      "'\(name)' cannot name a figure: a name is used once and is a plain file name without '/'"
    }
  }
}
