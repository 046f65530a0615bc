/// Points that belong together, joined by a line, marked, or both.
public struct Series: Hashable, Sendable {
  /// Its place in the legend; nil keeps it out. Series of one name in several panels share an entry.
  public var name: String?
  /// Those that the axes have no place for (not finite, or 0 on a logarithmic axis) are not drawn.
  public var points: [Point]
  public var colour: Colour
  public var line: Line?
  public var marker: Marker?
  /// Its name, written right of the panel at the height of its last point, instead of a place in the legend.
  public var endLabel: String?
  /// What it is, for lists of its values, where its name says less: one of several curves of a variant. nil takes the name.
  public var meaning: String?

  public struct Point: Hashable, Sendable {
    public var x: Double
    public var y: Double
    /// Marker size in units of the usual one.
    public var size: Double
    /// Written beside the point where there is room.
    public var label: String?
    /// Whether its marker is hollow though those of its series are filled: a load that saturates.
    public var isHollow: Bool
    /// Where y may lie, drawn as a bar; nil draws none.
    public var interval: ClosedRange<Double>?

    public init(
      _ x: Double, _ y: Double, size: Double = 1, label: String? = nil, isHollow: Bool = false,
      interval: ClosedRange<Double>? = nil
    ) {
      self.x = x
      self.y = y
      self.size = size
      self.label = label
      self.isHollow = isHollow
      self.interval = interval
    }
  }

  public enum Line: Hashable, Sendable {
    case solid
    /// Upper percentiles and projections.
    case dashed
    /// Wide and pale, below what comes after it: what encloses other series.
    case broad
  }

  public init(
    name: String?, points: [Point], colour: Colour, line: Line? = .solid, marker: Marker? = nil,
    endLabel: String? = nil, meaning: String? = nil
  ) {
    self.name = name
    self.points = points
    self.colour = colour
    self.line = line
    self.marker = marker
    self.endLabel = endLabel
    self.meaning = meaning
  }
}

extension Series {
  /// What its values are listed under; empty if nothing says what they are of.
  var listName: String { meaning ?? name ?? endLabel ?? "" }

  /// With what is written beside the point.
  func name(of point: Point) -> String {
    [listName, point.label ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
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
