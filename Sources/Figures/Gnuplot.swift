import CGnuplotShim
import Foundation

/// gnuplot ended, or stopped reading, before it had got everything.
struct BrokenPipe: Error {}

/// A running gnuplot that reads commands. Move-only, so that its exit status is asked for exactly once: by ``close()``.
///
/// Fed through a pipe, gnuplot goes on after an error in a command and remembers it in its status. A process that ends early
/// makes commands throw ``BrokenPipe``; close the session then to learn the status.
struct Gnuplot: ~Copyable {
  private let session: OpaquePointer

  /// - Parameter command: for the shell. That its program is missing shows only when the session is closed.
  init(command: String) throws(FigureError) {
    guard let session = gp_open(command) else {
      throw .cannotStart(reason: String(cString: strerror(errno)))
    }
    self.session = session
  }

  borrowing func send(_ commands: String) throws(BrokenPipe) {
    if gp_send(session, commands) != GP_OK { throw BrokenPipe() }
  }

  /// Defines the datablock `$name`, [rows, columns].
  borrowing func define(_ name: String, rows: [[Double]]) throws(BrokenPipe) {
    let values = rows.flatMap(\.self)
    if gp_block(session, name, values, rows.count, rows.first?.count ?? 0) != GP_OK { throw BrokenPipe() }
  }

  borrowing func run(_ script: FigureScript) throws(BrokenPipe) {
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
