import Foundation
import Testing

/// `run` and `compare`, from a scenario file to every output.
@Suite struct SimulationEndToEndTests {
  private func object(_ line: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(String(line).utf8)) as? [String: Any])
  }

  @Test("run prints vLLM's table, and around it what a client cannot see")
  func run() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("run", "tiny.yaml", "--variant", "swiftkv-50-across2")
    #expect(result.status == 0, "\(result.errors)")
    for text in [
      "GPU KV cache size: ", "Maximum concurrency for 131,072 tokens per request: ",
      "============ Serving Benchmark Result ============", "Successful requests:                     40",
      "Mean TTFT (ms):", "P99 E2EL (ms):", "own prefill", "preemptions", "ttft_p99 ≤ 2 s", "projections",
    ] {
      #expect(result.output.contains(text), "\(text) is missing")
    }
    #expect(!result.output.contains("\u{1B}"), "colour went to a file")
    #expect(!result.errors.contains("\u{1B}"), "progress went to a file")
  }

  @Test("--json - writes the result file and nothing else; detailed lists have one element a request")
  func jsonToStandardOutput() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("run", "tiny.yaml", "--json", "-", "--detailed", "--no-store")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 1)
    let file = try object(result.output)
    #expect(file["completed"] as? Int == 40)
    #expect((file["ttfts"] as? [Double])?.count == 40)
    #expect(file["p99_e2el_ms"] as? Double != nil)
    #expect(try program.made().isEmpty, "--no-store stored something")
  }

  @Test("Options of vllm bench serve choose the keys of the result file")
  func benchOptions() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run(
      "run", "tiny.yaml", "--json", "-", "--no-store", "--percentile-metrics", "ttft", "--metric-percentiles",
      "50,99.9", "--goodput", "ttft:100000", "e2el:100000")
    #expect(result.status == 0, "\(result.errors)")
    let file = try object(result.output)
    #expect(file["p50_ttft_ms"] != nil && file["p99.9_ttft_ms"] != nil)
    #expect(file["p99_ttft_ms"] == nil && file["mean_tpot_ms"] == nil)
    #expect(file["request_goodput"] as? Double == file["request_throughput"] as? Double)
  }

  @Test("INV-5: the same seed gives the same bytes, whatever the number of threads; another seed does not")
  func determinism() throws {
    let program = try Program()
    defer { program.remove() }
    func files(_ name: String, _ more: String...) throws -> [String] {
      let started = try program.start(
        [
          "compare", "tiny.yaml", "--variant", "baseline,swiftkv-25,swiftkv-50", "--json", "\(name).jsonl",
          "--csv",
          "\(name).csv", "--detailed", "--no-store", "--check",
        ] + more)
      started.process.waitUntilExit()
      let result = try started.outcome()
      try #require(result.status == 0, "\(result.errors)")
      return [try program.read("\(name).jsonl"), try program.read("\(name).csv"), result.output]
    }
    let one = try files("a", "--threads", "1")
    #expect(try files("b", "--threads", "2") == one)
    #expect(try files("c", "--threads", "1") == one)
    #expect(try files("d", "--seed", "2") != one)
    #expect(one[0].split(separator: "\n").count == 3)
    #expect(one[1].split(separator: "\n").count == 1 + 3 * 40)
  }

  @Test("INV-10: SwiftKV with no layer skipped is the baseline, byte for byte but for its name")
  func nothingSkipped() throws {
    let program = try Program()
    defer { program.remove() }
    let arguments = ["tiny.yaml", "--detailed", "--json", "-", "--no-store"]
    let both = try program.start(["compare"] + arguments + ["--variant", "baseline,swiftkv-0"])
    both.process.waitUntilExit()
    let result = try both.outcome()
    try #require(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 2)
    #expect(lines[1].replacing("swiftkv-0", with: "baseline") == lines[0])
  }

  @Test("compare shows every variant with its change, and stores all of them")
  func compare() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("compare", "tiny.yaml", "--variant", "baseline", "--variant", "swiftkv-50")
    #expect(result.status == 0, "\(result.errors)")
    for text in ["TTFT (ms)", "TPOT (ms)", "ITL (ms)", "E2E (ms)", "KV blocks", "swiftkv-50", "p99 TTFT"] {
      #expect(result.output.contains(text), "\(text) is missing")
    }
    for line in result.output.split(separator: "\n") where line.hasPrefix("swiftkv-50  ") {
      #expect(line.count <= 120, "too wide for a terminal: \(line)")
    }
    let list = try program.run("runs")
    #expect(list.status == 0)
    #expect(list.output.split(separator: "\n").count == 3)
    let show = try program.run("runs", "show", "2")
    #expect(show.output.contains("Serving Benchmark Result"))
    let scenario = try program.run("runs", "show", "2", "--scenario")
    #expect(scenario.output == Program.scenarios["tiny.yaml"])
    let missing = try program.run("runs", "show", "77")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("77"))
  }

  /// gnuplot is a program of its own; without it there is nothing to test.
  private static let hasGnuplot = FileManager.default.isExecutableFile(atPath: "/usr/bin/gnuplot")

  @Test("plot draws the newest experiment and names the files", .enabled(if: hasGnuplot))
  func plot() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("compare", "tiny.yaml", "--plots", "figures/own")
    #expect(result.status == 0, "\(result.errors)")
    let drawn = try FileManager.default.contentsOfDirectory(
      atPath: program.folder.appending(path: "figures/own").path)
    #expect(drawn.contains { $0.hasSuffix(".svg") } && drawn.contains { $0.hasSuffix(".png") })
    let plot = try program.run("plot", "--out", "again", "--format", "svg")
    #expect(plot.status == 0, "\(plot.errors)")
    let files = plot.output.split(separator: "\n").map(String.init)
    #expect(files.count >= 5)
    for file in files { #expect(file.hasSuffix(".svg") && program.exists(file)) }
    // The same runs, so the same pictures, byte for byte.
    for file in files {
      let name = (file as NSString).lastPathComponent
      #expect(try program.read("figures/own/\(name)") == program.read(file))
    }
  }

  @Test("plot draws a planner's figures of a scenario, and stores nothing", .enabled(if: hasGnuplot))
  func plotScenario() throws {
    let program = try Program()
    defer { program.remove() }
    let plot = try program.run(
      "plot", "tiny.yaml", "--figure", "kv-capacity,latency-load", "--replications", "2", "--out", "made",
      "--format",
      "svg")
    #expect(plot.status == 0, "\(plot.errors)")
    #expect(plot.output == "made/kv-capacity-tiny.svg\nmade/latency-load-tiny.svg\n")
    #expect(try program.read("made/latency-load-tiny.svg").contains("baseline"))
    #expect(!program.exists("results/swiftkv.sqlite"))
  }

  @Test(
    "A stored run gives the result file again, with the lists if they were asked for",
    arguments: [true, false])
  func storedJSON(isDetailed: Bool) throws {
    let program = try Program()
    defer { program.remove() }
    let detailed = isDetailed ? ["--detailed"] : []
    let first = try program.run(["run", "tiny.yaml", "--json", "first.json", "--quiet"] + detailed)
    #expect(first.status == 0 && first.output.isEmpty && first.errors.isEmpty, "\(first.errors)")
    let again = try program.run(["runs", "show", "1", "--json", "-"] + detailed)
    var (a, b) = (try object(program.read("first.json")), try object(again.output))
    a["date"] = nil
    b["date"] = nil
    #expect(NSDictionary(dictionary: a) == NSDictionary(dictionary: b))
  }

  @Test("Without --detailed no request is kept: figures are within their bound, and what is missing is said")
  func streamed() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("run", "tiny.yaml", "--csv", "r.csv", "--json", "r.json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Percentiles are within 0.05 %."))
    let rows = try program.read("r.csv").split(separator: "\n")
    #expect(rows.count == 41)
    let kept = try program.run("run", "tiny.yaml", "--csv", "k.csv", "--json", "k.json", "--detailed")
    #expect(kept.status == 0 && !kept.output.contains("Percentiles are within"))
    // Rows come in order of finishing either way.
    #expect(try program.read("k.csv") == program.read("r.csv"))
    let (a, b) = (try object(program.read("r.json")), try object(program.read("k.json")))
    #expect(
      a["completed"] as? Int == b["completed"] as? Int && a["duration"] as? Double == b["duration"] as? Double
    )
    for key in ["p99_ttft_ms", "p99_tpot_ms", "p99_itl_ms", "p99_e2el_ms"] {
      let (x, y) = (try #require(a[key] as? Double), try #require(b[key] as? Double))
      #expect(abs(x - y) <= 0.0005 * y, "\(key): \(x) and \(y)")
    }

    let show = try program.run("runs", "show", "1")
    #expect(show.status == 0 && show.output.contains("Percentiles are within 0.05 %."), "\(show.errors)")
    #expect(try program.run("runs", "show", "2").output.contains("Serving Benchmark Result"))
    for arguments in [["--csv", "again.csv"], ["--json", "-", "--detailed"]] {
      let missing = try program.run(["runs", "show", "1"] + arguments)
      #expect(missing.status == 1 && missing.output.isEmpty && !program.exists("again.csv"))
      #expect(missing.errors.contains("run 1 was stored without its requests"), "\(missing.errors)")
      #expect(missing.errors.contains("--detailed"))
    }
    let again = try program.run("runs", "show", "2", "--csv", "again.csv")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try Set(program.read("again.csv").split(separator: "\n")) == Set(rows))
  }

  @Test("plot of a run without steps draws the rest and says what is missing", .enabled(if: hasGnuplot))
  func plotWithoutSteps() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("compare", "tiny.yaml")
    #expect(result.status == 0, "\(result.errors)")
    let plot = try program.run("plot", "--format", "svg")
    #expect(plot.status == 0)
    #expect(plot.errors.contains("the time line is not drawn: runs 1, 2 were stored without their steps"))
    let files = plot.output.split(separator: "\n").map(String.init)
    #expect(files.contains { $0.contains("ttft-cdf") } && !files.contains { $0.contains("timeline") })
    for file in files { #expect(program.exists(file)) }
  }

  @Test("Results that cannot be written: known before anything is simulated, and old files stay")
  func unwritable() throws {
    let program = try Program()
    defer { program.remove() }
    try program.write("keep me", to: "blocked")
    for arguments in [
      ["--db", "blocked/results.sqlite"], ["--json", "blocked/result.json"],
      ["--csv", "nowhere/requests.csv"],
      ["--json", "."], ["--db", "blocked"],
    ] {
      let started = try program.start(["run", "tiny.yaml"] + arguments)
      started.process.waitUntilExit()
      let result = try started.outcome()
      #expect(result.status == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(arguments[1]), "\(result.errors)")
      #expect(try program.read("blocked") == "keep me")
    }
  }

  @Test("The scenario is never overwritten by its results; files may have names of one character")
  func fileNames() throws {
    let program = try Program()
    defer { program.remove() }
    let text = try program.read("tiny.yaml")
    let bad = try program.run("run", "tiny.yaml", "--no-store", "--json", "./tiny.yaml")
    #expect(bad.status == 2)
    #expect(bad.errors.contains("--json: './tiny.yaml' is read by this run"), "\(bad.errors)")
    #expect(try program.read("tiny.yaml") == text)

    try program.write(text, to: "a")
    let good = try program.run("run", "a", "--db", "d", "--json", "j", "--csv", "c")
    #expect(good.status == 0, "\(good.errors)")
    #expect(try program.made() == ["a", "c", "d", "j"])
  }

  @Test(
    "A full disk behind standard output fails; a reader that goes away does not, and the run is still stored")
  func standardOutput() throws {
    let program = try Program()
    defer { program.remove() }
    let binary = try Program.binary.path
    func shell(_ script: String) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", script, "sh", binary]
      process.currentDirectoryURL = program.folder
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    let full = #""$1" run tiny.yaml --no-store --json - > /dev/full 2> errors"#
    #expect(try shell(full) == 1)
    #expect(try program.read("errors").contains("cannot write to standard output: No space left on device"))

    let gone =
      #"{ sleep 0.1; "$1" run tiny.yaml --db d --json - --detailed 2> errors; echo $? > status; } | true"#
    #expect(try shell(gone) == 0)
    #expect(try program.read("status") == "0\n")
    #expect(try program.read("errors").contains("stored in d as 1"))
  }

  @Test("A model that does not fit is bad input, with what would make it fit")
  func doesNotFit() throws {
    let program = try Program()
    defer { program.remove() }
    let result = try program.run("run", "tiny.yaml", "--set", "model=meta-llama/Llama-3.1-70B-Instruct")
    #expect(result.status == 2)
    #expect(result.errors.contains("does not fit"))
    #expect(result.errors.contains("tensor_parallel_size"))
  }

  @Test("Ctrl-C keeps nothing half-done and says so with status 130")
  func interrupted() throws {
    let program = try Program()
    defer { program.remove() }
    let started = try program.start([
      "compare", "tiny.yaml", "--variant", "baseline,swiftkv-50", "--threads", "1", "--set",
      "workload.num_requests=200000", "--set", "workload.arrivals.request_rate=1",
    ])
    // Before the program watches for the signal it would be killed by it. It watches once the database is there.
    for _ in 0..<500 where !program.exists("results/swiftkv.sqlite") { usleep(20_000) }
    usleep(300_000)
    kill(started.process.processIdentifier, SIGINT)
    started.process.waitUntilExit()
    let result = try started.outcome()
    #expect(started.process.terminationReason == .exit)
    #expect(result.status == 130)
    #expect(result.errors.contains("interrupted: 0 of 2 runs had finished"))
  }
}
