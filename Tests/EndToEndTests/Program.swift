import Foundation
import Testing

/// The built program, run as a user runs it: own process, own folder, files for output.
struct Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// A folder of this run's own, with the scenarios of ``Program/scenarios`` in it. Removed with ``remove()``.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "swiftkv-e2e-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in Self.scenarios { try write(text, to: name) }
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  /// Names in the folder that the program made.
  func made() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { Self.scenarios[$0] == nil && !$0.hasPrefix("captured-") }.sorted()
  }

  /// Runs the program to its end in ``folder``.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  /// Runs the program to its end in ``folder``.
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    let process = try start(arguments, environment: environment)
    process.process.waitUntilExit()
    return try process.outcome()
  }

  /// Starts the program. Output goes to files, so that no pipe fills up.
  func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Started {
    let process = Process()
    process.executableURL = try Self.binary
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SOURCE_DATE_EPOCH": "0", "TERM": "dumb"].merging(environment) { $1 }
    ) { $1 }
    let name = UUID().uuidString
    let (output, errors) = ("captured-\(name).out", "captured-\(name).err")
    for (file, set) in [(output, \Process.standardOutput), (errors, \Process.standardError)] {
      try write("", to: file)
      process[keyPath: set] = try FileHandle(forWritingTo: folder.appending(path: file))
    }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return Started(process: process, output: output, errors: errors, program: self)
  }

  struct Started {
    let process: Process
    let output: String
    let errors: String
    let program: Program

    func outcome() throws -> Outcome {
      Outcome(
        status: process.terminationStatus, output: try program.read(output), errors: try program.read(errors))
    }
  }

  /// Beside the test bundle, where SwiftPM puts every product of a configuration.
  static var binary: URL {
    get throws {
      let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
      let beside = bundle.appending(path: "swiftkv-sim")
      try #require(FileManager.default.isExecutableFile(atPath: beside.path), "no program at \(beside.path)")
      return beside
    }
  }

  /// Small enough to simulate in milliseconds.
  static let scenarios = [
    "tiny.yaml": """
    name: tiny
    model: meta-llama/Llama-3.1-8B-Instruct
    hardware: {gpu: H100-SXM-80GB, tensor_parallel_size: 1}
    workload:
      num_requests: 40
      arrivals: {process: poisson, request_rate: 20}
      prompt_tokens: {uniform: [200, 3000]}
      output_tokens: {uniform: [1, 24]}
    objective: {ttft_p99: 2 s}
    seed: 1

    """,
    "wrong.yaml": """
    name: wrong
    model: meta-llama/Llama-3.1-8B-Instruct
    engine: {max_num_seq: 12, gpu_memory_utilization: .nan}
    workload:
      num_requests: -3
      arrivals: {process: poisson, request_rate: 0}
      prompt_tokens: {constant: 1500}
      output_tokens: {constant: many}

    """,
  ]
}
