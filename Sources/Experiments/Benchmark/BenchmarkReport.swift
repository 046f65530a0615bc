import Foundation
import ReferenceKernels

/// What a benchmark of the simulator found: for tables, and as JSON.
public struct BenchmarkReport: Hashable, Sendable, Codable {
  public var version = CodeVersion.current
  public var processor = MachineCeilings.processorName()
  public var cores = ProcessInfo.processInfo.activeProcessorCount
  public var scenarios: [ScenarioRow] = []
  public var program: [ProgramRow] = []
  public var growth: BenchmarkGrowth?
  public var sweep: BenchmarkSweep.Result?

  public init() {}

  /// One scenario, simulated by one thread of a program that runs already.
  public struct ScenarioRow: Hashable, Sendable, Codable {
    public var name: String
    public var about: String
    public var counts: Benchmark.Counts
    public var seconds: TimeFigures
    /// By how much the resident memory of a process of its own grows from 1 request to all; nil if that was not measured.
    public var memoryBytes: Int?
  }

  /// The whole program, from its start to its end.
  public struct ProgramRow: Hashable, Sendable, Codable {
    public var name: String
    public var requests: Int
    public var outputTokens: Int
    public var seconds: TimeFigures
  }

  /// Wall time.
  public struct TimeFigures: Hashable, Sendable, Codable {
    public var repeats: Int
    public var minimum: Double
    public var median: Double
    public var maximum: Double

    init(_ times: RepeatedTimes) {
      repeats = times.count
      minimum = times.minimum
      median = times.median
      maximum = times.maximum
    }
  }

  /// With keys in snake case, in a fixed order.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// One row a scenario, in seconds and bytes.
  public var csv: String {
    var text =
      "scenario,requests,output_tokens,steps,changes,preemptions,repeats,minimum_s,median_s,maximum_s,memory_bytes\r\n"
    for row in scenarios {
      let cells: [String] = [
        Self.quoted(row.name), "\(row.counts.requests)", "\(row.counts.outputTokens)", "\(row.counts.steps)",
        "\(row.counts.changes)", "\(row.counts.preemptions)", "\(row.seconds.repeats)",
        "\(row.seconds.minimum)", "\(row.seconds.median)", "\(row.seconds.maximum)",
        row.memoryBytes.map(String.init) ?? "",
      ]
      text += cells.joined(separator: ",") + "\r\n"
    }
    return text
  }

  /// As RFC 4180 has it.
  private static func quoted(_ text: String) -> String {
    text.contains { ",\"\r\n".contains($0) } || text.contains("\r\n")
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
