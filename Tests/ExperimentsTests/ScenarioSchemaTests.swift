import Foundation
import Serving
import Testing

@testable import Experiments

/// The shipped files that repeat the reader's keys agree with it.
@Suite("Scenario: schema, reference and examples")
struct ScenarioSchemaTests {
  private static func file(_ path: String) throws -> Data {
    try Data(contentsOf: root.appendingPathComponent(path))
  }

  private static func schema() throws -> Schema {
    try JSONDecoder().decode(Schema.self, from: file("scenarios/scenario.schema.json"))
  }

  @Test(
    "the schema has exactly the reader's keys, section by section, each described",
    arguments: ScenarioSection.allCases)
  func keys(section: ScenarioSection) throws {
    let schema = try Self.schema()
    let isRoot = section == .scenario
    let properties =
      isRoot ? schema.properties : try #require(schema.definitions[section.rawValue]?.properties)
    #expect(properties.keys.sorted() == section.keys.sorted())
    #expect(
      (isRoot ? schema.additionalProperties : schema.definitions[section.rawValue]?.additionalProperties)
        == false)
    let silent = properties.filter { $0.value.description == nil && $0.value.reference == nil }.keys.sorted()
    #expect(silent == [])
  }

  @Test("the schema's choices are the reader's")
  func choices() throws {
    let definitions = try Self.schema().definitions
    func choices(_ section: ScenarioSection, _ key: String) -> [Choice]? {
      definitions[section.rawValue]?.properties?[key]?.enum
    }
    #expect(
      choices(.hardware, "tensor_parallel_size") == ScenarioChoice.tensorParallelSizes.map(Choice.number))
    #expect(choices(.engine, "block_size") == ScenarioChoice.blockSizes.map(Choice.number))
    #expect(choices(.engine, "kv_cache_dtype") == ScenarioChoice.kvCacheDtypes.map(Choice.word))
    #expect(choices(.swiftkv, "kv_cache_dtype") == ScenarioChoice.kvCacheDtypes.map(Choice.word))
    #expect(choices(.engine, "dtype") == ScenarioChoice.dtypes.map(Choice.word))
    #expect(choices(.engine, "quantization") == ScenarioChoice.quantizations.map(Choice.word))
    #expect(choices(.engine, "scheduling_policy") == ScenarioChoice.schedulingPolicies.map(Choice.word))
    #expect(choices(.engine, "cudagraph_mode") == ScenarioChoice.cudagraphModes.map(Choice.word))
    #expect(choices(.arrivals, "process") == ScenarioChoice.processes.map(Choice.word))
    #expect(choices(.measurement, "warmup") == ScenarioChoice.warmups.map(Choice.word))
    #expect(choices(.trace, "format") == ScenarioChoice.traceFormats.map(Choice.word))
    #expect(try Self.schema().properties["router"]?.enum == Router.allCases.map { .word($0.rawValue) })
    #expect(choices(.workload, "preset") == ScenarioLookup.standard.presetNames.map(Choice.word))
  }

  @Test("the reference names every key of every section")
  func reference() throws {
    let text = try #require(String(validating: try Self.file("docs/scenarios.md"), as: UTF8.self))
    let missing = ScenarioSection.allCases.flatMap { section in
      section.keys.filter { !text.contains("| `\($0)`") }.map { "\(section.rawValue).\($0)" }
    }
    #expect(missing == [])
  }

  @Test(
    "every example is read, points editors to the schema, and is listed in the folder's README",
    arguments: shippedScenarios)
  func examples(name: String) throws {
    let folder = root.path + "/scenarios"
    // Traces are the user's: any file stands in for them.
    let text = try #require(String(validating: try Self.file("scenarios/\(name)"), as: UTF8.self))
    let overrides = text.contains("trace: {file:") ? ["workload.trace.file=\(folder)/README.md"] : []
    let scenario = try Scenario.load(path: "\(folder)/\(name)", overrides: overrides)
    #expect(scenario.name + ".yaml" == name)
    #expect(text.hasPrefix("# yaml-language-server: $schema=scenario.schema.json\n"))
    let readme = try #require(String(validating: try Self.file("scenarios/README.md"), as: UTF8.self))
    #expect(readme.contains("`\(name)`"))
  }

  @Test("the examples are there to be tested")
  func someExamples() {
    #expect(shippedScenarios.count >= 7)
  }
}

/// One object of the schema: its keys, and the fixed choices of those that have any.
private struct Definition: Decodable {
  var properties: [String: Property]?
  var additionalProperties: Bool?
}

private struct Property: Decodable {
  var `enum`: [Choice]?
  var description: String?
  var reference: String?

  enum CodingKeys: String, CodingKey {
    case `enum`, description
    case reference = "$ref"
  }
}

private enum Choice: Decodable, Hashable {
  case word(String), number(Int)

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    self = try (try? value.decode(Int.self)).map(Choice.number) ?? .word(value.decode(String.self))
  }
}

private struct Schema: Decodable {
  var properties: [String: Property]
  var additionalProperties: Bool
  var definitions: [String: Definition]

  enum CodingKeys: String, CodingKey {
    case properties, additionalProperties
    case definitions = "$defs"
  }
}

private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private let shippedScenarios =
  ((try? FileManager.default.contentsOfDirectory(atPath: root.path + "/scenarios")) ?? [])
  .filter { $0.hasSuffix(".yaml") }.sorted()
