import Quantities
import Testing

@Suite("a path cut before its last component") struct SplitPathTests {
  /// Protects above all paths of one character, at which Foundation traps.
  @Test(
    "folder, name and stem",
    arguments: [
      ("a", ".", "a", "a"), ("-", ".", "-", "-"), ("/", "/", "", ""), ("", ".", "", ""),
      ("rag.yaml", ".", "rag.yaml", "rag"), ("/rag.yaml", "/", "rag.yaml", "rag"),
      ("x/y.z/b.tar.gz", "x/y.z", "b.tar.gz", "b.tar"), ("x//y/", "x", "y", "y"), ("///a", "/", "a", "a"),
      (".hidden", ".", ".hidden", ".hidden"), ("é/日本.yaml", "é", "日本.yaml", "日本"), ("../", ".", "..", "."),
    ])
  func parts(path: String, folder: String, name: String, stem: String) {
    let parts = SplitPath(path)
    #expect(parts.folder == folder)
    #expect(parts.name == name)
    #expect(parts.stem == stem)
  }
}
