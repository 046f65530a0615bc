public import ArgumentParser
import Experiments
public import Figures
import Reports
import Results

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw the figures of stored runs, or a planner's figures of scenarios.",
    discussion: """
      Examples:
        swiftkv-sim plot
        swiftkv-sim plot --run 12 --run 14 --out plots/
        swiftkv-sim plot scenarios/rag.yaml
        swiftkv-sim plot scenarios/rag.yaml --figure latency-load,pareto --variant baseline,swiftkv-50,swiftkv-50-fp8kv

      Without scenarios: stored runs, by default those of the newest experiment; 'swiftkv-sim runs' lists what there is. \
      With scenarios: latency and goodput against load, throughput against the speed for one user, TTFT by prompt length \
      and rate, what SwiftKV gains by prompt:output ratio and load, memory, steps, GPUs needed. They are simulated for it and \
      not stored.
      """)

  @Argument(
    help: "Scenario files. None: stored runs.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var scenarios: [String] = []

  @Option(help: ArgumentHelp("Folder for the figures.", valueName: "folder"), completion: .directory)
  var out = "plots"
  @Option(name: .customLong("format"), help: "svg or png; both if not given.")
  var formats: [FigureFormat] = []

  @OptionGroup(title: "Stored runs") var stored: StoredOptions
  @OptionGroup(title: "Scenarios") var planned: PlannedOptions

  struct StoredOptions: ParsableArguments {
    @Option(
      help: "SQLite file of the runs; results/swiftkv.sqlite if not given.",
      completion: .file(extensions: ["sqlite"]))
    var db: String?
    @Option(name: .customLong("run"), help: ArgumentHelp("A run to draw. Repeatable.", valueName: "id"))
    var ids: [Int64] = []
  }

  struct PlannedOptions: ParsableArguments {
    @Option(
      name: .customLong("figure"),
      help: ArgumentHelp(
        "\(PlannerFigures.Kind.allCases.map(\.rawValue).joined(separator: ", ")); repeatable, or separated by commas. All if not given.",
        valueName: "name"), completion: .list(PlannerFigures.Kind.allCases.map(\.rawValue)))
    var figures: [String] = []
    @Option(
      name: .customLong("variant"),
      help: ArgumentHelp(VariantNames.help + " Repeatable, or separated by commas.", valueName: "name"),
      completion: VariantNames.completion)
    var names: [String] = []
    @Option(
      name: .customLong("set"),
      help: ArgumentHelp(
        "Change one key of the scenarios: engine.max_num_seqs=512. Repeatable.", valueName: "key=value"))
    var overrides: [String] = []
    @Option(help: "Random seed, instead of the scenarios'.")
    var seed: UInt64?
    @Option(help: "Independent runs of each load, of which the intervals are made.")
    var replications: Int?
    @Option(help: "Runs simulated at once; one per core if not given. Figures do not depend on it.")
    var threads: Int?
    @Flag(name: [.short, .long], help: "No progress.")
    var quiet = false

    /// The options that were given, as the user writes them.
    var given: [String] {
      (figures.isEmpty ? [] : ["--figure"]) + (names.isEmpty ? [] : ["--variant"])
        + (overrides.isEmpty ? [] : ["--set"]) + (seed == nil ? [] : ["--seed"])
        + (replications == nil ? [] : ["--replications"]) + (threads == nil ? [] : ["--threads"])
    }

    func validate() throws {
      if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
      if let replications, !(2...1000).contains(replications) {
        throw ValidationError("--replications: \(replications) is not from 2 to 1000")
      }
    }
  }

  func validate() throws {
    if scenarios.isEmpty, !planned.given.isEmpty {
      throw ValidationError("\(planned.given.joined(separator: ", ")): of no use without a scenario file")
    }
    if !scenarios.isEmpty, stored.db != nil || !stored.ids.isEmpty {
      throw ValidationError(
        "--db and --run are of stored runs, and scenarios are given; draw them one after the other")
    }
    if out.isEmpty { throw ValidationError("--out: the name is empty") }
  }

  func run() throws {
    if scenarios.isEmpty { try drawStored() } else { try drawScenarios() }
  }

  private func drawScenarios() throws {
    var options = PlannerFigures.Options(threads: planned.threads)
    if let replications = planned.replications { options.replications = replications }
    try PlotScenarios(
      files: scenarios, overrides: planned.overrides, seed: planned.seed,
      kinds: PlannerFigures.Kind.kinds(planned.figures),
      variants: planned.names.isEmpty ? nil : VariantNames.variants(planned.names), options: options,
      out: out,
      formats: formats.isEmpty ? FigureFormat.allCases : formats, isQuiet: planned.quiet
    ).execute()
  }

  private func drawStored() throws {
    let files: [String]
    let db = stored.db ?? "results/swiftkv.sqlite"
    do {
      let store = try StoredRuns.open(db)
      let chosen = stored.ids.isEmpty ? StoredRuns.latestExperiment(try store.list()).map(\.id) : stored.ids
      guard !chosen.isEmpty else { throw CommandFailure.run("'\(db)' holds no runs") }
      let runs = try chosen.map { id in try store.load(id) }
      let bare = zip(chosen, runs).filter { $0.1.1.record == nil }.map(\.0)
      if !bare.isEmpty {
        Terminal.inform(
          "\(bare.count == chosen.count ? "the time line is not drawn" : "the time line shows other runs only"): "
            + StoredRuns.lacks("\(bare.count == 1 ? "its" : "their") steps", runs: bare))
      }
      let figures = FigureSet.figures(ofStored: runs)
      files = try FigureWriter.write(
        figures, to: out, formats: formats.isEmpty ? FigureFormat.allCases : formats)
    } catch {
      throw CommandFailure.stored(error)
    }
    Terminal.write(files.map { $0 + "\n" }.joined())
  }
}

extension FigureFormat: ExpressibleByArgument {}
