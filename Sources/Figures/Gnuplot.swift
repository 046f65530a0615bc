import CGnuplotShim
import Foundation

/// A running gnuplot that reads commands. Move-only, so that its exit status is asked for exactly once: by ``close()``.
///
/// In batch mode gnuplot stops at the first error. Commands sent after that throw ``FigureError/brokenPipe``; close the
/// session then to learn the status.
struct Gnuplot: ~Copyable {
  /// `-d`: without the user's own settings files, which would make figures differ between machines.
  static let defaultCommand = "gnuplot -d"

  private let session: OpaquePointer

  /// - Parameter command: for the shell. That its program is missing shows only when the session is closed.
  init(command: String = Gnuplot.defaultCommand) throws(FigureError) {
    guard let session = gp_open(command) else {
      throw .cannotStart(reason: String(cString: strerror(errno)))
    }
    self.session = session
  }

  borrowing func send(_ commands: String) throws(FigureError) {
    if gp_send(session, commands) != GP_OK { throw .brokenPipe }
  }

  /// Defines the datablock `$name`, [rows, columns].
  borrowing func define(_ name: String, rows: [[Double]]) throws(FigureError) {
    let values = rows.flatMap(\.self)
    if gp_block(session, name, values, rows.count, rows.first?.count ?? 0) != GP_OK { throw .brokenPipe }
  }

  borrowing func run(_ script: FigureScript) throws(FigureError) {
    for statement in script.statements {
      switch statement {
      case .commands(let text): try send(text)
      case .block(let name, let rows): try define(name, rows: rows)
      }
    }
  }

  /// Ends the input and waits for the process to finish what it was sent.
  ///
  /// - Returns: the exit status: 0...255, 128 + signal, or −1 if the system does not tell.
  consuming func close() -> Int32 {
    let status = gp_close(session)
    discard self
    return status
  }

  deinit { _ = gp_close(session) }
}
