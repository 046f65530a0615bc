import ArgumentParser
import Experiments
import Foundation
import Hardware
import Metrics
import Models
import Planning
import Quantities
import Results

struct Capacity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity",
    abstract: "Find how much load each variant carries within the objective, and what that costs.",
    discussion: """
      Examples:
        swiftkv-sim capacity scenarios/rag.yaml
        swiftkv-sim capacity scenarios/rag.yaml --variant baseline,swiftkv-25,swiftkv-50 --target-rate 100
        swiftkv-sim capacity scenarios/chat.yaml --goodput ttft:500 tpot:50 --goodput-share 0.95 --gpu-price 2.5
        swiftkv-sim capacity scenarios/rag.yaml --target-rate 100 --traffic day --json rag-capacity.json

      The objective is the scenario's; --goodput adds, or replaces where there is none, limits that a share of the requests must \
      keep. The search takes the scenario's requests at other rates; where the scenario sends everything at once and caps what is \
      in flight, it searches that number instead. Without --variant: baseline against the scenario's own variant, or against \
      swiftkv-50. How it works: docs/capacity.md.
      """)

  @OptionGroup var input: ScenarioOptions
  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp(VariantNames.help + " Repeatable, or separated by commas.", valueName: "name"),
    completion: VariantNames.completion)
  var names: [String] = []
  @OptionGroup var plan: PlanOptions
  @OptionGroup var search: SearchOptions
  @Option(
    help: ArgumentHelp("Everything as JSON; '-' is standard output, then without tables.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var json: String?
  @Option(
    help: ArgumentHelp("One row a variant.", valueName: "file"), completion: .file(extensions: ["csv"]))
  var csv: String?
  @Flag(name: [.short, .long], help: "No tables and no progress.")
  var quiet = false

  func validate() throws {
    for (option, path) in [("--json", json), ("--csv", csv)] where path == "" {
      throw ValidationError("\(option): the name is empty")
    }
    if csv == "-" { throw ValidationError("--csv: only --json takes '-' for standard output") }
  }

  func run() throws {
    let scenario = try input.load()
    let variants =
      names.isEmpty ? Comparison.defaultVariants(for: scenario) : try VariantNames.variants(names)
    let traffic = try plan.readTraffic()
    let files = [input.scenario] + [scenario.traceFile, plan.trafficFile].compactMap(\.self)
    try Destinations.require([("--json", json), ("--csv", csv)], reading: files)

    let interruption = Interruption()
    let line = ProgressLine(isQuiet: quiet, doing: "searching", what: "variants")
    let outcome: CapacityStudy.Outcome
    do {
      outcome = try CapacityStudy.run(
        scenario, variants: variants, objective: search.objective(of: scenario), settings: search.settings,
        threads: search.threads
      ) { progress in
        line.show(
          .init(
            finishedRuns: progress.finishedVariants, runs: progress.variants,
            share: Double(progress.finishedVariants) / Double(progress.variants)))
        return !interruption.isPending
      }
    } catch let error as ExperimentError {
      line.erase()
      throw CommandFailure.input(error)
    } catch {
      line.erase()
      throw CommandFailure.run("\(error)")
    }
    var document = CapacityDocument(outcome.study, price: plan.gpuPrice.map { PriceRange($0) })
    if !outcome.wasStopped {
      do {
        try document.plan(scenario, plan.request(traffic), threads: search.threads)
      } catch {
        line.erase()
        throw CommandFailure.run("\(error)")
      }
    }
    line.erase()
    interruption.end()
    try write(document)
    if outcome.wasStopped {
      let kept = "\(outcome.study.variants.count) of \(variants.count) variants had finished"
      throw CommandFailure(message: "interrupted: \(kept)", status: CommandFailure.interrupted)
    }
  }

  private func write(_ document: CapacityDocument) throws {
    guard !document.study.variants.isEmpty else { return }
    do {
      if json == "-" {
        Terminal.write(try document.json())
      } else if !quiet {
        let report = CapacityReport(document)
        let tables = report.tables.map(Terminal.text).joined(separator: "\n")
        let findings = report.findings.map { $0 + "\n" }.joined()
        let notes = report.footnotes.map { $0 + "\n" }.joined()
        Terminal.write(
          Terminal.bold(report.heading) + "\n\n" + findings + "\n" + tables + "\n" + notes)
      }
      if let json, json != "-" { try AtomicFile.write(document.json(), to: json) }
      if let csv { try AtomicFile.write(document.csv, to: csv) }
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }
}
