import ArgumentParser
import Experiments
import Models

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Simulate several variants on the same requests and show them side by side.",
    discussion: """
      Examples:
        swiftkv-sim compare scenarios/rag.yaml
        swiftkv-sim compare scenarios/rag.yaml --variant baseline,swiftkv-25
        swiftkv-sim compare scenarios/rag.yaml --plots plots --json rag.jsonl

      Changes are relative to the first variant. Without --variant: baseline against the scenario's own variant, or against \
      swiftkv-50. The result file has one JSON object a line, as vLLM's --append-result makes it.
      """)

  @OptionGroup var input: ScenarioOptions
  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp(VariantNames.help + " Repeatable, or separated by commas.", valueName: "name"),
    completion: VariantNames.completion)
  var names: [String] = []
  @OptionGroup var output: OutputOptions
  @OptionGroup var simulation: SimulationOptions

  func run() throws {
    let scenario = try input.load(replications: simulation.replications)
    do { try scenario.requireChoiceOfVariant() } catch { throw CommandFailure.input(error) }
    let variants =
      names.isEmpty ? Comparison.defaultVariants(for: scenario) : try VariantNames.variants(names)
    try SimulationRun(
      scenario: scenario, file: input.scenario, variants: variants, output: output, options: simulation
    ).execute { runs in
      let comparison = Comparison(scenario, runs: runs)
      let tables = comparison.tables.map(Terminal.text).joined(separator: "\n")
      let closing = comparison.findings + comparison.footnotes
      return Terminal.bold(comparison.heading) + "\n\n" + tables + "\n" + closing.map { $0 + "\n" }.joined()
    }
  }
}
