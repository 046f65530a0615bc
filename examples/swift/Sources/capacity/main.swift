import SwiftKVSim

let scenario = try Scenario.load(path: "scenarios/rag.yaml")
let variants = [Variant.baseline, try Variant(name: "swiftkv-50")]

let study = try CapacityStudy.run(scenario, variants: variants).study
for found in study.variants {
  let (rate, low, high) = (
    PerSecond(found.capacity.value), PerSecond(found.capacity.lower), PerSecond(found.capacity.upper)
  )
  print("\(found.variant): one replica carries \(rate), 95 % interval \(low) to \(high)")
  if let plan = ServingPlan(found, targetRate: 100, headroom: 0.1, perGPUHour: nil) {
    print("  100 requests/s need \(plan.gpus) GPUs")
  }
}
