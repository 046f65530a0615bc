public import Calibration
import Foundation
public import Hardware
import Quantities

/// What is said of a profile and of a check, as tables and JSON.
public enum CalibrationReport {
  /// One row a kernel: points, errors, where the coefficients come from.
  public static func fits(_ profile: DeviceProfile) -> ReportTable {
    ReportTable(
      columns: ["kernel", "source", "points", "held out", "median", "p90"],
      rows: KernelName.allCases.compactMap { kernel in
        profile.fit(of: kernel).map { fit in
          [
            kernel.rawValue, fit.source, fit.points.map(\.grouped) ?? "–",
            fit.heldOutPoints.map(\.grouped) ?? "–",
            percent(fit.medianErrorPercent), percent(fit.p90ErrorPercent),
          ]
        }
      }, textColumns: 2)
  }

  /// Errors by kernel and by regime.
  public static func errors(_ check: TableCheck) -> ReportTable {
    func row(_ kernel: String, _ regime: String, _ errors: ErrorSummary) -> [String] {
      [
        kernel, regime, errors.points.grouped, percent(errors.medianPercent), percent(errors.p90Percent),
        (errors.biasPercent < 0 ? "−" : "+") + percent(abs(errors.biasPercent)),
      ]
    }
    return ReportTable(
      columns: ["kernel", "shapes", "points", "median", "p90", "bias"],
      rows: check.kernels.flatMap { kernel in
        (kernel.errors.map { [row(kernel.kernel.rawValue, kernel.domain, $0)] } ?? [])
          + kernel.regimes.map { row(kernel.kernel.rawValue, $0.regime, $0.errors) }
      }, textColumns: 2)
  }

  public static func json(_ check: TableCheck) throws -> String { try ValidationReport.json(check) }

  /// Coefficients in base units, and errors.
  public static func json(_ profile: DeviceProfile) throws -> String {
    try ValidationReport.json(Fitted(profile))
  }

  private static func percent(_ value: Double?) -> String {
    value.map { String(format: "%.1f %%", $0) } ?? "–"
  }

  private struct Fitted: Encodable {
    var device: String
    var kernels: [Kernel]

    struct Kernel: Encodable {
      var kernel: String
      var source: String
      var form: String?
      var points: Int?
      var heldOutPoints: Int?
      var medianErrorPercent: Double?
      var p90ErrorPercent: Double?

      enum CodingKeys: String, CodingKey {
        case kernel, source, form, points
        case heldOutPoints = "held_out_points"
        case medianErrorPercent = "median_error_percent"
        case p90ErrorPercent = "p90_error_percent"
      }
    }

    init(_ profile: DeviceProfile) {
      device = profile.spec.name
      kernels = KernelName.allCases.compactMap { name in
        profile.fit(of: name).map { fit in
          Kernel(
            kernel: name.rawValue, source: fit.source, form: fit.form, points: fit.points,
            heldOutPoints: fit.heldOutPoints, medianErrorPercent: fit.medianErrorPercent,
            p90ErrorPercent: fit.p90ErrorPercent)
        }
      }
    }
  }
}
