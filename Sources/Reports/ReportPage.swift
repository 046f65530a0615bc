/// A self-contained page.
public struct ReportPage: Sendable {}
