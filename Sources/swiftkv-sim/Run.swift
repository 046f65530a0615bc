import ArgumentParser
import Experiments
import Foundation
import Metrics

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulate one scenario and print what 'vllm bench serve' would print.",
    discussion: """
      Examples:
        swiftkv-sim run scenarios/rag.yaml
        swiftkv-sim run scenarios/rag.yaml --variant swiftkv-50 --seed 2
        swiftkv-sim run scenarios/rag.yaml --set workload.arrivals.request_rate=8
        swiftkv-sim run scenarios/rag.yaml --goodput ttft:500 tpot:50
        swiftkv-sim run scenarios/rag.yaml --json - | jq .mean_ttft_ms

      Below vLLM's table stands what a client cannot see: memory, batch sizes, and where the time to first token went.
      """)

  @OptionGroup var input: ScenarioOptions
  @Option(help: ArgumentHelp(VariantNames.help, valueName: "name"), completion: VariantNames.completion)
  var variant: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var simulation: SimulationOptions

  func run() throws {
    let scenario = try input.load(replications: simulation.replications)
    if variant != nil {
      do { try scenario.requireChoiceOfVariant() } catch { throw CommandFailure.input(error) }
    }
    let variants = try variant.map { try VariantNames.variants([$0]) } ?? [scenario.variant]
    guard variants.count == 1 else {
      throw ValidationError("run takes one variant; use 'swiftkv-sim compare' for several")
    }
    let (metrics, percentiles) = (try output.metrics, try output.percentiles)
    try SimulationRun(
      scenario: scenario, file: input.scenario, variants: variants, output: output, options: simulation
    ).execute { runs in
      runs.map { run in
        RunReport.text(run, of: scenario, percentileMetrics: metrics, percentiles: percentiles)
      }.joined()
    }
  }
}
