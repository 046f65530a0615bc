import SwiftKVSim

let scenario = try Scenario.load(path: "scenarios/rag.yaml")
let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]
let outcome = try Experiment(scenario, variants: variants).run()
for run in outcome.runs {
  let (ttft, rate) = (run.summary.percentile(99, of: .ttft), run.summary.requestThroughput)
  print("\(run.name): p99 TTFT \(ttft), \(rate), objective \(run.verdict.isMet ? "met" : "missed")")
}
