/// A figure for every pair of two quantities.
public struct PlottedGrid: Hashable, Sendable {
  /// What the columns and rows stand for, in ascending order, and how they are written.
  public var columns: [Place]
  public var rows: [Place]
  /// Rows from the bottom: [rows, columns].
  public var cells: [[Cell]]

  public struct Place: Hashable, Sendable {
    public var value: Double
    public var label: String

    public init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  public struct Cell: Hashable, Sendable {
    /// Not finite where there is none.
    public var estimate: PlottedEstimate
    /// Whether the queue grew for as long as the load lasted.
    public var isSaturated: Bool

    public init(_ estimate: PlottedEstimate, isSaturated: Bool = false) {
      self.estimate = estimate
      self.isSaturated = isSaturated
    }
  }

  public init(columns: [Place], rows: [Place], cells: [[Cell]]) {
    self.columns = columns
    self.rows = rows
    self.cells = cells
  }

  /// Every cell with where it stands.
  var placed: [(column: Place, row: Place, cell: Cell)] {
    zip(rows, cells).flatMap { row, line in zip(columns, line).map { ($0, row, $1) } }
  }
}
