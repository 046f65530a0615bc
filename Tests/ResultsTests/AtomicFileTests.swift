import Foundation
import Results
import Testing

@Suite struct AtomicFileTests {
  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func writing(to path: String) throws -> String {
    try #require(throws: ResultsError.self) { try AtomicFile.write("new", to: path) }.description
  }

  @Test("a file is made, then replaced, and nothing else stays in the folder")
  func replaces() throws {
    try withFolder { folder in
      try AtomicFile.write("one", to: folder + "/a.json")
      try AtomicFile.write(Data("two".utf8), to: folder + "/a.json")
      #expect(try text(folder + "/a.json") == "two")
      #expect(try names(in: folder) == ["a.json"])
    }
  }

  @Test("the permissions of a replaced file stay")
  func permissions() throws {
    try withFolder { folder in
      let path = folder + "/a.json"
      try AtomicFile.write("one", to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: path)
      try AtomicFile.write("two", to: path)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o604)
    }
  }

  @Test("a symbolic link stays, and what it leads to is replaced")
  func symbolicLink() throws {
    try withFolder { folder in
      try AtomicFile.write("one", to: folder + "/real.json")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link.json", withDestinationPath: folder + "/real.json")
      try AtomicFile.write("two", to: folder + "/link.json")
      #expect(try text(folder + "/real.json") == "two")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link.json") == folder
          + "/real.json")
    }
  }

  @Test("a folder, a missing folder, no path: path and reason are told")
  func badPaths() throws {
    try withFolder { folder throws in
      #expect(try writing(to: folder) == "cannot write '\(folder)': it is a folder")
      #expect(
        try writing(to: folder + "/none/a.json")
          == "cannot write '\(folder)/none/a.json': there is no folder '\(folder)/none/'")
      #expect(try writing(to: "") == "cannot write '': the path is empty")
      try AtomicFile.write("one", to: folder + "/file")
      #expect(
        try writing(to: folder + "/file/a.json") == "cannot write '\(folder)/file/a.json': Not a directory")
      #expect(try names(in: folder) == ["file"])
    }
  }

  /// The last step fails: the content is written, but a name of 256 bytes cannot be taken.
  @Test("after a failure no temporary file stays")
  func cleansUp() throws {
    try withFolder { folder in
      try AtomicFile.write("one", to: folder + "/a.json")
      let name = String(repeating: "a", count: 256)
      #expect(try writing(to: "\(folder)/\(name)") == "cannot write '\(folder)/\(name)': File name too long")
      #expect(try names(in: folder) == ["a.json"])
      #expect(try text(folder + "/a.json") == "one")
    }
  }

  @Test(
    "a full device is an error, and a device stays a device", .enabled(if: access("/dev/full", W_OK) == 0))
  func devices() throws {
    #expect(try writing(to: "/dev/full") == "cannot write '/dev/full': No space left on device")
    try AtomicFile.write("nothing", to: "/dev/null")
    #expect(
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        == .typeCharacterSpecial)
  }
}
