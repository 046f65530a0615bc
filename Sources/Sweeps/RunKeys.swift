import Experiments
import Foundation
import Hardware
import Metrics
import Models
import Randomness
import Synchronization
import Workload

/// Names a simulation by everything that its figures follow from, so that a result can be found again and equal simulations are one.
///
/// That is the scenario as it was read (defaults, model, device profile and all), the variant, the seed, what is in the files that are
/// read, the goodput limits, the program's version, and what the program predicts (``ModelFingerprint``). Not the scenario's name, nor
/// where files lie, nor how a value was written: `2 s` is `2000 ms`.
struct RunKeys: Sendable {
  private let head: String
  private let texts = TextCache()

  init(goodputLimits: GoodputLimits) {
    var head = "swiftkv-sim \(CodeVersion.current)\npredictions \(ModelFingerprint.current)\n"
    dump(goodputLimits, to: &head)
    self.head = head
  }

  /// The keys of a point's replicates.
  ///
  /// - Throws: what keeps a file from being read.
  func keys(of scenario: Scenario, replications: Int) throws -> [String] {
    var text = head
    // By reflection, so that a field that scenarios gain is not forgotten here.
    for (label, value) in Mirror(reflecting: scenario).children {
      switch (label, value) {
      // Of the replications each is a simulation of its own.
      case ("name", _), ("source", _), ("seed", _), ("replications", _): break
      case (_, let model as ModelConfig): text += texts.text(of: model)
      case (_, let device as DeviceProfile): text += texts.text(of: device)
      case (_, var workload as WorkloadSpec):
        if let path = workload.trace?.path {
          text += "trace \(try texts.digest(ofFile: path))\n"
          workload.trace?.path = ""
        }
        dump(workload, to: &text, name: label)
      default: dump(value, to: &text, name: label)
      }
    }
    return (0..<replications).map { replicate in
      SHA256.hex("\(text)seed \(ReplicationSeed.seed(scenario.seed, replication: replicate))\n")
    }
  }

  /// Texts that take long to make and that many points share.
  private final class TextCache: Sendable {
    private struct Content {
      var models: [ModelConfig: String] = [:]
      var devices: [DeviceProfile: String] = [:]
      var files: [String: String] = [:]
    }
    private let content = Mutex(Content())

    func text(of model: ModelConfig) -> String {
      content.withLock { content in
        if let text = content.models[model] { return text }
        // Where it came from does not matter, only what it is.
        var nameless = model
        nameless.name = ""
        let text = SHA256.hex(dumped(nameless)) + "\n"
        content.models[model] = text
        return text
      }
    }

    func text(of device: DeviceProfile) -> String {
      content.withLock { content in
        if let text = content.devices[device] { return text }
        let text = SHA256.hex(dumped(device)) + "\n"
        content.devices[device] = text
        return text
      }
    }

    func digest(ofFile path: String) throws -> String {
      try content.withLock { content in
        if let digest = content.files[path] { return digest }
        var hash = SHA256()
        hash.update(try Data(contentsOf: URL(fileURLWithPath: path)))
        let digest = SHA256.text(hash.finalized())
        content.files[path] = digest
        return digest
      }
    }

    private func dumped(_ value: some Any) -> String {
      var text = ""
      dump(value, to: &text)
      return text
    }
  }
}
