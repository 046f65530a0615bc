/// Points that belong together, joined by a line, marked, or both.
public struct Series: Hashable, Sendable {
  /// Its place in the legend; nil keeps it out. Series of one name in several panels share an entry.
  public var name: String?
  /// Those that the axes have no place for (not finite, or 0 on a logarithmic axis) are not drawn.
  public var points: [Point]
  public var colour: Colour
  public var line: Line?
  public var marker: Marker?

  public struct Point: Hashable, Sendable {
    public var x: Double
    public var y: Double
    /// Marker size in units of the usual one.
    public var size: Double
    /// Written beside the point where there is room.
    public var label: String?

    public init(_ x: Double, _ y: Double, size: Double = 1, label: String? = nil) {
      self.x = x
      self.y = y
      self.size = size
      self.label = label
    }
  }

  public enum Line: Hashable, Sendable {
    case solid
    /// Upper percentiles and projections.
    case dashed
  }

  public init(name: String?, points: [Point], colour: Colour, line: Line? = .solid, marker: Marker? = nil) {
    self.name = name
    self.points = points
    self.colour = colour
    self.line = line
    self.marker = marker
  }
}

/// The shape that marks a point.
public struct Marker: Hashable, Sendable {
  public var shape: Shape
  public var isHollow: Bool

  public enum Shape: Hashable, Sendable, CaseIterable {
    case circle, square, triangle, diamond, invertedTriangle, pentagon
  }

  public init(_ shape: Shape, isHollow: Bool = false) {
    self.shape = shape
    self.isHollow = isHollow
  }
}

/// Bars of several parts, one bar a category, listed from the top.
public struct StackedBars: Hashable, Sendable {
  public var categories: [Category]
  public var parts: [Part]

  public struct Category: Hashable, Sendable {
    public var name: String
    /// Written behind the bar: its total.
    public var total: String
    /// Drawn paler: a figure that no measurement can back.
    public var isProjection: Bool

    public init(name: String, total: String, isProjection: Bool = false) {
      self.name = name
      self.total = total
      self.isProjection = isProjection
    }
  }

  public struct Part: Hashable, Sendable {
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

/// Colours that people with the usual kinds of colour blindness can tell apart: Okabe and Ito, *Color Universal Design*
/// (2008), without the yellow, which white paper swallows, and with a dark grey in place of black.
public enum Colour: String, Hashable, Sendable, CaseIterable {
  case ink = "#222222"
  case sky = "#56b4e9"
  case green = "#009e73"
  case blue = "#0072b2"
  case vermillion = "#d55e00"
  case purple = "#cc79a7"
  case orange = "#e69f00"
  /// For what should step back: references, small rests.
  case grey = "#8c8c8c"
}
