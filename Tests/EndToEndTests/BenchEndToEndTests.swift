import Foundation
import Testing

/// `bench`: what it measures depends on the machine, what it prints and writes does not.
@Suite struct BenchEndToEndTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("Scenarios and the whole program: a table, JSON and CSV")
  func scenarios() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      "bench", "--requests", "20", "--repeats", "1", "--warm-up", "0", "--json", "b.json", "--csv", "b.csv")
    #expect(result.status == 0, "\(result.errors)")
    for text in [
      "requests/s", "ns/change", "memory", "preempting", "conversations", "The whole program",
      "start-up, reading the scenario",
    ] {
      #expect(result.output.contains(text), "\(text) is missing")
    }
    let file = try object(try program.read("b.json"))
    let rows = try #require(file["scenarios"] as? [[String: Any]])
    #expect(rows.count == 9)
    for row in rows {
      let counts = try #require(row["counts"] as? [String: Any])
      #expect(counts["requests"] as? Int == 20)
      #expect(try #require(counts["changes"] as? Int) >= 20)
      #expect(row["memory_bytes"] as? Int != nil)
    }
    let whole = try #require(file["program"] as? [[String: Any]])
    #expect(whole.map { $0["requests"] as? Int } == [20, 200, 20, 200])
    #expect(try program.read("b.csv").split(separator: "\r\n").count == 10)
    #expect(try program.made() == ["b.csv", "b.json"], "something else was left behind")
  }

  @Test("A scenario file, chosen scenarios and a trace")
  func choices() throws {
    let program = try Program()
    defer { program.remove() }
    let file = try program.run("bench", "tiny.yaml", "--repeats", "2")
    #expect(file.status == 0, "\(file.errors)")
    #expect(file.output.contains("tiny") && !file.output.contains("The whole program"))
    try program.write(
      "arrival_s,prompt_tokens,output_tokens\n0,100,3\n0.5,200,4\n1,50,1\n", to: "trace.csv")
    let chosen = try program.run(
      "bench", "--only", "trace,below", "--trace", "trace.csv", "--requests", "10", "--json", "-")
    #expect(chosen.status == 0, "\(chosen.errors)")
    let rows = try #require(try object(chosen.output)["scenarios"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["below", "trace"])
    let counts = rows.compactMap { ($0["counts"] as? [String: Any])?["requests"] as? Int }
    #expect(counts == [10, 3])
  }

  @Test("--once prints the same counts every time")
  func once() throws {
    let program = try Program()
    defer { program.remove() }
    func counts() throws -> NSDictionary {
      let result = try program.run("bench", "--once", "--only", "preempting", "--requests", "300")
      #expect(result.status == 0, "\(result.errors)")
      return try #require(try object(result.output)["counts"] as? NSDictionary)
    }
    let first = try counts()
    #expect(try counts() == first)
    #expect(try #require(first["preemptions"] as? Int) > 30)
  }

  @Test("Growth and a sweep, in Markdown")
  func growthAndSweep() throws {
    let program = try Program()
    defer { program.remove() }
    let growth = try program.run("bench", "--growth", "--requests", "40", "--markdown")
    #expect(growth.status == 0, "\(growth.errors)")
    for text in ["| below | 40 |", "| 1,024 |", "| 64 |", "without a"] {
      #expect(growth.output.contains(text), "\(text) is missing")
    }
    let sweep = try program.run(
      "bench", "--sweep", "--configurations", "30", "--requests", "10", "--threads", "2", "--json", "-")
    #expect(sweep.status == 0, "\(sweep.errors)")
    let result = try #require(try object(sweep.output)["sweep"] as? [String: Any])
    #expect(result["configurations"] as? Int == 30 && result["failures"] as? Int == 0)
    #expect(result["is_deterministic"] as? Bool == true)
  }

  @Test(
    "Bad options end with status 2 and name what is allowed",
    arguments: [
      (["--requests", "0"], "--requests: found 0; allowed are 1 to 100000000"),
      (["--repeats", "0"], "--repeats"), (["--warm-up", "-1"], "--warm-up"),
      (["--only", "below,nope"], "found 'nope'; known are below, "), (["--only", "trace"], "needs --trace"),
      (["--configurations", "3"], "needs --sweep"), (["--threads", "2"], "needs --sweep or --growth"),
      (["--growth", "--only", "below"], "take no scenario files"), (["--sweep", "--csv", "x.csv"], "--csv"),
      (["tiny.yaml", "--only", "below"], "leave them or the scenario files out"),
      (["--once"], "--once takes one scenario"), (["--csv", "-"], "only --json takes '-'"),
      (["missing.yaml"], "no such file"), (["--trace", "missing.csv", "--only", "trace"], "missing.csv"),
      (["wrong.yaml"], "max_num_seq"), (["tiny.yaml", "--json", "tiny.yaml"], "--json"),
    ])
  func badOptions(options: [String], message: String) throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(["bench"] + options)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(try program.made().isEmpty)
  }
}
