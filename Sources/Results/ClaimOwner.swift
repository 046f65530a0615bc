import Foundation
import Glibc

/// Who claims simulations: one run of the program.
public struct ClaimOwner: Hashable, Sendable {
  /// Unique.
  let name: String
  /// Which process it is, in a form that other processes of this machine can look up.
  let process: String

  /// This process, with a name of its own.
  public init() {
    name = UUID().uuidString
    process = Self.place + " \(getpid()) " + (Self.start(of: getpid()) ?? "?")
  }

  /// The boot of the machine and the process namespace (a container has its own): only within them do process ids mean something.
  private static let place: String = {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
    return "\((boot ?? "?").trimmingCharacters(in: .whitespacesAndNewlines)) \(namespace ?? "?")"
  }()

  /// When a process began, in clock ticks since the boot, so that a new process with an old id is told apart; nil if there is none.
  private static func start(of id: pid_t) -> String? {
    guard let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
      let name = status.lastIndex(of: ")")
    else { return nil }
    // The 22nd field; the second, in brackets, may hold spaces.
    let rest = status[status.index(after: name)...].split(separator: " ")
    // A zombie does nothing any more.
    return rest.count > 19 && rest[0] != "Z" ? String(rest[19]) : nil
  }

  /// Whether a process certainly does not live any more. One of another machine may.
  static func isGone(_ process: String) -> Bool {
    let parts = process.split(separator: " ")
    guard parts.count == 4, parts.prefix(2).joined(separator: " ") == place, let id = pid_t(parts[2]),
      !parts.contains("?")
    else { return false }
    return start(of: id).map { $0 != parts[3] } ?? true
  }
}
