import ArgumentParser
import Experiments
import Foundation
import Metrics
import Models
import Quantities
import Results

/// Which scenario, with which changes.
struct ScenarioOptions: ParsableArguments {
  @Argument(help: "Scenario file, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var scenario: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change one key of the scenario: engine.max_num_seqs=512. Repeatable.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Random seed, instead of the scenario's.")
  var seed: UInt64?

  /// - Parameter replications: instead of the scenario's.
  func load(replications: Int? = nil) throws -> Scenario {
    do {
      return try Scenario.load(
        path: scenario, overrides: overrides, seed: seed, replications: replications)
    } catch {
      throw CommandFailure.input(error)
    }
  }
}

/// Where results go, under the names of `vllm bench serve` where it has one.
struct OutputOptions: ParsableArguments {
  @Option(help: "SQLite file in which runs are kept.", completion: .file(extensions: ["sqlite"]))
  var db = "results/swiftkv.sqlite"

  @Flag(help: "Keep nothing in the SQLite file.")
  var noStore = false

  @Option(
    help: ArgumentHelp(
      "Result file as vllm bench serve writes it, one JSON object a line; '-' is standard output, then without tables.",
      valueName: "file"),
    completion: .file(extensions: ["json", "jsonl"]))
  var json: String?

  @Flag(
    help:
      "Keep every request and step: lists in the result file (vLLM's --save-detailed), rows in the SQLite file."
  )
  var detailed = false

  @Option(
    help: ArgumentHelp("One row a request, in order of finishing.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "Timeline of steps and requests for ui.perfetto.dev, compressed if the name ends with .gz.",
      valueName: "file"),
    completion: .file(extensions: ["json", "gz"]))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "What --trace shows, such as 10s..20s. Otherwise the run from its start, up to about 300,000 events.",
      valueName: "from..to"))
  var traceWindow: String?

  @Option(
    help: ArgumentHelp("Draw figures, SVG and PNG, into this folder.", valueName: "folder"),
    completion: .directory)
  var plots: String?

  @Option(help: "Latencies to report, of ttft, tpot, itl, e2el, separated by commas.")
  var percentileMetrics = "ttft,tpot,itl,e2el"

  @Option(help: "Percentiles to report, separated by commas.")
  var metricPercentiles = "99"

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Limits in ms that a request must keep to count as good: ttft:500 tpot:50 e2el:2000.",
      valueName: "key:ms"))
  var goodput: [String] = []

  var metrics: [LatencyMetric] {
    get throws {
      do { return try LatencyMetric.list(parsing: percentileMetrics) } catch {
        throw ValidationError("--percentile-metrics: \(error)")
      }
    }
  }

  var percentiles: [Double] {
    get throws {
      do { return try LatencyMetric.percentiles(parsing: metricPercentiles) } catch {
        throw ValidationError("--metric-percentiles: \(error)")
      }
    }
  }

  var goodputLimits: GoodputLimits {
    get throws { try GoodputLimits(options: goodput) }
  }

  var printsTables: Bool { json != "-" }

  /// Whether requests and steps are kept; the timeline, and that among the figures, is made of them.
  var keepsRecords: Bool { detailed || plots != nil || trace != nil }

  var timelineWindow: TimelineWindow? {
    get throws {
      do { return try traceWindow.map { try TimelineWindow(parsing: $0) } } catch {
        throw ValidationError("--trace-window: \(error)")
      }
    }
  }

  func validate() throws {
    _ = try (metrics, percentiles, goodputLimits, timelineWindow)
    for (option, path) in [
      ("--db", db), ("--json", json), ("--csv", csv), ("--trace", trace), ("--plots", plots),
    ]
    where path == "" {
      throw ValidationError("\(option): the name is empty")
    }
    for (option, path) in [("--csv", csv), ("--trace", trace)] where path == "-" {
      throw ValidationError(
        "\(option): only --json takes '-' for standard output; give a file, or /dev/stdout")
    }
    if traceWindow != nil, trace == nil { throw ValidationError("--trace-window needs --trace") }
  }

  func outputs() throws -> ResultOutputs {
    ResultOutputs(
      database: noStore ? nil : db, json: json == "-" ? nil : json, csv: csv, timeline: trace,
      timelineWindow: try timelineWindow, detailed: detailed, percentileMetrics: try metrics,
      percentiles: try percentiles)
  }
}

/// How a simulation is run.
struct SimulationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run it N times, each with a seed of its own, instead of as often as the scenario says; figures are then means with intervals.",
      valueName: "N"))
  var replications: Int?

  @Option(help: "Runs simulated at once; one per core if not given. Results do not depend on it.")
  var threads: Int?

  @Flag(help: "Check after every step what must always hold (conservation, limits, order). Slow.")
  var check = false

  @Flag(
    name: [.short, .long], help: "No tables, no progress: only what --json, --csv, --plots and --db write.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
  }
}

/// Names of variants on the command line.
enum VariantNames {
  static let help =
    "baseline, or swiftkv-PERCENT for the share of layers that prompt tokens skip, then -across2 and -fp8kv as wanted: "
    + "swiftkv-50-across2-fp8kv."

  /// What the shell offers; every name of the grammar works.
  static let completion = CompletionKind.list([
    "baseline", "baseline-fp8kv", "swiftkv-25", "swiftkv-40", "swiftkv-50", "swiftkv-62.5",
    "swiftkv-50-across2",
    "swiftkv-50-fp8kv", "swiftkv-50-across2-fp8kv",
  ])

  /// - Parameter texts: names, or lists of names separated by commas.
  static func variants(_ texts: [String]) throws -> [Variant] {
    var problems: [String] = []
    var variants: [Variant] = []
    for name in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      do throws(VariantError) {
        variants.append(try Variant(name: name.trimmingCharacters(in: .whitespaces)))
      } catch {
        problems.append("--variant: \(error)")
      }
    }
    guard problems.isEmpty else {
      throw CommandFailure(message: problems.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    return variants
  }
}
