/// A price in USD that has no single figure.
public struct PriceRange: Hashable, Sendable, Codable {
  public var low: Double
  public var suggested: Double
  public var high: Double

  public init(low: Double, suggested: Double, high: Double) {
    self.low = low
    self.suggested = suggested
    self.high = high
  }

  /// A price that is known, or a figure that follows from one.
  public init(_ price: Double) { self.init(low: price, suggested: price, high: price) }

  /// Every figure changed in the same way, for example by a factor.
  public func map(_ change: (Double) -> Double) -> PriceRange {
    PriceRange(low: change(low), suggested: change(suggested), high: change(high))
  }

  /// Where ``rental(of:)`` comes from.
  public static let source =
    "on-demand lists of marketplaces to hyperscalers, first half of 2026 (Mercatus, AIMultiple, RunPod, Spheron, "
    + "Lyceum, packet.ai); a one-year reservation takes 20 to 50 % off"

  /// Rental of one GPU for an hour in the first half of 2026, USD per GPU-hour: the lowest marketplace, the middle of specialised clouds, the highest
  /// hyperscaler list. nil for a device without a market (a processor).
  ///
  /// - Parameter device: a name of `DeviceSpec.catalogue`.
  public static func rental(of device: String) -> PriceRange? {
    switch device {
    // No recent list has the 40 GB part: 0.8 of the 80 GB one.
    case "A100-SXM-40GB": PriceRange(low: 0.64, suggested: 1.12, high: 2.4)
    case "A100-SXM-80GB": PriceRange(low: 0.8, suggested: 1.4, high: 3)
    case "H100-PCIe-80GB": PriceRange(low: 1.9, suggested: 2, high: 3.07)
    case "H100-SXM-80GB": PriceRange(low: 1.99, suggested: 2.7, high: 5)
    case "H200-SXM-141GB": PriceRange(low: 2.25, suggested: 3.6, high: 7)
    case "B200-SXM-180GB": PriceRange(low: 3.75, suggested: 5.5, high: 14.24)
    default: nil
    }
  }
}
