import Metrics
public import Quantities

/// A timeline of runs in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open.
public enum TimelineFile {
  /// What a file holds.
  public struct Content: Hashable, Sendable {
    public var events: Int
    /// The part of the runs that is in it; nil is all.
    public var window: TimelineWindow?
    /// When the last of the runs ended.
    public var end: Seconds
  }

  /// Writes a file that appears whole or not at all, compressed by gzip if its name ends with `.gz`.
  ///
  /// - Parameters:
  ///   - scenario: its name and seed, which stand in the file.
  ///   - window: the part to show, whole whatever its size. nil shows the runs from their start, up to about
  ///     ``TimelineWindow/usualEvents`` events.
  /// - Throws: ``ResultsError/cannotWrite(path:reason:)``; then what was there stays.
  public static func write(
    _ processes: [TimelineProcess], scenario: (name: String, seed: UInt64), window: TimelineWindow? = nil,
    to path: String
  ) throws(ResultsError) -> Content {
    let window = window ?? .first(TimelineWindow.usualEvents, of: processes)
    let end = processes.map(\.end).max() ?? .zero
    do throws(FileFailure) {
      let output = try Output(path: path)
      var isFirst = true
      var events = 0
      output.add("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [")
      for process in processes {
        TimelineEvents(process: process, window: window, interval: interval(in: window, of: end)) { event in
          output.add((isFirst ? "\n" : ",\n") + event.text)
          isFirst = false
          events += 1
        }.all()
      }
      output.add("\n], \"otherData\": \(about(processes, scenario, window, end: end).text)}\n")
      try output.finish()
      return Content(events: events, window: window, end: end)
    } catch {
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }

  /// Width of the counter `throughput`: at most three hundred of them in a file.
  private static func interval(in window: TimelineWindow?, of end: Seconds) -> Seconds {
    let length = min(window?.end ?? end, end) - (window?.start ?? .zero)
    var interval: Seconds = 0.01
    while interval * 300 < length { interval = interval * 10 }
    return interval
  }

  /// What the file is of, with the runs' own numbers: whoever reads a whole run can check that nothing is missing.
  private static func about(
    _ processes: [TimelineProcess], _ scenario: (name: String, seed: UInt64), _ window: TimelineWindow?,
    end: Seconds
  ) -> OrderedJSON {
    .object([
      ("program", .string("swiftkv-sim")),
      ("scenario", .string(scenario.name)),
      ("seed", .string("\(scenario.seed)")),
      ("window_s", window.map { .array([.number($0.start.value), .number($0.end.value)]) } ?? .null),
      ("end_s", .number(end.value)),
      ("throughput_interval_s", .number(interval(in: window, of: end).value)),
      (
        "processes",
        .array(
          processes.map { process in
            .object([
              ("pid", .integer(process.pid)),
              ("name", .string(process.name)),
              ("steps", .integer(process.steps.count)),
              ("finished", .integer(process.requests.count { $0.outcome == .finished })),
              ("output_tokens", .integer(process.requests.reduce(0) { $0 + $1.generatedTokens })),
              ("preemptions", .integer(process.steps.reduce(0) { $0 + $1.preemptions })),
            ])
          })
      ),
    ])
  }

  /// Text on its way to the disk, in memory that does not depend on its length. The first failure is kept for the end.
  private final class Output {
    private let file: StagedFile
    private let gzip: GzipStream?
    private var text = ""
    private var failure: FileFailure?

    /// Bytes that are gathered before they are written.
    private static let block = 1 << 16

    init(path: String) throws(FileFailure) {
      file = try StagedFile(for: path)
      gzip = path.hasSuffix(".gz") ? try GzipStream() : nil
    }

    func add(_ more: String) {
      text += more
      if text.utf8.count >= Self.block { flush() }
    }

    func finish() throws(FileFailure) {
      flush()
      if let failure { throw failure }
      try gzip?.finish { bytes throws(FileFailure) in try file.write(bytes) }
      try file.commit()
    }

    private func flush() {
      if failure == nil {
        text.withUTF8 { bytes in
          let bytes = UnsafeRawBufferPointer(bytes)
          do throws(FileFailure) {
            if let gzip {
              try gzip.write(bytes) { bytes throws(FileFailure) in try file.write(bytes) }
            } else {
              try file.write(bytes)
            }
          } catch {
            failure = error
          }
        }
      }
      text.removeAll(keepingCapacity: true)
    }
  }
}
