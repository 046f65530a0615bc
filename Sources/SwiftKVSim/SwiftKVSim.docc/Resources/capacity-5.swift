import SwiftKVSim

let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]

func carries(_ rate: Double, _ variant: Variant) throws -> Bool {
  let scenario = try Scenario.load(
    path: "scenarios/rag.yaml", overrides: ["workload.arrivals.request_rate=\(rate)"])
  let run = try Experiment(scenario, variants: [variant]).run().runs[0]
  return run.verdict.isMet && run.summary.requestThroughput.value >= 0.95 * rate
}

/// Rates between which the objective breaks, requests a second: carried, not carried.
func limits(of variant: Variant) throws -> (carried: Double, missed: Double) {
  var (carried, missed) = (0.0, 16.0)
  while missed - carried > 0.125 {
    let rate = (carried + missed) / 2
    if try carries(rate, variant) { carried = rate } else { missed = rate }
  }
  return (carried, missed)
}

let target = 100.0
for variant in variants {
  let (carried, missed) = try limits(of: variant)
  let replicas = (target / carried).rounded(.up)
  print(
    "\(variant.name): one replica carries \(carried) to \(missed) requests/s; \(target) need \(Int(replicas)) replicas"
  )
}
