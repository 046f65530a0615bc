import Foundation
import Metrics
import Quantities
import Testing

@testable import Figures

enum InstalledGnuplot {
  static let exists = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].contains {
    FileManager.default.isExecutableFile(atPath: $0 + "/gnuplot")
  }
}

/// Drawing itself: files appear whole or not at all, and a failure says what to do.
@Suite("drawing", .serialized, .enabled(if: InstalledGnuplot.exists, "gnuplot is not installed"))
struct FigureWriterTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("figures-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private var figures: [Figure] {
    let runs = Array(PlottedRun.seven.prefix(2))
    return [
      Charts.latencyCDF(.ttft, runs: runs, scenario: "a_b % @{x}^2 'q'", limit: 1), SyntheticStep.figure,
    ]
  }

  @Test("SVG and PNG of every figure, the same bytes each time, nothing else in the folder") func files()
    throws
  {
    try inFolder { folder in
      let names = try FigureWriter.write(figures, to: folder).map { ($0 as NSString).lastPathComponent }
      #expect(
        names == [
          "ttft-cdf-a-b-x-2-q.svg", "ttft-cdf-a-b-x-2-q.png", "roofline-mixed.svg", "roofline-mixed.png",
        ])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.sorted())
      let svg = try Data(contentsOf: URL(filePath: "\(folder)/\(names[0])"))
      let text = try #require(String(bytes: svg, encoding: .utf8))
      #expect(
        text.hasPrefix("<?xml") && text.contains("a_b % @{x}^2"), "user text is drawn as it was written")
      let png = try Data(contentsOf: URL(filePath: "\(folder)/\(names[1])"))
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      _ = try FigureWriter.write(figures, to: folder, formats: [.svg])
      #expect(try Data(contentsOf: URL(filePath: "\(folder)/\(names[0])")) == svg)
    }
  }

  @Test("a gnuplot that fails reports its status and message, and old files stay") func failure() throws {
    try inFolder { folder in
      _ = try FigureWriter.write(figures, to: folder, formats: [.svg])
      let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      func thrown(_ command: String) -> FigureError? {
        do throws(FigureError) {
          _ = try FigureWriter.write(figures, to: folder, formats: [.svg], command: command)
        } catch {
          return error
        }
        return nil
      }
      // What can be found before a simulation is.
      try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
      #expect(
        throws: FigureError.cannotWrite(
          path: "\(folder)/file/x", reason: "'\(folder)/file' is a file, not a folder")
      ) { try FigureWriter.checkFolder("\(folder)/file/x") }
      try FileManager.default.removeItem(atPath: "\(folder)/file")
      #expect(thrown("no-such-gnuplot") == .gnuplotMissing(command: "no-such-gnuplot"))
      #expect(thrown("no-such-gnuplot")?.description.contains("apt-get install gnuplot-nox") == true)
      guard case .gnuplotFailed(let status, let message)? = thrown("sh -c 'echo broken >&2; exit 7'") else {
        Issue.record("exit 7 went unnoticed")
        return
      }
      #expect(status == 7 && message.contains("broken"))
      // Reads everything, draws nothing, claims success.
      guard case .incomplete? = thrown("cat > /dev/null") else {
        Issue.record("a missing file went unnoticed")
        return
      }
      let after = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(after == before, "no leftovers")
    }
  }

  @Test("a folder that cannot be made, names that are none") func badTargets() throws {
    try inFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let file = folder + "/file"
      try Data().write(to: URL(filePath: file))
      #expect(throws: FigureError.self) {
        try FigureWriter.write(figures, to: file + "/sub", formats: [.svg])
      }
      var figure = SyntheticStep.figure
      figure.name = "../escape"
      #expect(throws: FigureError.badName("../escape")) { try FigureWriter.write([figure], to: folder) }
      let twice = [SyntheticStep.figure, SyntheticStep.figure]
      #expect(throws: FigureError.badName("roofline-mixed")) { try FigureWriter.write(twice, to: folder) }
      let none = try FigureWriter.write([], to: folder)
      #expect(none.isEmpty)
    }
  }

  @Test("degenerate figures are drawn, not refused by gnuplot") func degenerate() throws {
    try inFolder { folder in
      let figures = [
        Charts.latencyCDF(.ttft, runs: [.empty], scenario: "one", limit: nil),
        Charts.latencyCDF(.ttft, runs: [.constant("baseline", ttft: 0)], scenario: "two", limit: nil),
        Charts.attribution(runs: [.empty], scenario: "three"), Charts.busy(runs: [.empty], scenario: "four"),
        Charts.againstSkipRatio(runs: [.constant("baseline", ttft: 1)], scenario: "five"),
        Charts.timeline(runs: [.empty], showing: ["baseline"], scenario: "six"),
        Charts.againstSkipRatio(runs: PlottedRun.seven, scenario: "seven"),
        Charts.timeline(runs: PlottedRun.seven, showing: ["baseline", "swiftkv-50"], scenario: "eight"),
      ]
      let paths = try FigureWriter.write(figures, to: folder)
      #expect(paths.count == 16)
    }
  }
}
