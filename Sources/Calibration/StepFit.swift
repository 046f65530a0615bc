import CostModel
import EngineSettings
import Foundation
public import Hardware
import Models
import Quantities

/// Fits what a sum of kernels leaves out of a processor's steps: how much slower kernels are between others than alone, and what the
/// host adds to a step and to each of its requests.
public struct StepFit: Sendable {
  public let table: StepTable
  private let base: DeviceProfile
  private let groups: [Group]

  /// Rows of one model under one plan.
  private struct Group: Sendable {
    var model: ModelConfig
    var variant: Variant
    var plan: LayerPlan
    var fitted: [StepTable.Row] = []
    var heldOut: [StepTable.Row] = []

    func has(_ row: StepTable.Row) -> Bool { row.model == model && row.variant == variant }
  }

  private static let leastRows = 20
  private static let minimizer = Minimizer(maxEvaluations: 600, rounds: 3)

  /// - Parameter base: the device's kernels, fitted before.
  /// - Throws: ``FitError`` if the device is no processor, rows are too few, or a variant does not fit its model.
  public init(_ table: StepTable, base: DeviceProfile) throws(FitError) {
    self.table = table
    self.base = base
    guard base.spec.architecture.isProcessor else {
      throw FitError(
        description:
          "\(table.source): steps are fitted for a processor only; of \(base.spec.name) give measured runs with --serving"
      )
    }
    let (fitted, heldOut) = table.split
    guard fitted.count >= Self.leastRows else {
      throw FitError(
        description: "\(table.source): \(fitted.count) steps to fit to; at least \(Self.leastRows) are needed"
      )
    }
    var groups: [Group] = []
    do throws(VariantError) {
      for row in table.rows where !groups.contains(where: { $0.has(row) }) {
        let plan = try row.variant.plan(for: row.model, kvPrecision: .float32)
        var group = Group(model: row.model, variant: row.variant, plan: plan)
        group.fitted = fitted.filter(group.has)
        group.heldOut = heldOut.filter(group.has)
        groups.append(group)
      }
    } catch {
      throw FitError(description: "\(table.source): \(error.description)")
    }
    self.groups = groups
  }

  /// The base profile with the terms fitted, their sources and errors stated.
  public func fitted() -> DeviceProfile {
    let bounds = [log(1)...log(3), log(1e-7)...log(1e-2), log(1e-9)...log(1e-3)]
    let minimum = Self.minimizer.minimize(from: [log(1.05), log(20e-6), log(1e-6)], within: bounds) { point in
      loss(applied(point))
    }
    var profile = applied(minimum.point)
    let errors = ErrorSummary(pairs(profile, \.heldOut))
    let (fitted, heldOut) = table.split
    profile.serving.fit = .init(source: "\(table.source), steps of the live engine")
    profile.host.fit = .init(
      source: "\(table.source), steps of the live engine", form: "errors are those of whole steps",
      points: fitted.count, heldOutPoints: heldOut.count, medianErrorPercent: errors?.medianPercent,
      p90ErrorPercent: errors?.p90Percent)
    return profile
  }

  /// Mean over the groups of |ln| of the ratio of summed times, of steps with prompts, of one or two answers and of more answers
  /// apart: latencies are sums of steps, and a few steps take much longer than the median.
  private func loss(_ profile: DeviceProfile) -> Double {
    var logs: [Double] = []
    for group in groups {
      let pairs = zip(group.fitted, times(of: group.fitted, group.plan, profile))
      for kind in 0..<3 {
        let own = pairs.filter { row, _ in
          (row.prefillChunks > 0 ? 0 : row.decodeSequences <= 2 ? 1 : 2) == kind
        }
        guard !own.isEmpty else { continue }
        let predicted = own.reduce(0) { $0 + $1.1.value }
        let measured = own.reduce(0) { $0 + $1.0.time.value }
        logs.append(abs(log(predicted / measured)))
      }
    }
    return logs.reduce(0, +) / Double(max(1, logs.count))
  }

  private func applied(_ point: [Double]) -> DeviceProfile {
    var profile = base
    profile.serving.slowdown = exp(point[0])
    profile.host.scheduling = Seconds(exp(point[1]))
    profile.host.schedulingPerRequest = Seconds(exp(point[2]))
    return profile
  }

  private func pairs(
    _ profile: DeviceProfile, _ rows: KeyPath<Group, [StepTable.Row]>
  ) -> [(predicted: Seconds, measured: Seconds)] {
    groups.flatMap { group in
      zip(times(of: group[keyPath: rows], group.plan, profile), group[keyPath: rows].map(\.time)).map {
        ($0, $1)
      }
    }
  }

  private func times(of rows: [StepTable.Row], _ plan: LayerPlan, _ profile: DeviceProfile) -> [Seconds] {
    var engine = EngineConfig()
    engine.asyncScheduling = false
    var cost = StepCost(
      plan: plan, tensorParallelSize: 1, device: profile, engine: engine, weightPrecision: .float32)
    return rows.map { cost.time(of: $0.shape(cost)).total }
  }
}
