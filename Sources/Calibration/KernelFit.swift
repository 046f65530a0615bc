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
  static let reach = 50.0
  public static let minimizer = Minimizer(maxEvaluations: 4000, rounds: 4)

  public init(table: KernelTable, device: DeviceSpec) {
    self.table = table
    self.device = device
  }

  /// - Parameter isStopped: ends the search early with the best point so far.
  /// - Returns: a profile of which only this kernel's section is filled, its errors not yet computed.
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
    }
  }

  private func fitted<S: CalibratedSection>(
    _ type: S.Type, _ isStopped: () -> Bool, put: (inout DeviceProfile, S) -> Void
  ) throws(FitError) -> DeviceProfile {
    let coefficients = S.coefficients.filter { $0.start != nil }
    let rows = table.split.fitted
    guard rows.count >= 2 * coefficients.count else {
      throw FitError(
        description: "\(table.source): \(rows.count) shapes of \(table.kernel.rawValue) to fit to "
          + "(\(KernelDomain(of: table.kernel).text)); at least \(2 * coefficients.count) are needed")
    }
    var start: [Double] = []
    for coefficient in coefficients {
      guard let value = coefficient.startValue(on: device) else {
        throw FitError(
          description: "\(device.name) has no FP8 peak, so \(table.kernel.rawValue) cannot be fitted")
      }
      start.append(log(value))
    }
    let bounds = zip(coefficients, start).map { coefficient, start in
      let allowed = coefficient.allowed.logarithms
      let low = min(max(start - log(Self.reach), allowed.lowerBound), start)
      return low...max(min(start + log(Self.reach), allowed.upperBound), low)
    }
    let sample = rows.prefix(Self.fittedRows).map { (shape: $0.shape, logTime: log($0.time.value)) }
    var profile = DeviceProfile(spec: device)
    func set(_ point: [Double]) {
      var section = S()
      for (coefficient, value) in zip(coefficients, point) { coefficient.set(&section, exp(value)) }
      put(&profile, section)
      profile.adoptMultiprocessors()
    }
    let minimum = Self.minimizer.minimize(from: start, within: bounds, isStopped: isStopped) { point in
      set(point)
      let sum = sample.reduce(0) { sum, row in
        sum + abs(log(profile.time(of: table.kernel, row.shape)?.value ?? 0) - row.logTime)
      }
      return sum / Double(sample.count)
    }
    set(minimum.point)
    return profile
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
    case .share(let share, let figure): device[figure].map { $0 * share }
    case nil: nil
    }
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
