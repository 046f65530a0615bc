/// Bars of several parts, one bar a category, listed from the top.
public struct StackedBars: Hashable, Sendable {
  public var categories: [Category]
  public var parts: [Part]

  /// Of a bar, as a share of the distance to the next.
  static let thickness = 0.66

  public struct Category: Hashable, Sendable {
    public var name: String
    /// Written behind the bar: its total.
    public var total: String
    /// Drawn paler: a figure that no measurement can back.
    public var isProjection: Bool
    /// Where the end of the bar may lie, drawn as a bar across it; nil draws none.
    public var interval: ClosedRange<Double>?

    public init(
      name: String, total: String, isProjection: Bool = false, interval: ClosedRange<Double>? = nil
    ) {
      self.name = name
      self.total = total
      self.isProjection = isProjection
      self.interval = interval
    }
  }

  public struct Part: Hashable, Sendable {
    /// Its place in the legend; empty for none.
    public var name: String
    public var colour: Colour
    /// One for each category, at least 0.
    public var values: [Double]

    public init(name: String, colour: Colour, values: [Double]) {
      self.name = name
      self.colour = colour
      self.values = values
    }
  }

  public init(categories: [Category], parts: [Part]) {
    self.categories = categories
    self.parts = parts
  }
}
