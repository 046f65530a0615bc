import Quantities

/// A part of a profile that consists of coefficients and a statement of where they come from.
public protocol CalibratedSection: Hashable, Sendable {
  /// All coefficients 0.
  init()
  /// In the order of the profile file; every stored coefficient once.
  static var coefficients: [Coefficient<Self>] { get }
  var fit: DeviceProfile.Fit { get set }
}

/// One number of a profile: its name and unit in the file, what it means, where it is kept, and where a fit begins.
public struct Coefficient<Section>: Sendable {
  /// Key of the profile file.
  public let name: String
  public let measure: Measure
  /// A few words; stands behind the value in the file.
  public let meaning: String
  public let allowed: CoefficientRange
  /// nil for what no kernel table determines.
  public let start: Start?
  /// Where a fit may end, in the terms of `start`: values, or shares of the figure. nil leaves it to the fit.
  public let within: ClosedRange<Double>?
  /// Whether tables determine it; if not it keeps its starting value.
  public let isFitted: Bool
  /// The coefficient in proportion to which this one is moved where no row of a table depends on it.
  public let follows: String?
  /// The number in its base unit.
  public let get: @Sendable (Section) -> Double
  public let set: @Sendable (inout Section, Double) -> Void

  /// Where a fit begins, and with it how the number is carried over to a device without a measurement.
  public enum Start: Hashable, Sendable {
    /// The same on every device.
    case value(Double)
    /// A share of a figure of the datasheet.
    case share(Double, of: DeviceSpec.Figure)
  }

  /// - Parameter measure: how the amount is written; by default as its type is.
  init<Q: Quantity>(
    _ name: String, _ path: any WritableKeyPath<Section, Q> & Sendable, _ meaning: String,
    measure: Measure? = nil, allowed: CoefficientRange = .positive, start: Start? = nil,
    within: ClosedRange<Double>? = nil, isFitted: Bool = true, follows: String? = nil
  ) {
    self.name = name
    self.measure = measure ?? Measure(of: Q.self)
    self.meaning = meaning
    self.allowed = allowed
    self.start = start
    self.within = within
    self.isFitted = isFitted
    self.follows = follows
    get = { $0[keyPath: path].value }
    set = { $0[keyPath: path] = Q($1) }
  }

  /// A plain number.
  init(
    _ name: String, _ path: any WritableKeyPath<Section, Double> & Sendable, _ meaning: String,
    allowed: CoefficientRange = .positive, start: Start? = nil,
    within: ClosedRange<Double>? = nil, isFitted: Bool = true, follows: String? = nil
  ) {
    self.name = name
    measure = .number
    self.meaning = meaning
    self.allowed = allowed
    self.start = start
    self.within = within
    self.isFitted = isFitted
    self.follows = follows
    get = { $0[keyPath: path] }
    set = { $0[keyPath: path] = $1 }
  }
}

/// What a value of a coefficient may be.
public enum CoefficientRange: Hashable, Sendable {
  case positive
  case notNegative
  /// Above 0, at most 1.
  case share
  case atLeastOne

  public func contains(_ x: Double) -> Bool {
    guard x.isFinite else { return false }
    return switch self {
    case .positive: x > 0
    case .notNegative: x >= 0
    case .share: x > 0 && x <= 1
    case .atLeastOne: x >= 1
    }
  }

  /// "above 0".
  public var text: String {
    switch self {
    case .positive: "above 0"
    case .notNegative: "0 or above"
    case .share: "above 0, at most 1"
    case .atLeastOne: "1 or above"
    }
  }
}
