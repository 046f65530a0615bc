public import Metrics

/// What the database holds of a run beside its description.
public enum StoredContent: Hashable, Sendable {
  /// Every request and every step.
  case record(RunRecord)
  /// The figures alone: requests and steps were not kept.
  case figures(RunFigures)

  /// nil if requests and steps were not kept.
  public var record: RunRecord? {
    switch self {
    case .record(let record): record
    case .figures: nil
    }
  }
}
