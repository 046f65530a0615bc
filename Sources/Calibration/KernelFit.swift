import Foundation
public import Hardware
import Quantities

/// Fits one kernel's coefficients to its table.
///
/// The loss is the mean of |ln(predicted/measured)|, which weighs a microsecond of a short kernel as a millisecond of a long
/// one and is not moved by single outliers. Coefficients vary by their logarithms, from the declared starting values.
public struct KernelFit: Sendable {
  public let table: KernelTable
  public let device: DeviceSpec

  /// More rows than this change no coefficient visibly; the rest of the fitted part is left out, at random.
  static let fittedRows = 3000
  /// A coefficient may end this factor away from its start.
  static let reach = 150.0
  public static let minimizer = Minimizer(maxEvaluations: 4000, rounds: 4)

  public init(table: KernelTable, device: DeviceSpec) {
    self.table = table
    self.device = device
  }

  /// - Parameter isStopped: ends the search early with the best point so far.
  /// - Returns: a profile of which only this kernel's section is filled, its errors not yet computed; its form names the
  ///   coefficients that no row depends on, which stay at their start or move with another one.
  /// - Throws: ``FitError`` if there are too few rows, or the device lacks a figure that the kernel needs.
  public func fitted(isStopped: @Sendable () -> Bool = { false }) throws(FitError) -> DeviceProfile {
    switch table.kernel {
    case .gemm16: try fitted(DeviceProfile.GEMM.self, isStopped) { $0.gemm16 = $1 }
    case .gemm8: try fitted(DeviceProfile.QuantizedGEMM.self, isStopped) { $0.gemm8 = $1 }
    case .prefill16: try fitted(DeviceProfile.PrefillAttention.self, isStopped) { $0.prefill16 = $1 }
    case .prefill8: try fitted(DeviceProfile.PrefillAttention.self, isStopped) { $0.prefill8 = $1 }
    case .decode16: try fitted(DeviceProfile.DecodeAttention.self, isStopped) { $0.decode16 = $1 }
    case .decode8: try fitted(DeviceProfile.DecodeAttention.self, isStopped) { $0.decode8 = $1 }
    case .allReduce: try fitted(DeviceProfile.AllReduce.self, isStopped) { $0.allReduce = $1 }
    case .elementwise: try fitted(DeviceProfile.Elementwise.self, isStopped) { $0.elementwise = $1 }
    case .gemm32: try fitted(DeviceProfile.ProcessorGEMM.self, isStopped) { $0.gemm32 = $1 }
    case .prefill32: try fitted(DeviceProfile.ProcessorPrefill.self, isStopped) { $0.prefill32 = $1 }
    case .decode32: try fitted(DeviceProfile.ProcessorDecode.self, isStopped) { $0.decode32 = $1 }
    case .elementwise32:
      try fitted(DeviceProfile.ProcessorElementwise.self, isStopped) { $0.elementwise32 = $1 }
    }
  }

  private func fitted<S: CalibratedSection>(
    _ type: S.Type, _ isStopped: () -> Bool, put: (inout DeviceProfile, S) -> Void
  ) throws(FitError) -> DeviceProfile {
    let rows = table.split.fitted
    let free = S.coefficients.filter { $0.start != nil && $0.isFitted }
    guard rows.count >= 2 * free.count else {
      throw FitError(
        description: "\(table.source): \(rows.count) shapes of \(table.kernel.rawValue) to fit to "
          + "(\(KernelDomain(of: table.kernel).text)); at least \(2 * free.count) are needed")
    }
    let drawn = rows.prefix(Self.fittedRows)
    let sample = zip(drawn, weights(drawn.map { log2($0.time.value) })).map {
      (shape: $0.shape, logTime: log($0.time.value), weight: $1)
    }
    let totalWeight = sample.reduce(0) { $0 + $1.weight }
    var profile = DeviceProfile(spec: device)
    var section = try startingSection(S.self)
    func loss(_ section: S) -> Double {
      put(&profile, section)
      profile.adoptChip()
      let sum = sample.reduce(0) { sum, row in
        sum + row.weight * abs(log(profile.time(of: table.kernel, row.shape)?.value ?? 0) - row.logTime)
      }
      return sum / totalWeight
    }
    // A table without a head size says nothing of its coefficient, which then must not wander.
    let atStart = loss(section)
    let determined = free.filter { coefficient in
      [0.5, 2].contains { factor in
        var moved = section
        coefficient.set(&moved, coefficient.get(section) * factor)
        return loss(moved) != atStart
      }
    }
    let start = section
    let minimum = Self.minimizer.minimize(
      from: determined.map { log($0.get(start)) }, within: determined.map { bounds($0, $0.get(start)) },
      isStopped: isStopped
    ) { point in
      for (coefficient, value) in zip(determined, point) { coefficient.set(&section, exp(value)) }
      return loss(section)
    }
    for (coefficient, value) in zip(determined, minimum.point) { coefficient.set(&section, exp(value)) }
    let names = Set(determined.map(\.name))
    let undetermined = free.filter { !names.contains($0.name) }
    section.fit.form =
      undetermined.isEmpty
      ? nil : "the table says nothing of " + undetermined.map(\.name).joined(separator: ", ")
    for coefficient in undetermined {
      guard let leader = determined.first(where: { $0.name == coefficient.follows }) else { continue }
      coefficient.set(&section, coefficient.get(start) * leader.get(section) / leader.get(start))
    }
    put(&profile, section)
    profile.adoptChip()
    return profile
  }

  /// How much each row counts, from the binary logarithms of their times.
  ///
  /// Half of a decode table are shapes of a few microseconds, whose time is the launch; serving spends its time in the long
  /// ones. An octave of times therefore counts by the square root of its rows.
  private func weights(_ logTimes: [Double]) -> [Double] {
    guard [.decode16, .decode8].contains(table.kernel) else { return logTimes.map { _ in 1 } }
    let octaves = Dictionary(grouping: logTimes) { $0.rounded(.down) }.mapValues(\.count)
    return logTimes.map { 1 / Double(octaves[$0.rounded(.down)] ?? 1).squareRoot() }
  }

  /// Every coefficient at its starting value on the device.
  private func startingSection<S: CalibratedSection>(_: S.Type) throws(FitError) -> S {
    var section = S()
    for coefficient in S.coefficients where coefficient.start != nil {
      guard let value = coefficient.startValue(on: device) else {
        throw FitError(
          description:
            "\(device.name) lacks a figure that \(table.kernel.rawValue) needs, such as a peak in its precision"
        )
      }
      coefficient.set(&section, value)
    }
    return section
  }

  /// Of a coefficient's logarithm.
  private func bounds<S>(_ coefficient: Coefficient<S>, _ start: Double) -> ClosedRange<Double> {
    let allowed = coefficient.allowed.logarithms
    var range = (log(start / Self.reach), log(start * Self.reach))
    if let within = coefficient.within, let unit = coefficient.startUnit(on: device) {
      range = (log(within.lowerBound * unit), log(within.upperBound * unit))
    }
    return max(range.0, allowed.lowerBound)...min(range.1, allowed.upperBound)
  }
}

/// Why a kernel cannot be fitted.
public struct FitError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Coefficient {
  /// Where a fit begins on a device; nil if the datasheet lacks the figure.
  func startValue(on device: DeviceSpec) -> Double? {
    switch start {
    case .value(let value): value
    case .share(let share, _): startUnit(on: device).map { $0 * share }
    case nil: nil
    }
  }

  /// What the start and its bounds are in.
  fileprivate func startUnit(on device: DeviceSpec) -> Double? {
    if case .share(_, let figure) = start { device[figure] } else { 1 }
  }
}

extension CoefficientRange {
  /// Of the allowed values.
  fileprivate var logarithms: ClosedRange<Double> {
    switch self {
    case .positive, .notNegative: -1e3...1e3
    case .share: -1e3...0
    case .atLeastOne: 0...1e3
    }
  }
}
