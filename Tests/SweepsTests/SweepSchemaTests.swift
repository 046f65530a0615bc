import Foundation
import Testing

@testable import Sweeps

/// The shipped files that repeat the reader's keys agree with it.
@Suite("Sweep: schema, reference and examples")
struct SweepSchemaTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let examples =
    ((try? FileManager.default.contentsOfDirectory(atPath: root.path + "/scenarios/sweeps")) ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  private static func json(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: root.appendingPathComponent(path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  @Test("The schema has exactly the reader's keys, each described, and so has the reference")
  func keys() throws {
    let schema = try Self.json("scenarios/sweep.schema.json")
    let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
    let reference = try Self.text("docs/sweeps.md")
    for (keys, object) in [
      (SweepFileReader.keys, schema), (SweepFileReader.rangeKeys, definitions["range"] ?? [:]),
      (SweepFileReader.goodputKeys, definitions["goodput"] ?? [:]),
    ] {
      let properties = try #require(object["properties"] as? [String: [String: Any]])
      #expect(properties.keys.sorted() == keys.sorted())
      #expect(object["additionalProperties"] as? Bool == false)
      for (key, value) in properties {
        #expect(value["description"] != nil || value["$ref"] != nil, "\(key) is not described")
      }
      for key in keys { #expect(reference.contains("| `\(key)`"), "\(key) is not in the reference") }
    }
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    #expect(properties["sampling"]?["enum"] as? [String] == SweepFileReader.samplings)
    let range = try #require(definitions["range"]?["properties"] as? [String: [String: Any]])
    #expect(range["scale"]?["enum"] as? [String] == SweepRange.Scale.allCases.map(\.rawValue))
  }

  @Test("Ranges are whole for exactly those keys of a scenario that the schema says are whole numbers")
  func wholeKeys() throws {
    let schema = try Self.json("scenarios/scenario.schema.json")
    let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
    /// Where a definition stands in a scenario.
    let places = [
      "hardware": "hardware", "engine": "engine", "swiftkv": "variant.swiftkv", "workload": "workload",
      "arrivals": "workload.arrivals", "stage": "workload.arrivals.stages.0",
      "length": "workload.prompt_tokens",
      "prefix": "workload.prefix", "conversations": "workload.prefix.conversations",
      "priority": "workload.priorities.0", "measurement": "measurement",
    ]
    var checked = 0
    for (definition, place) in places {
      let properties = try #require(definitions[definition]?["properties"] as? [String: [String: Any]])
      for (key, value) in properties {
        let type = value["type"] as? String
        let path = "\(place).\(key)"
        if type == "integer" { #expect(WholeKeys.contains(path), "\(path)") }
        if type == "number" { #expect(!WholeKeys.contains(path), "\(path)") }
        checked += type == "integer" || type == "number" ? 1 : 0
      }
    }
    #expect(checked > 15)
    #expect(WholeKeys.contains("seed") && WholeKeys.contains("workload.prompt_tokens"))
    #expect(
      WholeKeys.contains("workload.output_tokens.uniform.1")
        && !WholeKeys.contains("workload.arrivals.request_rate"))
  }

  @Test(
    "Every example can be planned, points editors to the schema and is named in the scenarios' README",
    arguments: examples)
  func example(name: String) throws {
    let path = Self.root.path + "/scenarios/sweeps/\(name)"
    let plan = try SweepPlan(SweepFile.load(path: path))
    #expect(plan.file.name + ".yaml" == name)
    #expect(plan.runs.count >= 100)
    #expect(
      try Self.text("scenarios/sweeps/\(name)").hasPrefix(
        "# yaml-language-server: $schema=../sweep.schema.json\n"))
    #expect(try Self.text("scenarios/README.md").contains("`sweeps/\(name)`"))
  }

  @Test("There are examples")
  func someExamples() {
    #expect(Self.examples.count >= 3)
  }
}
