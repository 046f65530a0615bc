import Foundation
import Metrics
import Quantities
import Testing

@testable import Results

/// Timelines for trace viewers. That a whole file is well formed is checked end to end, by `scripts/check-trace.py`.
@Suite struct TimelineTests {
  private static let steps = (0..<10).map { i in
    StepRecord(
      composed: Seconds(Double(i)), start: Seconds(Double(i)), end: Seconds(Double(i + 1)), prefillTokens: 8,
      decodeTokens: 1, running: 2, waiting: 1, usedBlocks: 10, preemptions: 0)
  }

  private static func request(
    started: Seconds?, firstToken: Seconds?, finished: Seconds?,
    deliveries: [RequestRecord.StepRange], interruptions: [RequestRecord.Interruption] = []
  ) -> RequestRecord {
    RequestRecord(
      index: 0, stage: 0, promptTokens: 8, outputTokens: 4, generatedTokens: 4,
      preemptions: interruptions.count, released: 0, sent: 0.5, started: started, firstToken: firstToken,
      finished: finished, outcome: finished == nil ? .unfinished : .finished, deliveries: deliveries,
      interruptions: interruptions)
  }

  private static func words(_ request: RequestRecord, until end: Seconds) -> [String] {
    request.spans(steps: steps, until: end).map { "\($0.phase) \($0.start.value) to \($0.end.value)" }
  }

  @Test("an ordinary request is queued, prefilled and decoded")
  func ordinary() {
    let request = Self.request(
      started: 1, firstToken: 3.25, finished: 6.25, deliveries: [.init(first: 2, last: 5)])
    #expect(
      Self.words(request, until: 6.25) == [
        "queued 0.5 to 1.0", "prefill 1.0 to 3.25", "decode 3.25 to 6.25",
      ])
  }

  @Test(
    "preempted while it decodes, it queues again, and decodes from the end of the step with its next token")
  func preempted() {
    let request = Self.request(
      started: 1, firstToken: 2, finished: 9,
      deliveries: [.init(first: 1, last: 2), .init(first: 7, last: 8)],
      interruptions: [.init(preempted: 4, resumed: 6)])
    #expect(
      Self.words(request, until: 9) == [
        "queued 0.5 to 1.0", "prefill 1.0 to 2.0", "decode 2.0 to 4.0", "queued 4.0 to 6.0",
        "prefill 6.0 to 8.0", "decode 8.0 to 9.0",
      ])
  }

  @Test("preempted in its prefill, when its step begins, and with its last token under way")
  func corners() {
    let early = Self.request(
      started: 1, firstToken: 6, finished: 7, deliveries: [.init(first: 5, last: 6)],
      interruptions: [.init(preempted: 2, resumed: 3), .init(preempted: 3, resumed: 4)])
    #expect(
      Self.words(early, until: 7) == [
        "queued 0.5 to 1.0", "prefill 1.0 to 2.0", "queued 2.0 to 4.0", "prefill 4.0 to 6.0",
        "decode 6.0 to 7.0",
      ])
    let late = Self.request(
      started: 1, firstToken: 2, finished: 4, deliveries: [.init(first: 1, last: 3)],
      interruptions: [.init(preempted: 3)])
    #expect(Self.words(late, until: 4).last == "decode 2.0 to 4.0")
  }

  @Test("a run that ended early leaves the phases that were reached")
  func unfinished() {
    let waiting = Self.request(started: nil, firstToken: nil, finished: nil, deliveries: [])
    #expect(Self.words(waiting, until: 10) == ["queued 0.5 to 10.0"])
    let computing = Self.request(started: 9, firstToken: nil, finished: nil, deliveries: [])
    #expect(Self.words(computing, until: 10) == ["queued 0.5 to 9.0", "prefill 9.0 to 10.0"])
  }

  @Test(
    "windows are read, and wrong ones refused with what was found",
    arguments: [
      ("10s..20s", nil), ("0..1.5 min", nil), ("20s..10s", "'20s..10s' is no window"),
      ("10s", "'10s' is no window"),
      ("-1..2", "start at 0 or later"), ("nan..2", "'nan' is not a number"), ("1..inf", "is not a number"),
      ("", "'' is no window"), ("1..1", "end after its start"), ("1..2 parsecs", "unknown unit 'parsecs'"),
    ] as [(String, String?)])
  func windows(text: String, problem: String?) throws {
    guard let problem else {
      let window = try TimelineWindow(parsing: text)
      return #expect(window.start < window.end && window.end >= 20 || text == "10s..20s")
    }
    let error = #expect(throws: QuantityError.self) { try TimelineWindow(parsing: text) }
    let description = try #require(error).description
    #expect(description.contains(problem), "\(description)")
  }

  @Test("without a window a long run is cut after as many events as a viewer opens")
  func cut() throws {
    let long = (0..<100_000).map { i in
      StepRecord(
        composed: Seconds(Double(i)), start: Seconds(Double(i)), end: Seconds(Double(i + 1)),
        prefillTokens: 0,
        decodeTokens: 1, running: 1, waiting: 0, usedBlocks: 1, preemptions: 0)
    }
    func process(_ pid: Int, _ steps: [StepRecord]) -> TimelineProcess {
      TimelineProcess(pid: pid, name: "p\(pid)", requests: [], steps: steps, totalBlocks: 10)
    }
    #expect(TimelineWindow.first(300_000, of: [process(1, Array(long.prefix(75_000)))]) == nil)
    let one = try #require(TimelineWindow.first(300_000, of: [process(1, long)]))
    #expect(one == TimelineWindow(start: 0, end: 75_000))
    let two = try #require(TimelineWindow.first(300_000, of: [process(1, long), process(2, long)]))
    #expect(two.end == 37_500)
  }

  @Test("gzip holds what the plain file holds, and both are the same bytes every time")
  func compressed() throws {
    try withFolder { folder in
      let record = SampleRuns.tiny
      let process = TimelineProcess(
        pid: 1, name: "rag: \"quoted\"", requests: record.requests, steps: record.steps,
        totalBlocks: record.totals.totalBlocks)
      func file(_ name: String) throws -> Data {
        _ = try TimelineFile.write([process], scenario: ("rag", .max), to: folder + "/" + name)
        return try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
      }
      let plain = try file("a.json")
      #expect(try file("b.json") == plain)
      let packed = try file("a.json.gz")
      #expect(try file("b.json.gz") == packed)
      #expect(packed.prefix(2) == Data([0x1F, 0x8B]) && packed.count < plain.count)
      let object = try #require(try JSONSerialization.jsonObject(with: plain) as? [String: Any])
      let events = try #require(object["traceEvents"] as? [[String: Any]])
      #expect(events.count { $0["ph"] as? String == "X" } == record.steps.count)
      #expect(events.contains { $0["name"] as? String == "rejected" })

      let unzip = Process()
      unzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
      unzip.arguments = ["-dk", folder + "/b.json.gz", "--force"]
      try unzip.run()
      unzip.waitUntilExit()
      #expect(unzip.terminationStatus == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/b.json")) == plain)
    }
  }
}
