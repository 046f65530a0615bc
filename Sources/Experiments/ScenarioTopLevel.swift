import EngineSettings
import Foundation
import Hardware
import InputFiles
import Metrics
import Models
import Quantities
import Workload

/// The scenario as a whole and its short sections.
extension ScenarioReader {
  /// - Parameter keepsSource: false leaves ``Scenario/source`` empty, which takes longer to write than all else to read.
  /// - Throws: ``ScenarioError`` with everything that was found, if anything was.
  package mutating func scenario(keepsSource: Bool = true) throws(ScenarioError) -> Scenario {
    let found = read(keepsSource: keepsSource)
    guard problems.isEmpty, let found else { throw ScenarioError(problems) }
    return found
  }

  private mutating func read(keepsSource: Bool) -> Scenario? {
    guard let top = section(document.root, at: "", line: nil, kind: .scenario) else { return nil }
    let name = self.name(top)
    let model = self.model(top)
    let (device, tensorParallelSize) = hardware(top, model: model)
    let engine = self.engine(top, device: device?.spec, model: model)
    let variant = self.variant(top, model: model, engine: engine)
    let fleet = self.fleet(top, model: model, engine: engine)
    let workload = self.workload(top)
    let objective = self.objective(top)
    let (measurement, replications) = self.measurement(top, workload: workload)
    let seed = self.seed(top)
    guard let model, let device, let engine, let variant, let workload else { return nil }
    return Scenario(
      name: name, model: model, device: device, tensorParallelSize: tensorParallelSize, engine: engine,
      variant: variant, workload: workload, objective: objective, measurement: measurement, seed: seed,
      replications: replications, source: keepsSource ? document.effectiveText() : "", fleet: fleet)
  }

  private mutating func name(_ top: Section) -> String {
    let fileName = SplitPath(document.file).stem
    guard top.has("name") else { return fileName }
    let allowed = "a line of up to 100 characters without '/'"
    let name = text(top, "name", allowed: allowed)
    if let name, name.count > 100 || name.contains("/") {
      note("found '\(name.excerpt)'; allowed is \(allowed)", in: top, "name")
    }
    return name ?? fileName
  }

  private mutating func model(_ top: Section) -> ModelConfig? {
    guard top.has("model") else {
      note("missing; give a catalogue name or the path of a config.json", at: "model", line: nil)
      return nil
    }
    guard let name = text(top, "model", allowed: "a catalogue name or the path of a config.json") else {
      return nil
    }
    do {
      return try lookup.model(name, directory)
    } catch {
      note("\(error)", in: top, "model")
      return nil
    }
  }

  private mutating func hardware(
    _ top: Section, model: ModelConfig?
  ) -> (device: DeviceProfile?, tensorParallelSize: Int) {
    let names = DeviceProfile.calibratedNames
    guard top.has("hardware") else {
      note("missing; for example {gpu: \(names.first ?? "")}", at: "hardware", line: nil)
      return (nil, 1)
    }
    guard let hardware = section(top, "hardware", kind: .hardware) else { return (nil, 1) }
    var device: DeviceProfile?
    if !hardware.has("gpu") {
      note("missing; calibrated devices: \(names.joined(separator: ", "))", in: hardware, "gpu")
    } else if let gpu = text(hardware, "gpu", allowed: names.joined(separator: ", ")) {
      device = self.device(gpu, in: hardware)
    }
    let size = int(hardware, "tensor_parallel_size", oneOf: ScenarioChoice.tensorParallelSizes) ?? 1
    if let model, let problem = model.tensorParallelProblem(size) {
      note(problem, in: hardware, "tensor_parallel_size")
    }
    return (device, size)
  }

  /// The profile of a name, or in a file.
  private mutating func device(_ name: String, in hardware: Section) -> DeviceProfile? {
    let names = DeviceProfile.calibratedNames
    guard name.isProfilePath else {
      let device = DeviceProfile.calibrated(name)
      if device == nil { note(unknownDevice(name, calibrated: names), in: hardware, "gpu") }
      return device
    }
    do {
      return try DeviceProfile(path: SplitPath.join(directory, name))
    } catch {
      for problem in error.problems { note(problem.description, in: hardware, "gpu") }
      return nil
    }
  }

  private func unknownDevice(_ name: String, calibrated: [String]) -> String {
    let usable = "calibrated: \(calibrated.joined(separator: ", "))"
    if DeviceSpec.catalogue.contains(where: { $0.name.lowercased() == name.lowercased() }) {
      return "\(name) is known by its datasheet only, its kernel times are not calibrated; \(usable)"
    }
    let near = DeviceSpec.name(meantBy: name, among: calibrated)
    return "found '\(name.excerpt)', not a known device"
      + (near.map { "; did you mean \($0)?" } ?? "; \(usable)")
  }

  /// - Parameter top: the scenario, or a group of replicas.
  mutating func variant(_ top: Section, model: ModelConfig?, engine: EngineConfig?) -> Variant? {
    guard let entry = top["variant"] else { return .baseline }
    guard let variant = variant(top, entry) else { return nil }
    guard let model else { return variant }
    do {
      _ = try variant.plan(for: model, kvPrecision: engine?.kvCacheDtype ?? .bfloat16)
      return variant
    } catch {
      note("\(error)", in: top, "variant")
      return nil
    }
  }

  private mutating func variant(_ top: Section, _ entry: Section.Entry) -> Variant? {
    if let name = entry.text {
      do {
        return try Variant(name: name)
      } catch {
        note("\(error)", in: top, "variant")
        return nil
      }
    }
    let expects = "a short name such as swiftkv-50, or {swiftkv: {num_key_value_layers: 16}}"
    guard let outer = section(top, "variant", kind: .variant, expects: expects) else { return nil }
    guard outer.has("swiftkv") else {
      if outer.entries.isEmpty { note("found an empty section; allowed is \(expects)", in: top, "variant") }
      return nil
    }
    guard let swiftkv = section(outer, "swiftkv", kind: .swiftkv) else { return nil }
    let running = int(swiftkv, "num_key_value_layers", 1...10_000)
    let ratio = number(swiftkv, "skip_ratio", .ratio)
    let group = int(swiftkv, "key_value_group_size", 1...10_000) ?? 1
    let precision = precision(swiftkv, "kv_cache_dtype", ScenarioChoice.kvCacheDtypes)
    switch (swiftkv.has("num_key_value_layers"), swiftkv.has("skip_ratio")) {
    case (true, true):
      note("num_key_value_layers and skip_ratio say the same thing; keep one", in: swiftkv, "skip_ratio")
    case (false, false):
      note(
        "missing; give num_key_value_layers (layers that run) or skip_ratio", at: swiftkv.path,
        line: swiftkv.line)
    default: break
    }
    guard let layers = running.map(Variant.SwiftKVLayers.running) ?? ratio.map(Variant.SwiftKVLayers.skipping)
    else {
      return nil
    }
    return Variant(technique: .swiftKV(layers: layers, keyValueGroupSize: group), kvPrecision: precision)
  }

  private mutating func objective(_ top: Section) -> Objective {
    var limits: [Objective.Limit] = []
    guard
      let objective = section(
        top, "objective", kind: nil, expects: "limits such as {ttft_p99: 2 s, tpot_p99: 50 ms}")
    else { return Objective(limits: []) }
    for entry in objective.entries {
      do {
        var limit = try Objective.Limit(key: entry.key, limit: 0)
        let perToken = limit.metric == .tpot || limit.metric == .itl
        // A bare number is seconds: 50 for a time per token was meant as milliseconds.
        let bounds =
          perToken
          ? ScenarioBounds("above 0 s, at most 10 s (a bare number is seconds)") { $0 > 0 && $0 <= 10 }
          : ScenarioBounds("above 0 s, at most a day (a bare number is seconds)") { $0 > 0 && $0 <= 86_400 }
        let example = perToken ? "50 ms" : "2 s"
        guard let value = quantity(objective, entry.key, as: Seconds.self, bounds, example: example) else {
          continue
        }
        limit.limit = value
        limits.append(limit)
      } catch {
        let near = nearestName(to: entry.key, among: ScenarioChoice.objectiveExamples)
        note("\(error)\(near.map { "; did you mean \($0)?" } ?? "")", in: objective, entry.key)
      }
    }
    return Objective(limits: limits)
  }

  private mutating func measurement(
    _ top: Section, workload: WorkloadSpec?
  ) -> (MeasurementWindow, replications: Int) {
    guard let measurement = section(top, "measurement", kind: .measurement) else {
      return (MeasurementWindow(), 1)
    }
    let findsWarmup = choice(measurement, "warmup", ScenarioChoice.warmups) != nil
    let warmup = int(measurement, "warmup_requests", 0...ScenarioReader.mostRequests) ?? 0
    let drain = bool(measurement, "exclude_drain") ?? false
    let replications = int(measurement, "replications", 1...Scenario.mostReplications) ?? 1
    if measurement.has("warmup"), measurement.has("warmup_requests") {
      note("stands beside warmup_requests; give one of the two", in: measurement, "warmup")
    }
    if let requests = workload?.numRequests, warmup >= requests {
      note(
        "found \(warmup) of \(requests) requests; none would be left to measure", in: measurement,
        "warmup_requests")
    }
    return (
      MeasurementWindow(warmupRequests: warmup, excludeDrain: drain, findsWarmup: findsWarmup), replications
    )
  }

  private mutating func seed(_ top: Section) -> UInt64 {
    guard let entry = top["seed"] else { return 0 }
    guard entry.value.isPlain, let seed = entry.text.flatMap({ UInt64($0) }) else {
      note("found \(entry.value.summary); allowed is a whole number from 0 to 2^64 − 1", in: top, "seed")
      return 0
    }
    return seed
  }
}
