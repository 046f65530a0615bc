import Randomness
import Workload
import Yams

extension Scenario {
  /// More replications than these are a sweep.
  static let mostReplications = 1000

  /// The scenario as one of its replications runs it.
  ///
  /// - Parameter number: from 0. Replication 0 has the scenario's own seed, and its figures are those of a run without replications.
  package func replication(_ number: Int) -> Scenario {
    guard number > 0 else { return self }
    var copy = self
    copy.seed = ReplicationSeed.seed(seed, replication: number)
    copy.replications = 1
    copy.source = Self.source(source, seed: copy.seed)
    return copy
  }

  /// What keeps replications from saying anything; nil if nothing does.
  var replicationProblem: String? {
    guard replications > 1, !workload.isRandom else { return nil }
    return
      "measurement.replications: found \(replications), but nothing in this workload is random\(workload.trace == nil ? "" : " (the trace is replayed as it is)"), "
      + "so all replications would be the same run; take them out: intervals then come from batches of the one run"
  }

  /// The text with another seed and without replications; as it was if it is no scenario's.
  private static func source(_ text: String, seed: UInt64) -> String {
    do {
      var document = try ScenarioDocument(text: text, file: "scenario")
      try document.apply(ScenarioOverride(seed: seed))
      if document.root.mapping?["measurement"]?.mapping?["replications"] != nil {
        try document.apply(ScenarioOverride("measurement.replications=null"))
      }
      return document.effectiveText()
    } catch {
      return text
    }
  }
}
