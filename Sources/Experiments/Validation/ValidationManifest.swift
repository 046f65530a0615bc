import EngineSettings
import Foundation
import Hardware
import Models

/// What `manifest.json` says of the measured runs in a folder: one entry a run, with the engine's exact settings.
struct ValidationManifest: Sendable {
  var runs: [Run]

  struct Run: Sendable, Decodable {
    var file: String
    var model: String
    var gpu: String
    var tensorParallelSize: Int
    var dtype: Precision
    var maxNumBatchedTokens: Int
    var maxNumSeqs: Int
    var blockSize: Int
    /// As the engine logged it.
    var numGPUBlocks: Int
    /// "0.15.1".
    var vllm: String
    var enablePrefixCaching: Bool
    var enableChunkedPrefill: Bool
    /// Distinct prompts, sent in a cycle; nil if no two are equal.
    var promptPool: Int?
    /// Requests that got no answer: more than none makes the run an overload.
    var failed: Int
    var stages: [Stage]
    /// Most requests that the client kept in flight.
    var maxConcurrency: Int?
    /// Whether that cap, not the arrival process, decided when requests were sent.
    var clientCapped: Bool

    enum CodingKeys: String, CodingKey {
      case file, model, gpu, dtype, vllm, failed, stages
      case tensorParallelSize = "tensor_parallel_size"
      case maxNumBatchedTokens = "max_num_batched_tokens"
      case maxNumSeqs = "max_num_seqs"
      case blockSize = "block_size"
      case numGPUBlocks = "num_gpu_blocks"
      case enablePrefixCaching = "enable_prefix_caching"
      case enableChunkedPrefill = "enable_chunked_prefill"
      case promptPool = "prompt_pool"
      case maxConcurrency = "max_concurrency"
      case clientCapped = "client_capped"
    }
  }

  struct Stage: Sendable, Decodable {
    /// Requests a second that the client was told to send.
    var rate: Double
    var numRequests: Int

    enum CodingKeys: String, CodingKey {
      case rate
      case numRequests = "num_requests"
    }
  }

  /// - Throws: ``MeasuredDataError`` naming the file, the entry and the key.
  init(folder: String) throws(MeasuredDataError) {
    let path = (folder as NSString).appendingPathComponent("manifest.json")
    guard let data = FileManager.default.contents(atPath: path) else {
      throw MeasuredDataError(problems: [
        "\(path): no such file; a folder of measured runs has a manifest.json"
      ])
    }
    do {
      runs = try JSONDecoder().decode([Run].self, from: data)
    } catch let error as DecodingError {
      throw MeasuredDataError(problems: ["\(path): \(Self.explained(error))"])
    } catch {
      throw MeasuredDataError(problems: ["\(path): \(error)"])
    }
    let problems = runs.enumerated().flatMap { i, run in
      run.problems.map { "\(path): [\(i)] \(run.file): \($0)" }
    }
    if runs.isEmpty { throw MeasuredDataError(problems: ["\(path): lists no run"]) }
    if !problems.isEmpty { throw MeasuredDataError(problems: problems) }
  }

  private static func explained(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey], _ key: (any CodingKey)? = nil) -> String {
      (path + [key].compactMap { $0 }).map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(
        separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context.codingPath, key)): missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context.codingPath)): \(context.debugDescription)"
    case .dataCorrupted(let context):
      let at = place(context.codingPath)
      return at.isEmpty ? "is not valid JSON, or cut off" : "\(at): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}

extension ValidationManifest.Run {
  /// What cannot be replayed.
  fileprivate var problems: [String] {
    var problems: [String] = []
    func positive(_ name: String, _ n: Int) {
      if n < 1 { problems.append("\(name): found \(n); allowed is a whole number from 1") }
    }
    positive("max_num_batched_tokens", maxNumBatchedTokens)
    positive("max_num_seqs", maxNumSeqs)
    positive("block_size", blockSize)
    positive("num_gpu_blocks", numGPUBlocks - 1)
    if let maxConcurrency { positive("max_concurrency", maxConcurrency) }
    if stages.isEmpty { problems.append("stages: missing") }
    for stage in stages {
      positive("num_requests", stage.numRequests)
      if !(stage.rate > 0 && stage.rate.isFinite) {
        problems.append("rate: found \(stage.rate); allowed is above 0")
      }
    }
    if clientCapped, maxConcurrency == nil { problems.append("client_capped without max_concurrency") }
    if let model = ModelConfig.named(model) {
      if let problem = model.tensorParallelProblem(tensorParallelSize) {
        problems.append("tensor_parallel_size: \(problem)")
      }
    } else {
      problems.append("model: '\(self.model)' is not in the catalogue")
    }
    if DeviceProfile.calibrated(gpu) == nil { problems.append("gpu: '\(gpu)' is not a calibrated device") }
    if release == nil { problems.append("vllm: found '\(vllm)'; allowed is a release such as 0.15.1") }
    return problems
  }

  /// The known release whose rules the run's followed.
  var release: VLLMRelease? {
    let parts = vllm.split(separator: ".").map { Int($0) }
    guard parts.count >= 2, parts[0] == 0, let minor = parts[1] else { return nil }
    // Asynchronous scheduling is the default since 0.14, the full-prompt admission check since 0.19.
    return minor < 14 ? .v0_11 : minor < 19 ? .v0_15 : .v0_23
  }

  var engine: EngineConfig {
    var engine = EngineConfig(release: release ?? .v0_15)
    engine.dtype = dtype
    engine.maxNumBatchedTokens = maxNumBatchedTokens
    engine.maxNumSeqs = maxNumSeqs
    engine.blockSize = blockSize
    engine.numGPUBlocksOverride = numGPUBlocks
    engine.enablePrefixCaching = enablePrefixCaching
    engine.enableChunkedPrefill = enableChunkedPrefill
    return engine
  }

  var isOverload: Bool { failed > 0 }

  /// What tells the file from others of its model: "general" of "llama-2-7b-tp1-general.csv".
  var shortName: String {
    let stem = (file as NSString).deletingPathExtension
    return stem.split(separator: "-tp\(tensorParallelSize)-", maxSplits: 1).last.map(String.init) ?? stem
  }
}

/// Why a folder of measured runs cannot be compared with; one line a problem.
public struct MeasuredDataError: Error, Hashable, CustomStringConvertible {
  public let problems: [String]

  public var description: String { problems.joined(separator: "\n") }
}
