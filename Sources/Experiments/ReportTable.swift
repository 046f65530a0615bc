/// A table of a report as text cells, without a layout.
public struct ReportTable: Hashable, Sendable {
  /// Column titles; the first is the title of the rows' names.
  public var columns: [String]
  /// Each as long as `columns`.
  public var rows: [[String]]
  /// Number of leading columns that hold text (aligned left); the rest are figures (aligned right).
  public var textColumns: Int
  /// Which direction of a relative change in a cell is good; nil if neither.
  public var better: Direction?

  public enum Direction: Hashable, Sendable {
    case lower
    case higher
  }

  public init(columns: [String], rows: [[String]], textColumns: Int = 1, better: Direction? = nil) {
    self.columns = columns
    self.rows = rows
    self.textColumns = textColumns
    self.better = better
  }
}
