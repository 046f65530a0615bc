import Foundation
import Quantities
import Testing

@testable import Workload

/// Trace files, good and bad.
@Suite("traces") struct TraceReaderTests {
  private func replay(
    _ text: String, format: TraceFormat? = nil, name: String = "trace", count: Int? = nil, speedup: Double = 1
  ) throws -> [Request] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    let spec = WorkloadSpec(
      numRequests: count, arrivals: .trace(speedup: speedup), promptTokens: LengthSpec(.trace),
      outputTokens: LengthSpec(.trace), prefix: .trace, trace: TraceSpec(path: file.path, format: format))
    do {
      return try Array(spec.stream(seed: 0))
    } catch {
      // Without the folder, which is another one each time.
      throw WorkloadError(error.problems.map { $0.replacingOccurrences(of: folder.path + "/", with: "") })
    }
  }

  private func problems(_ text: String, format: TraceFormat? = nil, count: Int? = nil) -> [String] {
    do {
      _ = try replay(text, format: format, count: count)
      return []
    } catch {
      return (error as? WorkloadError)?.problems ?? ["\(error)"]
    }
  }

  @Test("Azure 2023 and 2024, with either line end", arguments: ["\n", "\r\n"]) func azure(end: String) throws
  {
    let lines = [
      "TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 23:59:59.5000000,374,44",
      "2023-11-17 00:00:01.2500000,396,109", "",
    ]
    let made = try replay(lines.joined(separator: end))
    #expect(made.map(\.promptTokens) == [374, 396] && made.map(\.outputTokens) == [44, 109])
    #expect(made.map(\.arrival.value) == [0, 1.75])
    let later = try replay(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-02-28 23:59:59.000000+00:00,1,2\n2024-03-01 00:00:00+00:00,3,4"
    )
    #expect(later[1].arrival == 86_401, "2024 is a leap year")
  }

  @Test("the project's own format, further columns ignored") func own() throws {
    let made = try replay(
      "arrival_s,prompt_tokens,output_tokens,prompt_id,ok\n5.5,10,2,7,1\n6,20,3,7,1\n6,30,4,8,0\n", speedup: 2
    )
    #expect(made.map(\.arrival.value) == [0, 0.25, 0.25])
    #expect(made.map(\.content) == [.text(7), .text(7), .text(8)])
    #expect(try replay("arrival_s,output_tokens,prompt_tokens\n0,1,2\n")[0].promptTokens == 2)
  }

  @Test("BurstGPT by column name; rows without an answer are left out") func burstGPT() throws {
    let made = try replay(
      """
      Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type
      5,a,1,ChatGPT,472,18,490,Conversation log
      45,a,1,ChatGPT,1087,0,1087,API log
      118,b,2,GPT-4,417,276,693,Conversation log
      """)
    #expect(made.map(\.promptTokens) == [472, 417] && made.map(\.arrival.value) == [0, 113])
  }

  @Test("Mooncake: hash ids are segments, equal stamps are spread to the next one") func mooncake() throws {
    let made = try replay(
      """
      {"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [1, 2]}
      {"timestamp": 0, "input_length": 700, "output_length": 6, "hash_ids": [1, 3]}
      {"timestamp": 3000, "input_length": 10, "output_length": 7, "hash_ids": []}
      """)
    #expect(made.map(\.arrival.value) == [0, 1.5, 3])
    #expect(made[0].content == .segments([.init(text: 1, tokens: 512), .init(text: 2, tokens: 512)]))
    #expect(made[2].content == .unique)
  }

  @Test("the first N requests are taken; more than there are is an error") func count() throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n0,1,1\n1,2,1\n"
    #expect(try replay(text, count: 1).count == 1)
    #expect(problems(text, count: 3) == ["workload.num_requests: found 3; trace has 2 requests"])
  }

  @Test("every problem is told, with its line") func badLines() {
    #expect(
      problems(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 10:00:05,5,-1\n2023-11-16 10:00:04,nan,1\n2023-1"
      )
        == [
          "trace:2: GeneratedTokens: found '-1'; allowed is a whole number from 1 to 10000000",
          "trace:3: TIMESTAMP: is 1.0 s before the request above it; sort the file by time",
          "trace:3: ContextTokens: found 'nan'; allowed is a whole number from 1 to 10000000",
          "trace:4: found 1 of 3 columns: '2023-1'",
        ])
    #expect(
      problems("arrival_s,prompt_tokens,output_tokens\ninf,0,99999999999999999999\n") == [
        "trace:2: arrival_s: found 'inf'; allowed is a number of seconds",
        "trace:2: prompt_tokens: found 0; allowed is a whole number from 1 to 10000000",
        "trace:2: output_tokens: found '99999999999999999999'; allowed is a whole number from 1 to 10000000",
      ])
    #expect(
      problems("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-13-16 10:00:05,5,1\n") == [
        "trace:2: TIMESTAMP: found '2023-13-16 10:00:05'; allowed is a time such as 2023-11-16 18:15:46.6805900"
      ])
  }

  @Test("after ten problems only their number") func many() {
    let lines = Array(repeating: "0,x,1", count: 25).joined(separator: "\n")
    let found = problems("arrival_s,prompt_tokens,output_tokens\n" + lines)
    #expect(found.count == 11 && found.last == "trace: and 15 more")
  }

  @Test(
    "a file that is no trace",
    arguments: [
      ("", "trace: is empty"), ("\n \n", "trace: holds only blank lines"),
      ("arrival_s,prompt_tokens,output_tokens\n", "trace: holds no request below its header"),
    ])
  func empty(text: String, message: String) {
    #expect(problems(text) == [message])
  }

  @Test("an unknown header names the known ones; a wrong format what is missing") func headers() {
    #expect(
      problems("a,b,c\n1,2,3\n").first?.hasPrefix("trace:1: found 'a,b,c'; allowed is the header TIMESTAMP,")
        == true)
    #expect(
      problems("a,b,c\n1,2,3\n", format: .azure) == [
        "trace:1: found the columns a, b, c; missing: TIMESTAMP, ContextTokens, GeneratedTokens"
      ])
    #expect(
      problems("{\"timestamp\": 1}\n").first?.hasPrefix(
        "trace:1: found '{\"timestamp\": 1}'; allowed is a JSON object") == true)
    #expect(problems("\u{0}\u{1}\u{2}", format: .mooncake).count == 1)
  }

  @Test("missing files and folders") func missing() {
    func message(_ path: String) -> String? {
      let spec = WorkloadSpec(
        numRequests: 1, arrivals: .trace(speedup: 1), promptTokens: LengthSpec(.trace),
        outputTokens: LengthSpec(.trace), trace: TraceSpec(path: path))
      do {
        _ = try spec.stream(seed: 0)
        return nil
      } catch { return "\(error)" }
    }
    #expect(message("no/such/file.csv") == "no/such/file.csv: no such file")
    #expect(message(".") == ".: is a folder; a trace is a file")
  }

  @Test("measured columns") func measured() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(
      "arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s\r\n0.5,10,3,4,1,0.1,0.3\r\n".utf8
    ).write(to: file)
    let row = try #require(try MeasuredRun(path: file.path).rows.first)
    #expect(row.arrival == 0.5 && row.promptID == 4 && row.isComplete)
    #expect(abs((row.tpot ?? 0).value - 0.1) < 1e-12)
    try Data("arrival_s,prompt_tokens\n".utf8).write(to: file)
    #expect(throws: WorkloadError.self) { try MeasuredRun(path: file.path) }
  }
}

/// Statistics of the published traces, where they are at hand.
@Suite("traces: published files", .enabled(if: TraceFolder.path != nil, "SWIFTKV_DATA is not set"))
struct PublishedTraceTests {
  private func replay(_ name: String) throws -> [Request] {
    let path = try #require(TraceFolder.path) + name
    let spec = WorkloadSpec(
      numRequests: nil, arrivals: .trace(speedup: 1), promptTokens: LengthSpec(.trace),
      outputTokens: LengthSpec(.trace), prefix: .trace, trace: TraceSpec(path: path))
    return try Array(spec.stream(seed: 0))
  }

  @Test(
    "counts, spans and mean lengths",
    arguments: [
      ("AzureLLMInferenceTrace_conv.csv", 19_366, 3501.7, 1154.70, 211.13),
      ("AzureLLMInferenceTrace_code.csv", 8_819, 3435.9, 2047.85, 27.88),
      ("mooncake_conversation_trace.jsonl", 12_031, 3537.0, 12035.06, 342.62),
      ("mooncake_synthetic_trace.jsonl", 3_993, 1022.0, 15325.48, 149.12),
    ])
  func statistics(name: String, count: Int, span: Double, prompt: Double, output: Double) throws {
    let made = try replay(name)
    #expect(made.count == count)
    #expect(abs(try #require(made.last).arrival.value - span) < 3)
    func mean(_ length: (Request) -> Int) -> Double { Double(made.map(length).reduce(0, +)) / Double(count) }
    #expect(abs(mean(\.promptTokens) - prompt) < 0.01 && abs(mean(\.outputTokens) - output) < 0.01)
  }
}

enum TraceFolder {
  static let path = ProcessInfo.processInfo.environment["SWIFTKV_DATA"].map { $0 + "/traces/" }
}
