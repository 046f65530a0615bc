import SwiftKVSim

let scenario = try Scenario.load(path: "scenarios/rag.yaml")
