import Calibration
import Foundation
public import Hardware
import Metrics
public import Quantities
import ReferenceKernels
import Results

/// Times the reference kernels and whole steps of the live engine on this machine, and writes the tables that `calibrate fit`
/// makes a profile of.
///
/// Takes about a minute and a half. What is measured is kept as it comes, so a measurement that was stopped goes on where it
/// ended. Where the machine is too busy to be measured nothing is reported.
public struct MachineMeasurement: Sendable {
  private let folder: String
  private let threads: Int

  /// A result whose quartiles lie further apart than this share of its median is measured again.
  static let mostSpread = 0.12
  private static let tries = 3
  /// Of all results, so many may stay noisy after all tries.
  static let mostNoisyShare = 0.08
  /// Points between two probes of the machine's state.
  private static let probeEvery = 12
  /// What was disturbed is measured again for so many seconds.
  private static let patience = 60.0

  /// The device's datasheet, beside the tables.
  private static let deviceFile = "device.yaml"

  /// - Parameters:
  ///   - folder: where the tables go; made if it is not there.
  ///   - threads: nil is one a core.
  public init(folder: String, threads: Int? = nil) {
    self.folder = folder
    self.threads = threads ?? KernelThreads.cores
  }

  /// What was found out.
  public struct Outcome: Sendable {
    public var device: DeviceSpec
    public var machine: String
    /// Results taken over from a measurement that was stopped.
    public var resumed: Int
    public var results: Int
    public var steps: Int
    /// Median of the results' spreads, and share of the results that stayed noisy.
    public var medianSpread: Double
    public var noisyShare: Double
    /// Median state of the machine, and the share of results of another state.
    public var state: MachineProbe.State
    public var disturbedShare: Double
    public var kernels: [MeasuredKernel]
  }

  /// A row of a table, for a figure.
  public struct MeasuredKernel: Hashable, Sendable {
    /// "GEMM", "GEMM (OpenBLAS)", "prefill attention", …
    public var kernel: String
    public var flops: FLOPs
    public var bytes: Bytes
    public var time: Seconds
  }

  /// What one piece of work gave, and how the machine was before and after.
  private struct Measured<Value> {
    var value: Value
    var states: [MachineProbe.State]

    func isDisturbed(_ reference: MachineProbe.State) -> Bool {
      states.contains { MachineProbe.distance($0, reference) > MachineProbe.tolerance }
    }
  }

  private struct Row {
    var point: KernelPoint
    var fields: [String]
    var spread: Double { Double(fields[1]) ?? .infinity }
  }

  /// - Parameter progress: told how many of how many results there are; false stops, and then there is no outcome.
  /// - Throws: ``MeasurementError`` if the machine is too noisy; `ResultsError` if the folder cannot be written.
  public func run(progress: (Int, Int) -> Bool) throws -> Outcome? {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      // Foundation's error does not reach the system's reason everywhere; the call that failed does.
      let reason = mkdir(folder, 0o777) == 0 ? "it cannot be made" : String(cString: strerror(errno))
      throw ResultsError.cannotWrite(path: folder, reason: reason)
    }
    // Before a group binds this thread to one core.
    let ceilings = MachineCeilings.measured()
    let group = KernelThreads(count: threads, spin: MachineProbe.spin)
    let machine = MachineDescription(threads: group)
    var journal = try MeasurementJournal(folder: folder, signature: machine.signature)
    let points = KernelGrid.points
    let runs = StepMeasurement.runs
    VendorGEMM.setThreads(threads)
    let total = points.count + runs.count
    let bench = KernelBench(threads: group, timer: KernelTimer())
    let probe = MachineProbe(threads: group)
    var rows = [Measured<Row>?](repeating: nil, count: points.count)
    var steps = [Measured<[StepTable.Row]>?](repeating: nil, count: runs.count)
    var resumed = 0
    for (i, point) in points.enumerated() {
      guard let known = journal[point.name], let row = Self.row(point, known) else { continue }
      rows[i] = row
      resumed += 1
    }
    func finished() -> Int { rows.count { $0 != nil } + steps.count { $0 != nil } }

    /// Measures points, and probes the machine now and then. Returns whether it was not stopped.
    func measure(points indices: [Int]) throws -> Bool {
      for batch in stride(from: 0, to: indices.count, by: Self.probeEvery) {
        let before = probe.state()
        var batchRows: [(Int, Row)] = []
        for i in indices[batch..<min(batch + Self.probeEvery, indices.count)] {
          guard progress(finished() + batchRows.count, total) else { return false }
          batchRows.append((i, Self.row(points[i], bench)))
        }
        let states = [before, probe.state()]
        for (i, row) in batchRows {
          rows[i] = Measured(value: row, states: states)
          try journal.record(
            row.point.name, row.fields + states.flatMap { $0.map { String(format: "%.4g", $0.value) } })
        }
      }
      return true
    }
    func measure(runs indices: [Int]) throws -> Bool {
      for i in indices {
        guard progress(finished(), total) else { return false }
        let before = probe.state()
        let measured = try runs[i].measure(threads: group)
        steps[i] = Measured(value: measured, states: [before, probe.state()])
      }
      return true
    }

    guard try measure(points: points.indices.filter { rows[$0] == nil }),
      try measure(runs: Array(runs.indices))
    else { return nil }
    // What was measured while the machine was in another state than mostly is measured again.
    let state = MachineProbe.median(
      (rows.compactMap(\.?.states) + steps.compactMap(\.?.states)).flatMap(\.self))
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(Self.patience)
    func disturbed() -> (points: [Int], runs: [Int]) {
      (
        points.indices.filter { rows[$0]?.isDisturbed(state) ?? true },
        runs.indices.filter { steps[$0]?.isDisturbed(state) ?? true }
      )
    }
    while case let off = disturbed(), !(off.points.isEmpty && off.runs.isEmpty), clock.now < deadline {
      if MachineProbe.distance(probe.state(), state) > MachineProbe.tolerance {
        guard progress(finished(), total) else { return nil }
        Thread.sleep(forTimeInterval: 0.2)
        continue
      }
      guard try measure(points: Array(off.points.prefix(Self.probeEvery))),
        try measure(runs: Array(off.runs.prefix(1)))
      else { return nil }
    }

    let off = disturbed()
    let disturbedShare = Double(off.points.count + off.runs.count) / Double(total)
    let all = rows.compactMap(\.?.value)
    let spreads = all.map(\.spread)
    let noisy = Double(spreads.count { $0 > Self.mostSpread }) / Double(spreads.count)
    guard disturbedShare <= Self.mostNoisyShare else {
      // Results of different states of the machine are not to be put together.
      journal.remove()
      throw MeasurementError.unsteady(share: disturbedShare)
    }
    guard noisy <= Self.mostNoisyShare else { throw MeasurementError.noisy(share: noisy) }
    let device = machine.device(ceilings)
    let measuredSteps = steps.flatMap { $0?.value ?? [] }
    try write(all, measuredSteps, device, machine)
    journal.remove()
    return Outcome(
      device: device, machine: machine.name, resumed: resumed, results: all.count,
      steps: measuredSteps.count, medianSpread: Distribution(spreads).median, noisyShare: noisy, state: state,
      disturbedShare: disturbedShare, kernels: all.compactMap(Self.kernel))
  }

  private static func row(_ point: KernelPoint, _ bench: KernelBench) -> Row {
    var best = bench.measure(point)
    for _ in 1..<tries where best.timing.spread > mostSpread {
      let again = bench.measure(point)
      if again.timing.spread < best.timing.spread { best = again }
    }
    return Row(
      point: point,
      fields: [
        String(format: "%.4f", best.timing.median.value * 1e6), String(format: "%.4f", best.timing.spread),
        "\(Int(best.work.flops.value))", "\(Int(best.work.bytes.value))",
      ])
  }

  /// A row of the journal, if it is whole and need not be measured again.
  private static func row(_ point: KernelPoint, _ fields: [String]) -> Measured<Row>? {
    let numbers = fields.compactMap(Double.init)
    let state = MachineProbe.products
    guard numbers.count == fields.count, numbers.count == 4 + 2 * state, numbers[1] <= mostSpread else {
      return nil
    }
    let times = numbers[4...].map { Seconds($0) }
    return Measured(
      value: Row(point: point, fields: Array(fields.prefix(4))),
      states: [Array(times.prefix(state)), Array(times.suffix(state))])
  }

  private func write(
    _ rows: [Row], _ steps: [StepTable.Row], _ device: DeviceSpec, _ machine: MachineDescription
  ) throws {
    for table in MeasuredTable.allCases {
      let lines = rows.filter { $0.point.table == table }.map {
        ($0.point.key + $0.fields).joined(separator: ",")
      }
      let head = (table.keyColumns + MeasuredTable.measuredColumns).joined(separator: ",")
      try AtomicFile.write(([head] + lines).joined(separator: "\n") + "\n", to: "\(folder)/\(table.fileName)")
    }
    try AtomicFile.write(
      StepTable(source: StepTable.fileName, rows: steps).csv, to: "\(folder)/\(StepTable.fileName)")
    try AtomicFile.write(
      "# \(machine.name), \(machine.threads) threads, \(machine.instructionSet); measured by 'swiftkv-sim calibrate measure'\n"
        + device.yaml, to: "\(folder)/\(Self.deviceFile)")
  }

  private static func kernel(_ row: Row) -> MeasuredKernel? {
    guard let time = Double(row.fields[0]), let flops = Double(row.fields[2]),
      let bytes = Double(row.fields[3])
    else { return nil }
    let name =
      switch row.point.table {
      case .gemm: "GEMM"
      case .vendorGEMM: "GEMM by OpenBLAS"
      case .prefill: "prefill attention"
      case .decode: "decode attention"
      case .elementwise: "element-wise"
      }
    return MeasuredKernel(kernel: name, flops: FLOPs(flops), bytes: Bytes(bytes), time: Seconds(time * 1e-6))
  }
}

/// Why nothing is reported.
public enum MeasurementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// So large a share of the results scatter too much.
  case noisy(share: Double)
  /// So large a share of the results were measured while the machine was in another state than mostly.
  case unsteady(share: Double)

  public var description: String {
    func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
    return switch self {
    case .noisy(let share):
      "this machine is too busy to be measured: \(percent(share)) of the results scatter by more than "
        + "\(percent(MachineMeasurement.mostSpread)); \(percent(MachineMeasurement.mostNoisyShare)) are allowed. No table was written. "
        + "Run it again when nothing else runs; what was measured well is kept and not measured again"
    case .unsteady(let share):
      "this machine is too busy to be measured: \(percent(share)) of the results were taken while its caches or its memory were faster or slower than mostly, by more than "
        + "\(percent(MachineProbe.tolerance)); \(percent(MachineMeasurement.mostNoisyShare)) are allowed. No table was written. Run it again when nothing "
        + "else uses this machine or, if it is a virtual one, its host"
    }
  }
}
