public import Hardware
import InputFiles

/// A device's profile from its measured tables: fitted kernels, and what no table determines from another profile.
public struct Calibration: Sendable {
  public let device: DeviceSpec
  /// What is not fitted comes from here: kernels without a table, host, memory.
  public let base: DeviceProfile
  public let tables: [KernelTable]
  /// Steps of an engine on a processor, to fit host terms to; nil leaves those of the base.
  public let steps: StepTable?
  /// Where the tables come from, for the profile; nil names the files alone.
  public let origin: String?

  public init(
    device: DeviceSpec, base: DeviceProfile, tables: [KernelTable], steps: StepTable? = nil,
    origin: String? = nil
  ) {
    self.device = device
    self.base = base
    self.tables = tables
    self.steps = steps
    self.origin = origin
  }

  /// Puts fits together to a profile as its file has it, every error computed with the rounded coefficients.
  ///
  /// - Parameter fits: one a table, in order.
  /// - Throws: ``InputError`` if a coefficient came out of its range, ``FitError`` if the steps cannot be fitted.
  public func profile(_ fits: [DeviceProfile], command: String?) throws -> DeviceProfile {
    var profile = base.carriedOver(to: device)
    profile.spec = device
    profile.command = command
    for (table, fit) in zip(tables, fits) {
      profile.take(table.kernel, from: fit)
      profile.setFit(
        DeviceProfile.Fit(source: table.source, form: fit.fit(of: table.kernel)?.form), of: table.kernel)
    }
    profile = try profile.rounded()
    for table in tables { profile.setFit(Self.fit(of: table, by: profile, origin: origin), of: table.kernel) }
    if let steps { profile = try StepFit(steps, base: profile).fitted() }
    return try profile.rounded()
  }

  private static func fit(
    of table: KernelTable, by profile: DeviceProfile, origin: String?
  ) -> DeviceProfile.Fit {
    let (fitted, heldOut) = table.split
    let errors = ErrorSummary(profile.pairs(table.kernel, heldOut))
    return DeviceProfile.Fit(
      source: table.source + (origin.map { ", \($0)" } ?? ""),
      form: [KernelDomain(of: table.kernel).text, profile.fit(of: table.kernel)?.form].compactMap(\.self)
        .joined(separator: "; "),
      points: fitted.count, heldOutPoints: heldOut.count, medianErrorPercent: errors?.medianPercent,
      p90ErrorPercent: errors?.p90Percent)
  }
}
