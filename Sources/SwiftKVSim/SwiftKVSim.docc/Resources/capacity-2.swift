import SwiftKVSim

let scenario = try Scenario.load(path: "scenarios/rag.yaml")
let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]
for run in try Experiment(scenario, variants: variants).run().runs {
  print("\(run.name): p99 TTFT \(run.summary.percentile(99, of: .ttft))")
}
