import Foundation
import Testing

/// Intervals, replications and warm-up as a user meets them.
@Suite struct UncertaintyEndToEndTests {
  private func objects(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(String(line).utf8)) as? [String: Any]
      return try #require(object)
    }
  }

  private func intervals(_ line: [String: Any]) throws -> [String: Any] {
    let ours = try #require(line["swiftkv_sim"] as? [String: Any])
    return try #require(ours["intervals"] as? [String: Any])
  }

  private static let more = ["--set", "workload.num_requests=400"]

  @Test("one run: ± behind figures, from what, and why there is none")
  func oneRun() throws {
    let program = try Program()
    defer { program.remove() }
    let short = try program.run("run", "tiny.yaml", "--no-store")
    #expect(short.status == 0 && !short.output.contains(#/\(ms\):.*±/#), "\(short.output)")
    #expect(short.output.contains("No ±: too few requests for an interval. It takes 100"))
    #expect(short.output.contains("met?") && short.output.contains("'?': too few requests"))
    let long = try program.run(["run", "tiny.yaml"] + Self.more)
    #expect(long.output.contains(#/Mean TTFT \(ms\): +[\d.]+ +± [\d.]+\n/#), "\(long.output)")
    #expect(long.output.contains("from 20 batches of 20 requests (docs/uncertainty.md)"))
    // What was stored shows the same, from its estimates.
    let show = try program.run("runs", "show", "1")
    func means(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.contains(#/\(ms\):.*±/#) }
    }
    #expect(means(long.output) == means(show.output))
    #expect(means(show.output).count >= 8)
  }

  @Test("the result file has the intervals under its own names")
  func json() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      ["run", "tiny.yaml", "--json", "-", "--goodput", "ttft:200"] + Self.more)
    let line = try #require(try objects(result.output).first)
    let intervals = try intervals(line)
    #expect(intervals["method"] as? String == "batches" && intervals["parts"] as? Int == 20)
    #expect(intervals["level"] as? Double == 0.95 && intervals["batch_size"] as? Int == 20)
    let mean = try #require(intervals["mean_ttft_ms"] as? [String: Double])
    #expect(mean["value"] == line["mean_ttft_ms"] as? Double && (mean["half_width"] ?? 0) > 0)
    #expect(intervals["good_share"] != nil && intervals["request_throughput"] == nil)
    let again = try program.run("runs", "show", "1", "--json", "-")
    let stored = try self.intervals(try #require(try objects(again.output).first))
    #expect(NSDictionary(dictionary: stored) == NSDictionary(dictionary: intervals))
  }

  @Test(
    "replications: one line and one stored run each, the first being the run without; threads change nothing")
  func replications() throws {
    let program = try Program()
    defer { program.remove() }
    let single = try program.run("run", "tiny.yaml", "--json", "-", "--no-store")
    let arguments = ["run", "tiny.yaml", "--json", "-", "--replications", "3", "--csv", "r.csv"]
    let result = try program.run(arguments)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try program.run(arguments + ["--no-store", "--threads", "1"]).output == result.output)
    let lines = try objects(result.output)
    #expect(lines.count == 3)
    let first = try #require(try objects(single.output).first)
    #expect(lines[0]["mean_ttft_ms"] as? Double == first["mean_ttft_ms"] as? Double)
    let means = try lines.map { try #require($0["mean_ttft_ms"] as? Double) }
    #expect(Set(means).count == 3)
    let shared = try intervals(lines[2])
    #expect(NSDictionary(dictionary: shared) == NSDictionary(dictionary: try intervals(lines[0])))
    #expect(shared["method"] as? String == "replications" && shared["parts"] as? Int == 3)
    let mean = try #require(shared["mean_ttft_ms"] as? [String: Double])
    #expect(abs((mean["value"] ?? 0) - means.reduce(0, +) / 3) < 1e-9 && shared["request_throughput"] != nil)
    // Requests are those of the first.
    #expect(try program.read("r.csv").split(separator: "\n").count == 41)

    let list = try program.run("runs")
    #expect(list.output.contains("baseline, replication 2"), "\(list.output)")
    // The text of a replication is a scenario that gives the same run.
    let text = try program.run("runs", "show", "3", "--scenario")
    try program.write(text.output, to: "again.yaml")
    let again = try program.run("run", "again.yaml", "--json", "-", "--no-store")
    #expect(try objects(again.output).first?["mean_ttft_ms"] as? Double == means[2], "\(again.errors)")
    let table = try program.run("run", "tiny.yaml", "--replications", "3", "--no-store")
    #expect(table.output.contains("Figures are means over replications."))
    #expect(table.output.contains("from 3 replications, each with a seed of its own"))
  }

  @Test(
    "a number of replications that makes no sense is bad usage",
    arguments: ["0", "-1", "1e9", "1000000000", "1001", "nan", "text", ""])
  func badReplications(value: String) throws {
    let program = try Program()
    defer { program.remove() }
    for command in ["run", "compare"] {
      let result = try program.run(command, "tiny.yaml", "--replications=\(value)", "--json", "j")
      #expect(result.status == 2 && result.output.isEmpty)
      #expect(result.errors.contains("--replications"), "\(result.errors)")
      #expect(try program.made().isEmpty)
    }
  }

  @Test("a trace replayed whole has no replications, and one run has intervals of its batches")
  func trace() throws {
    let program = try Program()
    defer { program.remove() }
    let rows = (0..<200).map { "\(Double($0) / 10),\(100 + $0 * 37 % 900),\(2 + $0 % 20)" }
    try program.write(
      (["arrival_s,prompt_tokens,output_tokens"] + rows).joined(separator: "\n") + "\n", to: "t.csv")
    try program.write(
      """
      model: meta-llama/Llama-3.1-8B-Instruct
      hardware: {gpu: H100-SXM-80GB}
      workload: {trace: {file: t.csv}, arrivals: {process: trace}, prompt_tokens: trace, output_tokens: trace}
      """, to: "trace.yaml")
    let refused = try program.run("compare", "trace.yaml", "--replications", "4", "--no-store")
    #expect(refused.status == 2 && refused.output.isEmpty)
    #expect(refused.errors.contains("nothing in this workload is random (the trace is replayed as it is)"))
    let result = try program.run("compare", "trace.yaml", "--no-store")
    #expect(
      result.status == 0 && result.output.contains("from 20 batches of 10 requests"), "\(result.output)")
  }

  @Test("compare pairs: changes have intervals, tables fit a terminal, and what is sure is said")
  func compare() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      ["compare", "tiny.yaml", "--no-store", "--variant", "baseline,swiftkv-50,swiftkv-50-across2-fp8kv"]
        + Self.more)
    #expect(result.status == 0, "\(result.errors)")
    let rows = result.output.split(separator: "\n").filter { $0.hasPrefix("swiftkv-50") }
    #expect(rows.contains { $0.contains(#/−\d+ ±\d+ %/#) })
    let tables = result.output.split(separator: "\n").prefix { !$0.contains(" has the lowest ") }
    #expect(tables.allSatisfy { $0.count <= 120 })
    for text in ["model", "n.s.: not distinguishable from no change", "paired on the same requests"] {
      #expect(result.output.contains(text), "\(text) is missing")
    }
  }

  @Test("overload and a run that has not settled are said")
  func overload() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      [
        "run", "tiny.yaml", "--no-store", "--set", "workload.arrivals.request_rate=300", "--set",
        "measurement.warmup=auto",
      ]
        + Self.more)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Overload: the queue grew throughout the run."), "\(result.output)")
    #expect(result.output.contains("the run has not settled: MSER-5 finds no steady state"))
    let both = try program.run(
      "run", "tiny.yaml", "--set", "measurement.warmup=auto", "--set", "measurement.warmup_requests=3")
    #expect(both.status == 2 && both.errors.contains("stands beside warmup_requests"), "\(both.errors)")
  }
}
