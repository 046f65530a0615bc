/// A file's path, cut before its last component: where it is and what it is called.
///
/// Foundation does the same, but its `deletingLastPathComponent` and `lastPathComponent` of `NSString` trap on a path of one
/// character (Swift 6.3 on Linux), and a file may well be called `a`.
public struct SplitPath: Hashable, Sendable {
  /// What precedes the last component, without a slash at its end; `/` for a file of the root folder and `.` for a bare name.
  public let folder: String
  /// The last component, slashes behind it left out; empty if there is none.
  public let name: String

  public init(_ path: String) {
    let (whole, slash) = (path.utf8[...], UInt8(ascii: "/"))
    func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
      text.lastIndex { $0 != slash }.map { text[...$0] } ?? text.prefix(0)
    }
    let body = trimmed(whole)
    guard let cut = body.lastIndex(of: slash) else {
      name = String(Substring(body))
      folder = body.isEmpty && !path.isEmpty ? "/" : "."
      return
    }
    name = String(Substring(body[body.index(after: cut)...]))
    let parent = trimmed(body[..<cut])
    folder = parent.isEmpty ? "/" : String(Substring(parent))
  }

  /// A path as seen from a folder; an absolute one stays.
  public static func join(_ folder: String, _ path: String) -> String {
    path.hasPrefix("/") || folder == "." ? path : folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  /// The name up to its last dot; a name that begins with its only dot stays whole.
  public var stem: String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}
