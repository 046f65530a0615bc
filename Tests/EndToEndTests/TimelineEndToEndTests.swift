import Foundation
import Testing

/// `--trace`: the whole file, as a checker reads it that shares nothing with the program.
@Suite struct TimelineEndToEndTests {
  private static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/python3" }.first(where: FileManager.default.isExecutableFile)

  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// - Returns: exit status, standard output and standard error of `scripts/check-trace.py`.
  private func check(_ program: Program, _ arguments: String...) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [Self.repository.appending(path: "scripts/check-trace.py").path] + arguments
    process.currentDirectoryURL = program.folder
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  /// Few blocks: requests are preempted and some refused.
  private static let crowded = [
    "compare", "tiny.yaml", "--variant", "baseline,swiftkv-50", "--set", "engine.num_gpu_blocks_override=260",
    "--set", "engine.max_model_len=4000", "--set", "workload.output_tokens={uniform: [1, 400]}", "--no-store",
    "--quiet",
  ]

  @Test("a timeline is well formed, and its sums are those of the result file", .enabled(if: python != nil))
  func wellFormed() throws {
    let program = try Program()
    defer { program.remove() }
    for name in ["t.json", "t.json.gz"] {
      let result = try program.run(Self.crowded + ["--trace", name, "--json", "r.jsonl", "--threads", "2"])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let (status, text) = try check(program, name, "--result", "r.jsonl")
      #expect(status == 0, "\(text)")
      #expect(text.contains("tiny: baseline: ") && text.contains("tiny: swiftkv-50: "))
      #expect(!text.contains(" 0 preemptions"), "the scene preempts nobody: \(text)")
    }
    #expect(try program.made() == ["r.jsonl", "t.json", "t.json.gz"])
    let first = try program.read("t.json")
    _ = try program.run(Self.crowded + ["--trace", "t.json", "--threads", "1"])
    #expect(try program.read("t.json") == first, "INV-5")
  }

  @Test("the checker finds what is wrong", .enabled(if: python != nil))
  func checker() throws {
    let program = try Program()
    defer { program.remove() }
    _ = try program.run(Self.crowded + ["--trace", "t.json"])
    let text = try program.read("t.json")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let damages: [(String, String)] = [
      (try without(#""ph": "X""#, lines), "steps, but the run had"),
      (try without(#""name": "decode", "ph": "e""#, lines), "never end"),
      (try without(#""process_name""#, lines), "has no name"),
      (text.replacing(#""dur": "#, with: #""dur": 9"#), "slices overlap"),
      (text.replacing(#""ph": "C", "ts": "#, with: #""ph": "C", "ts": -"#), "ts is no time"),
      (text.replacing(#""running": "#, with: #""jogging": "#), "unknown counter"),
      (String(text.prefix(text.count / 2)), "t.json: "),
    ]
    for (damaged, problem) in damages {
      try program.write(damaged, to: "t.json")
      let (status, found) = try check(program, "t.json")
      #expect(status == 1 && found.contains(problem), "expected '\(problem)', found '\(found.prefix(400))'")
    }
  }

  private func without(_ text: String, _ lines: [Substring]) throws -> String {
    var lines = lines
    lines.remove(at: try #require(lines.firstIndex { $0.contains(text) }))
    return lines.joined(separator: "\n")
  }

  @Test("a window shows a part of the run and says so", .enabled(if: python != nil))
  func window() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      "run", "tiny.yaml", "--no-store", "--quiet", "--trace", "w.json", "--trace-window", "500ms..1s")
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("swiftkv-sim: w.json shows 500 ms to 1 s of "), "\(result.errors)")
    let (status, text) = try check(program, "w.json")
    #expect(status == 0, "\(text)")
    let whole = try program.run("run", "tiny.yaml", "--no-store", "--quiet", "--trace", "w.json")
    #expect(whole.status == 0 && whole.errors.isEmpty)
  }

  @Test(
    "wrong uses end with status 2 and leave nothing behind",
    arguments: [
      (["--trace", "-"], "--trace: only --json takes '-'"), (["--trace", ""], "--trace: the name is empty"),
      (["--trace-window", "0..1"], "--trace-window needs --trace"),
      (["--trace", "a.json", "--trace-window", "2..1"], "--trace-window: '2..1' is no window"),
      (["--trace", "a", "--csv", "a"], "--trace: 'a' is the file of --csv, too"),
      (["--trace", "tiny.yaml"], "--trace: 'tiny.yaml' is read by this run"),
    ] as [([String], String)])
  func wrongUse(arguments: [String], message: String) throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(["run", "tiny.yaml", "--no-store"] + arguments)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try program.made().isEmpty)
  }
}
