public import Hardware
public import Quantities

/// The errors of a profile on a table, by kernel and by regime.
public struct TableCheck: Hashable, Sendable, Encodable {
  /// Name of the profile's device.
  public var device: String
  /// Name of the table's file.
  public var table: String
  public var kernels: [Kernel]

  public struct Kernel: Hashable, Sendable, Encodable {
    public var kernel: KernelName
    /// What the formula answers for.
    public var domain: String
    /// Of the shapes inside the domain; nil if there are none.
    public var errors: ErrorSummary?
    /// In fixed order; those without shapes are left out.
    public var regimes: [Regime]
  }

  public struct Regime: Hashable, Sendable, Encodable {
    public var regime: String
    public var errors: ErrorSummary
  }

  /// - Parameter tables: of one file. Kernels that the profile lacks are left out.
  public init(_ profile: DeviceProfile, _ tables: [KernelTable]) {
    device = profile.spec.name
    table = tables.first?.source ?? ""
    kernels = tables.compactMap { table in
      guard profile.fit(of: table.kernel) != nil else { return nil }
      let domain = KernelDomain(of: table.kernel)
      let regimes = KernelRegime.all(of: table.kernel).compactMap { regime in
        ErrorSummary(profile.pairs(table.kernel, table.rows.filter { regime.contains($0.shape) })).map {
          Regime(regime: regime.name, errors: $0)
        }
      }
      let inside = table.rows.filter { domain.contains($0.shape) }
      return Kernel(
        kernel: table.kernel, domain: domain.text, errors: ErrorSummary(profile.pairs(table.kernel, inside)),
        regimes: regimes)
    }
  }
}

extension DeviceProfile {
  /// Predicted and measured times of a kernel's rows; empty if the profile lacks the kernel.
  public func pairs(
    _ kernel: KernelName, _ rows: [KernelTable.Row]
  ) -> [(predicted: Seconds, measured: Seconds)] {
    rows.compactMap { row in time(of: kernel, row.shape).map { ($0, row.time) } }
  }
}
