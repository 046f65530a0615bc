import Foundation
import Metrics
import Quantities
import Testing

@testable import Figures

/// Whether a gnuplot is on the path; the tests below are skipped, visibly, where it is not.
private let hasGnuplot: Bool = {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
}()

/// Serialised: each starts processes, and one at a time is kinder to a small machine.
@Suite("Drawing", .serialized, .enabled(if: hasGnuplot, "gnuplot is not installed")) struct DrawingTests {
  private let small = Charts.latencyCDF(
    .ttft, runs: [.constant("baseline", ttft: 1), .constant("b", ttft: 2)], scenario: "s", limit: 1)

  /// An empty folder, gone after the test.
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "figures it's \(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private var all: [Figure] {
    [
      Charts.latencyCDF(.ttft, runs: PlottedRun.seven, scenario: "rag", limit: 2),
      Charts.againstSkipRatio(runs: PlottedRun.seven, scenario: "rag"),
      Charts.timeline(runs: PlottedRun.seven, scenario: "rag"),
      Charts.attribution(runs: PlottedRun.seven, scenario: "rag"),
      Charts.busy(runs: PlottedRun.seven, scenario: "rag"),
      SyntheticStep.figure,
    ] + PlannerSamples().figures
  }

  @Test func `Files come in order, whole, small, and with nothing beside them`() throws {
    try inFolder { folder in
      let paths = try FigureWriter.write(all, to: folder + "/plots/new")
      #expect(
        paths == all.flatMap { ["\(folder)/plots/new/\($0.name).svg", "\(folder)/plots/new/\($0.name).png"] })
      #expect(try names(in: folder + "/plots/new").count == paths.count)
      for path in paths where path.hasSuffix("svg") {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.utf8.count < 80_000)
        #expect(XMLCheck.isWellFormed(text))
        #expect(!text.contains("<title>Gnuplot"))
      }
    }
  }

  @Test func `The same figure gives the same SVG bytes`() throws {
    try inFolder { folder in
      let first = try FigureWriter.write(all, to: folder + "/a", formats: [.svg])
      let second = try FigureWriter.write(all.reversed(), to: folder + "/b", formats: [.svg])
      for (a, b) in zip(first, second.reversed()) {
        #expect(FileManager.default.contents(atPath: a) == FileManager.default.contents(atPath: b))
      }
    }
  }

  /// A warning means a figure that is not what its author meant, even if it is drawn.
  @Test func `gnuplot draws odd data and odd names without a word`() throws {
    let odd = PlottedRun.constant("it's_50 %{x}^@~&<>\\ \"`ls`\n€", ttft: 0.5)
    let huge = PlottedRun.constant("huge", ttft: 3e5, outputTokens: 4)
    let tiny = PlottedRun.constant("tiny", ttft: 1e-7, count: 1, outputTokens: 4)
    let sets: [[PlottedRun]] = [
      [], [.empty], [odd], [odd, .constant("zero", ttft: 0)], [huge, tiny], [.empty, huge],
    ]
    try inFolder { folder in
      let gnuplot = try Gnuplot(command: "cd '\(folder.replacing("'", with: "'\\''"))' && gnuplot -d 2>log")
      for runs in sets {
        let figures = [
          Charts.latencyCDF(.ttft, runs: runs, scenario: "a'b", limit: 0),
          Charts.againstSkipRatio(runs: runs, scenario: "s"),
          Charts.latencyCDF(.itl, runs: runs, scenario: "a'b", limit: .infinity),
          Charts.timeline(runs: runs, scenario: "s"), Charts.attribution(runs: runs, scenario: "s"),
          Charts.busy(runs: runs, scenario: "s"),
        ]
        for figure in figures { try gnuplot.run(FigureScript(figure, formats: [.svg])) }
      }
      for figure in PlannerOddDataTests.all { try gnuplot.run(FigureScript(figure, formats: [.svg])) }
      let empty = Charts.roofline(points: [], ceilings: [], bandwidth: 0, step: "", name: "r")
      try gnuplot.run(FigureScript(empty, formats: FigureFormat.allCases))
      let status = gnuplot.close()
      #expect(status == 0)
      #expect(try String(contentsOfFile: folder + "/log", encoding: .utf8).isEmpty)
    }
  }

  @Test func `A bad command shows in the exit status`() throws {
    let gnuplot = try Gnuplot(command: "gnuplot -d 2>/dev/null")
    try gnuplot.send("this is no command")
    try gnuplot.send("x = 1")
    let status = gnuplot.close()
    #expect(status == 1)
  }

  /// Writing to a process that has ended raises SIGPIPE, which would end the program.
  @Test(arguments: [("exit 3", 3), ("kill -9 $$", 137)])
  func `A process that dies early breaks the pipe, not the program`(command: String, status: Int32) throws {
    let gnuplot = try Gnuplot(command: command)
    #expect(throws: BrokenPipe.self) {
      // More than a pipe holds.
      for _ in 0..<100 { try gnuplot.send(String(repeating: "# filler\n", count: 1000)) }
    }
    let ended = gnuplot.close()
    #expect(ended == status)
  }

  @Test func `A figure that gnuplot refuses is reported with its message and changes no file`() throws {
    try inFolder { folder in
      let old = Data("old".utf8)
      let path = "\(folder)/\(small.name).svg"
      try old.write(to: URL(fileURLWithPath: path))
      let error = try #require(throws: FigureError.self) {
        try FigureWriter.write([small], to: folder, command: "{ cat; echo 'no such command'; } | gnuplot -d")
      }
      guard case .gnuplotFailed(1, let message) = error else { Issue.record("\(error)"); return }
      #expect(message.contains("invalid command"))
      #expect(FileManager.default.contents(atPath: path) == old)
      #expect(try names(in: folder) == ["\(small.name).svg"])
    }
  }

  @Test func `A missing gnuplot is told with what to install`() throws {
    try inFolder { folder in
      let error = try #require(throws: FigureError.self) {
        try FigureWriter.write([small], to: folder, command: "no-such-gnuplot -d")
      }
      #expect(error == .gnuplotMissing(command: "no-such-gnuplot -d"))
      #expect(error.description.contains("apt-get install gnuplot-nox"))
      #expect(try names(in: folder).isEmpty)
    }
  }

  /// What a full disk does to a file: the limit on its size stands in for it.
  @Test(arguments: ["ulimit -f 8; exec gnuplot -d", "cat >/dev/null", "true"])
  func `Files that were not written whole never replace old ones`(command: String) throws {
    try inFolder { folder in
      _ = try FigureWriter.write([small], to: folder)
      let before = try names(in: folder).map { FileManager.default.contents(atPath: "\(folder)/\($0)") }
      #expect(throws: FigureError.self) { try FigureWriter.write([small], to: folder, command: command) }
      #expect(try names(in: folder).map { FileManager.default.contents(atPath: "\(folder)/\($0)") } == before)
    }
  }

  @Test func `A folder that cannot be made is named`() throws {
    try inFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      let error = try #require(throws: FigureError.self) {
        try FigureWriter.write([small], to: folder + "/file/plots")
      }
      guard case .cannotWrite(let path, let reason) = error else { Issue.record("\(error)"); return }
      #expect(path == folder + "/file/plots")
      #expect(!reason.isEmpty)
      #expect(try names(in: folder) == ["file"])
    }
  }

  @Test(arguments: ["", "a/b", "../up", ".hidden"])
  func `Names that leave the folder are refused`(name: String) throws {
    try inFolder { folder in
      var figure = small
      figure.name = name
      #expect(throws: FigureError.badName(name)) { try FigureWriter.write([figure], to: folder) }
      #expect(throws: FigureError.badName(small.name)) { try FigureWriter.write([small, small], to: folder) }
    }
  }

  /// Two sessions that inherited each other's pipes would wait for each other for ever.
  @Test func `Several writers at a time do not disturb each other`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("figures-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let figure = small
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { _ = try FigureWriter.write([figure], to: folder, formats: [.svg]) } }
      try await group.waitForAll()
    }
    #expect(try names(in: folder) == ["\(figure.name).svg"])
  }

  @Test func `Nothing to draw starts nothing`() throws {
    #expect(try FigureWriter.write([], to: "/nowhere", command: "no-such-gnuplot").isEmpty)
  }
}

/// Enough of XML to notice an unescaped text or a lost tag.
private enum XMLCheck {
  static func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    for part in text.split(separator: "<").dropFirst() {
      guard let end = part.firstIndex(of: ">") else { return false }
      let tag = part[..<end]
      if tag.hasPrefix("/") {
        if open.popLast() != tag.dropFirst() { return false }
      } else if !tag.hasSuffix("/"), !tag.hasPrefix("?"), !tag.hasPrefix("!") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty
  }
}
