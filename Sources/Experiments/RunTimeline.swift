import EngineSettings
import Metrics
import Quantities
import Results

extension TimelineProcess {
  /// Runs as processes, one for each replica; none for a run whose requests and steps were not kept.
  static func processes(_ runs: [VariantRun], of scenario: Scenario) -> [TimelineProcess] {
    let graphs = CUDAGraphs(scenario.engine)
    var processes: [TimelineProcess] = []
    for run in runs {
      guard let record = run.record else { continue }
      let name = "\(scenario.name): \(run.name)"
      func add(_ name: String, _ requests: [RequestRecord], _ steps: [StepRecord], _ totalBlocks: Int) {
        processes.append(
          TimelineProcess(
            pid: processes.count + 1, name: name, requests: requests, steps: steps, totalBlocks: totalBlocks,
            paddedTokens: { graphs.paddedTokens($0) }))
      }
      guard record.totals.replicas.count > 1 else {
        add(name, record.requests, record.steps, record.totals.totalBlocks)
        continue
      }
      // The steps of one replica follow those of the other, and deliveries count all of them.
      var first = 0
      for (number, replica) in record.totals.replicas.enumerated() {
        var own = record.requests.filter { $0.replica == number }
        for i in own.indices {
          for j in own[i].deliveries.indices {
            own[i].deliveries[j].first -= first
            own[i].deliveries[j].last -= first
          }
        }
        let kind = run.groups.count > 1 ? " (\(replica.variant))" : ""
        add(
          "\(name), replica \(number)\(kind)", own, Array(record.steps[first..<first + replica.steps]),
          replica.totalBlocks)
        first += replica.steps
      }
    }
    return processes
  }
}

extension TimelineFile.Content {
  /// What is not in the file, in a sentence; nil if everything is.
  ///
  /// - Parameter isChosen: whether somebody asked for the window.
  func omission(path: String, isChosen: Bool) -> String? {
    guard let window, window.start > 0 || window.end <= end else { return nil }
    let part = "\(path) shows \(window.start) to \(window.end) of \(end)"
    if isChosen { return events > TimelineWindow.usualEvents ? part + ", \(events.grouped) events" : part }
    return part + ", as much as a viewer opens within seconds; --trace-window chooses another part"
  }
}
