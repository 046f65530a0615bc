public import Calibration
public import Figures
public import Hardware
import Quantities

/// The figures of a check: predicted over measured, a figure a kernel.
public enum CalibrationFigures {
  public static func figures(_ profile: DeviceProfile, _ tables: [KernelTable]) -> [Figure] {
    tables.compactMap { table in
      let groups = KernelRegime.all(of: table.kernel).map { regime in
        Charts.MeasuredGroup(
          name: regime.name,
          pairs: profile.pairs(table.kernel, table.rows.filter { regime.contains($0.shape) }),
          isInDomain: regime.isInDomain)
      }
      return Charts.predictedOverMeasured(
        kernel: table.kernel.title, groups: groups.filter { !$0.pairs.isEmpty },
        setting: "\(profile.spec.name), \(table.source)",
        name: FigureSet.fileName("calibration-\(profile.spec.name)-\(table.kernel.rawValue)"))
    }
  }
}
