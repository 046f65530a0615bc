import Reports
import Testing

@Suite struct ReportPageTests {}
