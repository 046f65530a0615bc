import Foundation
import Testing
import Workload

@testable import Experiments

/// Bad input: files that are no scenario at all.
@Suite("Scenario: reading a file")
struct ScenarioFileTests {
  @Test(
    "text that is no YAML map says what and where",
    arguments: [
      ("", "rag.yaml: empty; a scenario has at least model, hardware and workload"),
      ("# a comment\n", "rag.yaml: empty; a scenario has at least model, hardware and workload"),
      ("---\n", "rag.yaml: empty; a scenario has at least model, hardware and workload"),
      (
        "- a\n",
        "rag.yaml:1: found a list at top level; a scenario consists of keys: model, hardware, workload, …"
      ),
      (
        "rag\n",
        "rag.yaml:1: found 'rag' at top level; a scenario consists of keys: model, hardware, workload, …"
      ),
      (
        "model: a\nengine: {max_num_seqs: 5",
        "rag.yaml:2: not valid YAML: the { opened on line 2 is not closed before this point (did not find expected ',' or '}')"
      ),
      (
        "model: a\nengine: {max_num_seqs:\n",
        "rag.yaml:2: not valid YAML: did not find expected node content while parsing a flow node that starts on line 2"
      ),
      (
        "model: 'a\n",
        "rag.yaml:1: not valid YAML: the quote opened on line 1 is not closed before this point (found unexpected end of "
          + "stream)"
      ),
      ("model: a\nengine:\n\tmax_num_seqs: 5\n", "rag.yaml:3: a tab indents this line; YAML wants spaces"),
      ("model: a: b\n", "rag.yaml:1: not valid YAML: mapping values are not allowed in this context"),
      (
        "model: a\n---\nmodel: b\n",
        "rag.yaml:2: a second document starts here (---); one file holds one scenario"
      ),
      ("model: *x\n", "rag.yaml:1: not valid YAML: found undefined alias"),
      ("a: 1\nmodel: \u{1}\n", "rag.yaml:2: not a text file: control characters are not allowed"),
    ])
  func noScenario(text: String, message: String) {
    #expect(ScenarioSample.problems(text) == [message])
  }

  @Test("deep nesting and aliases of aliases neither crash nor hang")
  func hostile() {
    let deep = String(repeating: "[", count: 50_000)
    #expect(ScenarioSample.problems("model: " + deep).first?.hasPrefix("rag.yaml:1: not valid YAML") == true)
    let nested = "model: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    #expect(
      ScenarioSample.problems(nested).first
        == "rag.yaml:1: model: found a list; allowed is a catalogue name or the path of a config.json")
    var lines = "a0: &a0 [x, x]\n"
    for level in 1...40 {
      lines += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
    }
    #expect(ScenarioSample.problems(lines + "model: *a40\n").count == 44)
  }

  @Test("a scenario file is read, named after itself")
  func good() throws {
    try inFolder { folder in
      let path = folder.appendingPathComponent("evening.yaml").path
      try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
      let scenario = try Scenario.load(path: path, overrides: ["workload.num_requests=7"], seed: 9)
      #expect(scenario.name == "evening")
      #expect(scenario.workload.numRequests == 7)
      #expect(scenario.seed == 9)
    }
  }

  @Test("files that cannot be read say why, and what is near")
  func unreadable() throws {
    try inFolder { folder in
      let good = folder.appendingPathComponent("rag.yaml")
      try Data(Self.text.utf8).write(to: good)
      let missing = folder.appendingPathComponent("rga.yaml").path
      #expect(failure(missing) == "\(missing): no such file; did you mean \(good.path)?")
      #expect(failure(folder.path) == "\(folder.path): is a folder; name a scenario file in it: rag.yaml")
      #expect(failure("") == "scenario: no such file")

      let latin = folder.appendingPathComponent("latin.yaml")
      try Data([0x61, 0x3A, 0x20, 0x31, 0x0A, 0x6E, 0x3A, 0x20, 0xFC, 0x0A]).write(to: latin)
      #expect(failure(latin.path) == "\(latin.path):2: is not UTF-8 text")
      try Data([0xFF, 0xFE, 0x61, 0x00]).write(to: latin)
      #expect(failure(latin.path) == "\(latin.path): is UTF-16; save it as UTF-8")
      try Data(repeating: 0x20, count: (1 << 20) + 1).write(to: latin)
      #expect(
        failure(latin.path)
          == "\(latin.path): is larger than 1 MiB, so it is no scenario; a trace goes into workload.trace.file"
      )
    }
  }

  @Test("a file without read permission", .enabled(if: geteuid() != 0, "the superuser reads every file"))
  func forbidden() throws {
    try inFolder { folder in
      let path = folder.appendingPathComponent("rag.yaml").path
      try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
      #expect(failure(path) == "\(path): cannot be read: permission denied")
    }
  }

  private static let text =
    "model: meta-llama/Llama-3.1-8B-Instruct\nhardware: {gpu: H100-SXM-80GB}\n" + ScenarioSample.workload

  private func failure(_ path: String) -> String? {
    do {
      _ = try Scenario.load(path: path)
      return nil
    } catch {
      return error.description
    }
  }

  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "scenario-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
