import Foundation
import Testing

@testable import Results

@Suite struct UTCTimestampTests {
  @Test(
    "moments are written in UTC, to the nearest millisecond",
    arguments: [
      (0, "1970-01-01 00:00:00.000", "19700101-000000"),
      (1_772_355_907.25, "2026-03-01 09:05:07.250", "20260301-090507"),
      (951_782_399.9996, "2000-02-29 00:00:00.000", "20000229-000000"),
      (-0.001, "1969-12-31 23:59:59.999", "19691231-235959"),
      (253_402_300_799.999, "9999-12-31 23:59:59.999", "99991231-235959"),
    ])
  func forms(seconds: Double, sql: String, bench: String) throws {
    let moment = try #require(UTCTimestamp(Date(timeIntervalSince1970: seconds)))
    #expect(moment.sqlText == sql)
    #expect(moment.benchText == bench)
    #expect(UTCTimestamp(sqlText: sql) == moment)
    #expect(UTCTimestamp(moment.date) == moment)
  }

  @Test(
    "moments that the forms cannot hold are none",
    arguments: [Double.nan, .infinity, -1e12, 1e15, 253_402_300_800])
  func outOfRange(seconds: Double) {
    #expect(UTCTimestamp(Date(timeIntervalSince1970: seconds)) == nil)
  }

  @Test(
    "texts that are no moment are none",
    arguments: [
      "", "now", "2026-02-30 00:00:00.000", "2026-03-01", "2026-03-01T09:05:07.250", "2026-03-01 09:05:07.25",
    ])
  func badTexts(text: String) {
    #expect(UTCTimestamp(sqlText: text) == nil)
  }
}
