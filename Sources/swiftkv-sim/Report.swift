import ArgumentParser
import Experiments
import Figures
import Foundation
import Hardware
import Models
import Planning
import Reports
import Results

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML page that says what SwiftKV changes for a scenario, to hand over.",
    discussion: """
      Examples:
        swiftkv-sim report scenarios/rag.yaml
        swiftkv-sim report scenarios/rag.yaml --variant baseline,swiftkv-50 --output rag.html
        swiftkv-sim report scenarios/rag.yaml --target-rate 100 --gpu-price 2.5

      The page needs no other file and no network: figures, data and style are in it. It has the answer with its interval, tables, \
      figures, every assumption, the model's error and the command that makes it again. The scenario needs an objective. \
      Changes are relative to the first variant.
      """)

  @OptionGroup var input: ScenarioOptions
  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp(VariantNames.help + " Repeatable, or separated by commas.", valueName: "name"),
    completion: VariantNames.completion)
  var names: [String] = []
  @OptionGroup var plan: PlanOptions
  @Option(
    name: [.short, .long], help: ArgumentHelp("The page.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var output = "report.html"
  @Option(help: "Variants simulated at once; one per core if not given. Results do not depend on it.")
  var threads: Int?
  @Flag(name: [.short, .long], help: "No progress and no messages.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: \(threads) is less than 1") }
    if output.isEmpty { throw ValidationError("--output: the name is empty") }
  }

  func run() throws {
    let scenario = try input.load()
    let variants =
      names.isEmpty ? Comparison.defaultVariants(for: scenario) : try VariantNames.variants(names)
    let traffic = try plan.readTraffic()
    let study: ReportStudy
    do {
      study = try ReportStudy(scenario, variants: variants)
    } catch {
      throw CommandFailure.input(error)
    }
    let files = [input.scenario] + [scenario.traceFile, plan.trafficFile].compactMap(\.self)
    let collisions = Destinations.collisions([("--output", output)], reading: files)
    guard collisions.isEmpty else {
      throw CommandFailure(message: collisions.joined(separator: "\n"), status: CommandFailure.badInput)
    }
    do {
      try Destinations.checkWritable(output)
      try FigureWriter.checkProgram()
    } catch {
      throw CommandFailure.run("\(error)\nnothing was simulated")
    }

    let interruption = Interruption()
    let line = ProgressLine(isQuiet: quiet)
    defer { interruption.end() }
    let outcome: ReportStudy.Outcome
    do {
      outcome = try study.run(
        plan.request(traffic), price: plan.gpuPrice.map { PriceRange($0) }, threads: threads
      ) { progress in
        line.show(progress.doing, share: progress.share)
        return !interruption.isPending
      }
      line.erase()
    } catch {
      line.erase()
      throw CommandFailure.run("\(error)")
    }
    // A page from half of the runs would answer another question.
    guard case .finished(let results) = outcome, !interruption.isPending else {
      throw CommandFailure(message: "interrupted: no page was written", status: CommandFailure.interrupted)
    }
    let invocation = Invocation(
      options: ["--variant", variants.map(\.name).joined(separator: ",")] + plan.words,
      version: CodeVersion.current,
      date: SimulationRun.reproducibleDate ?? Date())
    do {
      try AtomicFile.write(results.page(invocation).html(), to: output)
    } catch {
      throw CommandFailure.run("\(error)")
    }
    if !quiet { Terminal.inform("report: \(output)") }
  }
}

extension PlanOptions {
  /// As they are typed, without those that were not given.
  fileprivate var words: [String] {
    func number(_ option: String, _ value: Double?) -> [String] { value.map { [option, "\($0)"] } ?? [] }
    return number("--target-rate", targetRate)
      + number("--headroom", headroom == PlanOptions.usualHeadroom ? nil : headroom)
      + number("--gpu-price", gpuPrice) + (traffic.map { ["--traffic", $0, "--start-up", startUp] } ?? [])
  }
}
