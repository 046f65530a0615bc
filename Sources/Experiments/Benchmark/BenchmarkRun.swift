import Foundation

/// Measures scenarios, and the whole program, as its settings say.
public struct BenchmarkRun: Sendable {
  public var warmUps: Int
  public var repeats: Int

  public init(warmUps: Int = 1, repeats: Int = 5) {
    self.warmUps = warmUps
    self.repeats = repeats
  }

  /// A scenario's times, and its memory in processes of its own.
  ///
  /// - Parameter arguments: make this program simulate the scenario once, with so many requests (nil: all of them), and print a
  ///   ``OnceReport``; nil leaves memory out.
  public func row(
    _ benchmark: Benchmark, arguments: ((_ requests: Int?) -> [String])?
  ) throws -> BenchmarkReport.ScenarioRow {
    let (counts, times) = try benchmark.measure(warmUps: warmUps, repeats: repeats)
    var memory: Int?
    if let arguments {
      let (all, one) = (try peakBytes(arguments(nil)), try peakBytes(arguments(1)))
      if let all, let one { memory = max(0, all - one) }
    }
    return BenchmarkReport.ScenarioRow(
      name: benchmark.subject.name, about: benchmark.subject.about, counts: counts, seconds: .init(times),
      memoryBytes: memory)
  }

  private func peakBytes(_ arguments: [String]) throws -> Int? {
    try withTemporaryFolder { folder in
      let file = folder + "/once.json"
      _ = try ProgramProcess.run(arguments, output: file)
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      return try OnceReport.decode(data).peakResidentBytes
    }
  }

  /// `run --no-store` on the common workload, as processes.
  ///
  /// - Parameter sizes: sizes.
  public func programRows(requests sizes: [Int]) throws -> [BenchmarkReport.ProgramRow] {
    try withTemporaryFolder { folder in
      let file = folder + "/common.yaml"
      var rows: [BenchmarkReport.ProgramRow] = []
      for (name, rate) in [("below", BenchmarkScenario.saturation as Double?), ("at-once", nil)] {
        for size in sizes {
          let text = BenchmarkScenario.commonYAML(requests: size, rate: rate)
          try Data(text.utf8).write(to: URL(fileURLWithPath: file))
          let times = RepeatedTimes(
            seconds: try (0..<warmUps + repeats).map { _ in
              try ProgramProcess.run(["run", file, "--no-store"])
            }.suffix(repeats))
          rows.append(
            .init(
              name: name, requests: size, outputTokens: size * BenchmarkScenario.outputTokens,
              seconds: .init(times)))
        }
      }
      return rows
    }
  }

  private func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "swiftkv-bench-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    return try body(folder.path)
  }
}
