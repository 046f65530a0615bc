import ArgumentParser
import Experiments
import Foundation
import Results
import Workload

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast this simulator is.",
    discussion: """
      Examples:
        swiftkv-sim bench
        swiftkv-sim bench --only below,preempting --requests 100000 --repeats 10
        swiftkv-sim bench scenarios/rag.yaml --json bench.json
        swiftkv-sim bench --growth --requests 1000000
        swiftkv-sim bench --sweep --configurations 1000

      Built-in scenarios: \(BenchmarkScenario.names.joined(separator: ", ")); with --trace also that file. Scenarios are simulated by one \
      thread, after a warm-up, so start-up and reading files are not in their times. Without --only and without scenario files \
      the whole program is measured as well, from its start to its end, on the common workload with --requests and ten times as many.
      """)

  @Argument(
    help: "Scenario files to measure instead of the built-in ones.",
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var scenarios: [String] = []
  @Option(
    help: ArgumentHelp("Built-in scenarios, separated by commas.", valueName: "names"),
    completion: .list(BenchmarkScenario.names))
  var only: String?
  @Option(
    help: ArgumentHelp(
      "Requests of a scenario (10,000; a file has its own), of the largest size with --growth (10,000,000), of a configuration with --sweep (1,000).",
      valueName: "n"))
  var requests: Int?
  @Option(help: ArgumentHelp("Times that each scenario is simulated with a clock.", valueName: "n"))
  var repeats = 5
  @Option(help: ArgumentHelp("Times that it is simulated before, without.", valueName: "n"))
  var warmUp = 1
  @Option(
    help: ArgumentHelp(
      "A trace to replay whole, as one more scenario, 'trace'; its format is told from the file.",
      valueName: "file"),
    completion: .file())
  var trace: String?
  @Flag(help: "Growth of cost with requests, batch and replicas instead of scenarios.")
  var growth = false
  @Flag(help: "Simulate many configurations on all cores instead of scenarios.")
  var sweep = false
  @Option(help: ArgumentHelp("Configurations of --sweep (10,000).", valueName: "n"))
  var configurations: Int?
  @Option(help: "Threads of --sweep and of the replicas of --growth; one per core if not given.")
  var threads: Int?
  @Option(
    help: ArgumentHelp("Everything as JSON; '-' is standard output, then without tables.", valueName: "file"))
  var json: String?
  @Option(
    help: ArgumentHelp("One row a scenario.", valueName: "file"), completion: .file(extensions: ["csv"]))
  var csv: String?
  @Flag(help: "Tables in Markdown.")
  var markdown = false
  @Flag(
    help:
      "Simulate one scenario once, without a clock, and print its counts as a line of JSON: for a profiler.")
  var once = false
  @Flag(name: [.short, .long], help: "No tables and no progress.")
  var quiet = false

  func validate() throws {
    var problems: [String] = []
    func check(_ option: String, _ value: Int?, _ allowed: ClosedRange<Int>) {
      guard let value, !allowed.contains(value) else { return }
      problems.append("\(option): found \(value); allowed are \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    check("--requests", requests, 1...100_000_000)
    check("--repeats", repeats, 1...10_000)
    check("--warm-up", warmUp, 0...10_000)
    check("--configurations", configurations, 1...10_000_000)
    check("--threads", threads, 1...1024)
    if configurations != nil, !sweep { problems.append("--configurations needs --sweep") }
    if threads != nil, !sweep, !growth { problems.append("--threads needs --sweep or --growth") }
    if growth || sweep {
      if !scenarios.isEmpty || only != nil || trace != nil || once {
        problems.append("--growth and --sweep take no scenario files, --only, --trace or --once")
      }
      if csv != nil {
        problems.append("--csv has rows of scenarios, which --growth and --sweep do not measure")
      }
    }
    if !scenarios.isEmpty, only != nil || trace != nil {
      problems.append("--only and --trace choose built-in scenarios; leave them or the scenario files out")
    }
    if csv == "-" { problems.append("--csv: only --json takes '-' for standard output") }
    for (option, path) in [("--json", json), ("--csv", csv), ("--trace", trace)] where path == "" {
      problems.append("\(option): the name is empty")
    }
    do { _ = try selectedNames() } catch { problems += error.problems }
    if once, problems.isEmpty, try scenarios.count + (scenarios.isEmpty ? selectedNames().count : 0) != 1 {
      problems.append("--once takes one scenario: name it by --only or give its file")
    }
    guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
  }

  func run() throws {
    if once {
      guard let subject = try subjects().first else { return }
      do {
        Terminal.write(try OnceReport(Benchmark(subject)).json())
      } catch let error as ExperimentError {
        throw CommandFailure.input(error)
      }
      return
    }
    try Destinations.require(
      [("--json", json), ("--csv", csv)], reading: scenarios + [trace].compactMap(\.self))
    var report = BenchmarkReport()
    do {
      if growth { report.growth = try measureGrowth() }
      if sweep { report.sweep = try measureSweep() }
      if !growth, !sweep { try measureScenarios(&report) }
      if let json, json != "-" { try AtomicFile.write(report.json(), to: json) }
      if let csv { try AtomicFile.write(report.csv, to: csv) }
      if json == "-" {
        Terminal.write(try report.json())
      } else if !quiet {
        Terminal.write(markdown ? report.markdown : text(report))
      }
    } catch let failure as CommandFailure {
      throw failure
    } catch let error as ExperimentError {
      throw CommandFailure.input(error)
    } catch {
      throw CommandFailure.run("\(error)")
    }
    if report.sweep?.isDeterministic == false {
      throw CommandFailure.run("a sweep's figures depend on the number of threads")
    }
  }

  private func text(_ report: BenchmarkReport) -> String {
    let parts = report.sections.map { section in
      Terminal.bold(section.title) + "\n\n" + Terminal.text(section.table) + "\n"
        + section.notes.map { $0 + "\n" }.joined()
    }
    return Terminal.bold(report.heading) + "\n\n" + parts.joined(separator: "\n")
  }
}

extension Bench {
  /// Names of the built-in scenarios that are wanted, in their order.
  private func selectedNames() throws(ExperimentError) -> [String] {
    let known = BenchmarkScenario.names + (trace == nil ? [] : ["trace"])
    guard let only else { return known }
    return try BenchmarkScenario.names(only, among: known)
  }

  private func subjects() throws -> [BenchmarkScenario] {
    guard scenarios.isEmpty else {
      do {
        return try scenarios.map { BenchmarkScenario(try Scenario.load(path: $0), requests: requests) }
      } catch {
        throw CommandFailure.input(error)
      }
    }
    let names = try selectedNames()
    var known = BenchmarkScenario.builtIn(requests: requests ?? Self.defaultRequests)
    if let trace { known.append(BenchmarkScenario.replay(TraceSpec(path: trace))) }
    return known.filter { names.contains($0.name) }
  }

  private static let defaultRequests = 10_000

  private func measureScenarios(_ report: inout BenchmarkReport) throws {
    let subjects = try subjects()
    // All of them are made before the first is measured: a wrong one is found at once.
    let benchmarks = try subjects.map { subject throws(ExperimentError) in try Benchmark(subject) }
    let run = BenchmarkRun(warmUps: warmUp, repeats: repeats)
    let line = ProgressLine(isQuiet: quiet, doing: "measuring", what: "scenarios")
    defer { line.erase() }
    for (i, benchmark) in benchmarks.enumerated() {
      line.show(
        .init(finishedRuns: i, runs: benchmarks.count, share: Double(i) / Double(benchmarks.count)))
      report.scenarios.append(try run.row(benchmark) { onceArguments(i, benchmark.subject.name, $0) })
    }
    if scenarios.isEmpty, only == nil {
      let size = requests ?? Self.defaultRequests
      report.program = try run.programRows(requests: [size, min(10 * size, 100_000_000)])
    }
  }

  /// This program, simulating one scenario once.
  ///
  /// - Parameter count: of requests; nil is all that are measured.
  private func onceArguments(_ i: Int, _ name: String, _ count: Int?) -> [String] {
    if !scenarios.isEmpty {
      return ["bench", "--once", scenarios[i]] + ((count ?? requests).map { ["--requests", "\($0)"] } ?? [])
    }
    if name == "trace", let trace {
      // A trace is read whole for one request, too; compared is with a scenario that reads none.
      return count == nil
        ? ["bench", "--once", "--only", "trace", "--trace", trace]
        : ["bench", "--once", "--only", BenchmarkScenario.names[0], "--requests", "1"]
    }
    return ["bench", "--once", "--only", name, "--requests", "\(count ?? requests ?? Self.defaultRequests)"]
  }

  private func measureGrowth() throws -> BenchmarkGrowth {
    let interruption = Interruption()
    defer { interruption.end() }
    let line = ProgressLine(isQuiet: quiet, doing: "measuring", what: "sizes")
    defer { line.erase() }
    let growth = try BenchmarkGrowth.measure(largest: requests ?? 10_000_000, threads: threads) { done, all in
      line.show(.init(finishedRuns: done, runs: all, share: Double(done) / Double(all)))
      return !interruption.isPending
    }
    guard let growth else { throw Self.interrupted }
    return growth
  }

  private func measureSweep() throws -> BenchmarkSweep.Result {
    let interruption = Interruption()
    defer { interruption.end() }
    let line = ProgressLine(isQuiet: quiet, doing: "simulating", what: "configurations")
    defer { line.erase() }
    let sweep = BenchmarkSweep(
      configurations: configurations ?? 10_000, requests: requests ?? 1000, threads: threads)
    let result = sweep.run { progress in
      line.show(
        .init(
          finishedRuns: progress.finished, runs: progress.points,
          share: Double(progress.finished) / Double(progress.points)))
      return !interruption.isPending
    }
    guard let result else { throw Self.interrupted }
    return result
  }

  private static let interrupted = CommandFailure(
    message: "interrupted: nothing was measured to its end", status: CommandFailure.interrupted)
}
