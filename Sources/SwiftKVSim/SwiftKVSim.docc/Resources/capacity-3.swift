import SwiftKVSim

let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]

func carries(_ rate: Double, _ variant: Variant) throws -> Bool {
  let scenario = try Scenario.load(
    path: "scenarios/rag.yaml", overrides: ["workload.arrivals.request_rate=\(rate)"])
  let run = try Experiment(scenario, variants: [variant]).run().runs[0]
  return run.verdict.isMet && run.summary.requestThroughput.value >= 0.95 * rate
}
