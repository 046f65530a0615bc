import Foundation

/// What a process that simulates one scenario once says of it, for whoever runs it under a profiler.
public struct OnceReport: Hashable, Sendable, Codable {
  public var name: String
  public var counts: Benchmark.Counts
  /// Most memory that the process had in use; nil where the system does not say.
  public var peakResidentBytes: Int?

  public init(_ benchmark: Benchmark) throws {
    name = benchmark.subject.name
    counts = try benchmark.once()
    peakResidentBytes = ProgramProcess.peakResidentBytes()
  }

  /// One line of JSON.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  static func decode(_ data: Data) throws -> OnceReport {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(OnceReport.self, from: data)
  }
}
