/// A picture as data: what is drawn and what is said about it, without saying how.
///
/// Two equal figures give the same SVG bytes. ``FigureWriter`` draws them.
public struct Figure: Hashable, Sendable {
  /// Stem of the file names: "ttft-cdf-rag".
  public var name: String
  /// The finding, as a sentence: "swiftkv-50 cuts p99 TTFT from 5.1 s to 1.4 s".
  public var title: String
  /// What was run: scenario, number of requests.
  public var setting: String
  public var panels: [Panel]
  public var arrangement: Arrangement
  /// Small print below the panels; empty for none.
  public var note: String

  public enum Arrangement: Hashable, Sendable {
    /// Below one another: for panels with one x axis in common, which only the last one labels.
    case rows
    /// Side by side.
    case columns
  }

  public init(
    name: String, title: String, setting: String, panels: [Panel], arrangement: Arrangement = .rows,
    note: String = ""
  ) {
    self.name = name
    self.title = title
    self.setting = setting
    self.panels = panels
    self.arrangement = arrangement
    self.note = note
  }
}

extension Figure {
  /// Whether a panel labels its x axis, rather than one below it that has the same.
  func labelsX(_ index: Int) -> Bool {
    arrangement == .columns || index == panels.count - 1 || panels[index].x != panels[index + 1].x
  }
}

/// One pair of axes and what is drawn between them.
public struct Panel: Hashable, Sendable {
  /// A few words above the panel; empty for none.
  public var heading: String
  public var x: Axis
  public var y: Axis
  public var content: Content
  public var references: [ReferenceLine]

  public enum Content: Hashable, Sendable {
    case curves([Series])
    /// Lie along the x axis; the y axis is theirs.
    case bars(StackedBars)
    /// Its axes count columns and rows, see ``Axis/categories(_:_:)``.
    case heatMap(HeatMap)
  }

  public init(
    heading: String = "", x: Axis, y: Axis, content: Content, references: [ReferenceLine] = []
  ) {
    self.heading = heading
    self.x = x
    self.y = y
    self.content = content
    self.references = references
  }
}

/// A value of one axis to compare with, drawn as a dashed line across the panel: an objective, a capacity.
public struct ReferenceLine: Hashable, Sendable {
  public var value: Double
  public var label: String
  public var direction: Direction

  public enum Direction: Hashable, Sendable {
    /// At a value of the x axis.
    case vertical
    /// At a value of the y axis.
    case horizontal
  }

  public init(at value: Double, label: String, direction: Direction = .vertical) {
    self.value = value
    self.label = label
    self.direction = direction
  }
}
