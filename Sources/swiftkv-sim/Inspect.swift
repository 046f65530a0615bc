public import ArgumentParser
public import Experiments
import Figures
import Models

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show memory, layers and the time of typical steps. Simulates nothing.",
    discussion: """
      Examples:
        swiftkv-sim inspect scenarios/rag.yaml
        swiftkv-sim inspect scenarios/rag.yaml --variant baseline,swiftkv-50
        swiftkv-sim inspect scenarios/rag.yaml --kernels prefill --plots plots
        swiftkv-sim inspect scenarios/rag.yaml --set engine.quantization=fp8

      With --kernels: every kernel of a step, its FLOPs and bytes, its time and what bounds it.
      """)

  @OptionGroup var input: ScenarioOptions
  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp(VariantNames.help + " Repeatable, or separated by commas.", valueName: "name"),
    completion: VariantNames.completion)
  var names: [String] = []
  @Option(help: "List the kernels of a step: single, decode, prefill or mixed. Repeatable.")
  var kernels: [TypicalBatch.Kind] = []
  @Option(
    help: ArgumentHelp("Draw rooflines, SVG and PNG, into this folder.", valueName: "folder"),
    completion: .directory)
  var plots: String?

  func run() throws {
    let scenario = try input.load()
    if !names.isEmpty {
      do { try scenario.requireChoiceOfVariant() } catch { throw CommandFailure.input(error) }
    }
    let variants = names.isEmpty ? [scenario.variant] : try VariantNames.variants(names)
    let inspection: Inspection
    do {
      inspection = try Inspection(scenario, variants: variants)
    } catch {
      throw CommandFailure.input(error)
    }
    var tables = inspection.tables
    for kind in kernels {
      tables += inspection.variants.compactMap { inspection.kernels(of: $0, in: kind) }
    }
    Terminal.write(
      Terminal.bold(inspection.heading) + "\n\n" + tables.map(Terminal.text).joined(separator: "\n")
        + "\n" + inspection.footnotes.map { $0 + "\n" }.joined())
    guard let plots else { return }
    do {
      _ = try FigureWriter.write(FigureSet.rooflines(inspection), to: plots, formats: FigureFormat.allCases)
    } catch {
      throw CommandFailure.run("\(error)")
    }
  }
}

extension TypicalBatch.Kind: ExpressibleByArgument {}
