import InputFiles
import Testing

/// Rows of a CSV text as if read from `t.csv`.
private func cursor(_ text: String) throws -> CSVCursor {
  try CSVCursor(TextFile(path: "t.csv", bytes: Array(text.utf8)))
}

@Suite struct CSVCursorTests {
  @Test("CRLF, quotes, a byte-order mark and blank lines are read through")
  func reading() throws {
    var csv = try cursor("\u{FEFF}name,\"a, b\"\r\n\r\n\"x, y\", 1.5 \r\nz,2\r\n")
    let columns = try csv.required(["name", "a, b"])
    var rows: [(String, Double?)] = []
    while csv.advance() { rows.append((csv.excerpt(columns[0]), csv.number(columns[1], in: 0...10))) }
    #expect(rows.map(\.0) == ["'x, y'", "'z'"])
    #expect(rows.map(\.1) == [1.5, 2])
    #expect(csv.problems.isEmpty)
  }

  @Test("problems carry their line; ten are spelled out")
  func problems() throws {
    var csv = try cursor("n\n" + String(repeating: "x\n", count: 12))
    let columns = try csv.required(["n"])
    while csv.advance() { _ = csv.integer(columns[0], in: 1...2000) }
    #expect(csv.problems.problems.count == 10)
    #expect(csv.problems.omitted == 2)
    #expect(
      csv.problems.problems.first?.description
        == "t.csv:2: n is 'x'; allowed are whole numbers from 1 to 2,000")
  }

  @Test("a missing column is named with those there are")
  func missing() throws {
    let csv = try cursor("a,b\n1,2\n")
    let error = #expect(throws: InputError.self) { try csv.required(["c", "a", "d"]) }
    #expect(error?.description == "t.csv:1: no column c, d; found are the columns a, b")
  }
}
