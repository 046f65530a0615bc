import CostModel
import EngineSettings
import Experiments
import Hardware
import InputFiles
import Models
import Quantities
import Serving
import Synchronization
import Workload

/// Makes the scenario of a point and finds out whether it can be simulated.
struct PointExaminer: Sendable {
  let file: SweepFile
  let keys: RunKeys
  private let cache = TableCache()
  private let traces = TraceCheck()

  init(file: SweepFile, keys: RunKeys) {
    self.file = file
    self.keys = keys
  }

  /// A point, and why it cannot exist.
  struct Examined: Sendable {
    var point: SweepPlan.Point
    var problems: [ScenarioError.Problem]
  }

  func examine(_ settings: [SweepAxis.Setting]) -> Examined {
    var point = SweepPlan.Point(
      parameters: settings.flatMap(\.parameters), keys: [], model: "", variant: "", device: "",
      tensorParallelSize: 0, gpus: 0, seed: 0, isProjection: false, skipPercent: 0, invalid: nil, cost: 0)
    var problems: [ScenarioError.Problem] = []
    func note(_ error: any Error) {
      problems += ["\(error)"].map { .init(place: .file(file.path, line: nil), path: "", message: $0) }
    }
    do throws(ScenarioError) {
      let scenario = try file.scenario(settings)
      do {
        let members = try scenario.fleet(of: scenario.variant, sharing: cache).members
        let skipped = members.reduce(0) { $0 + $1.deployment.plan.skipRatio }
        point.skipPercent = skipped / Double(members.count) * 100
        point.keys = try keys.keys(of: scenario, replications: file.replications)
      } catch { note(error) }
      do { try traces.check(scenario) } catch { note(error) }
      point.model = scenario.model.name
      point.variant = scenario.fleet.name(for: scenario.variant)
      point.device = scenario.device.spec.name
      point.tensorParallelSize = scenario.tensorParallelSize
      point.gpus = scenario.gpus
      point.seed = scenario.seed
      point.isProjection = scenario.fleet.variants(for: scenario.variant).contains { $0.variant.isProjection }
      point.cost = SweepPoint(scenario).estimatedCost
    } catch {
      problems += error.problems
    }
    if !problems.isEmpty {
      point.invalid = problems.map { ($0.path.isEmpty ? "" : "\($0.path): ") + $0.message }.joined(
        separator: "; ")
      // Nothing is ever found under it; it tells the point from others.
      let text = point.parameters.map(\.json).joined(separator: "\n")
      point.keys = (0..<file.replications).map { SHA256.hex("invalid \($0)\n\(text)") }
    }
    return Examined(point: point, problems: problems)
  }

  /// Whether a workload can be made. Only what a trace must be read for is not known already, and each is read once.
  private final class TraceCheck: Sendable {
    private let seen = Mutex([WorkloadSpec: String]())

    struct Failure: Error, CustomStringConvertible { var description: String }

    func check(_ scenario: Scenario) throws {
      let problems = scenario.workload.problems
      guard problems.isEmpty else {
        throw Failure(description: problems.map(\.description).joined(separator: "; "))
      }
      guard scenario.workload.trace != nil else { return }
      let message = seen.withLock { seen in
        if let known = seen[scenario.workload] { return known }
        var message = ""
        do {
          if try scenario.workload.stream(seed: scenario.seed).count == 0 {
            message = "there are no requests"
          }
        } catch { message = "\(error)" }
        seen[scenario.workload] = message
        return message
      }
      if !message.isEmpty { throw Failure(description: message) }
    }
  }
}
