import Foundation
import InputFiles
import Quantities
import Testing

@testable import Workload

/// The text of the error that `body` throws.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// Bad input: each error names file, line, column, what was found and what is allowed.
@Suite struct BadTraceTests {
  private let header = "arrival_s,prompt_tokens,output_tokens,prompt_id\n"

  private func problem(_ text: String, _ format: TraceFormat? = nil) -> String? {
    message { _ = try trace(text, format) }
  }

  @Test("no file, a folder, nothing in it, binary data")
  func files() {
    func read(_ path: String) -> String? { message { _ = try Trace.read(TraceSpec(path: path)) } }
    #expect(read("/no/such/file.csv") == "/no/such/file.csv: no such file")
    #expect(read("/") == "/: a folder; a file is needed")
    #expect(problem("") == "t.csv: the file is empty")
    #expect(problem(" \r\n\n") == "t.csv: the file is empty")
    #expect(
      problem("PK\u{3}\u{4}\0\0junk")
        == "t.csv: not a text file (a zero byte in it); CSV or JSON lines in UTF-8 are needed")
    #expect(problem(header) == "t.csv: no requests; the file ends after its header")
    #expect(
      problem("Timestamp,Model,Request tokens,Response tokens\n1,GPT-4,5,0\n")
        == "t.csv: no requests; all 1 rows are of failed requests")
  }

  @Test("an unknown header lists the known ones; a missing column is named")
  func headers() throws {
    let unknown = try #require(problem("time,in,out\n1,2,3\n"))
    #expect(
      unknown.hasPrefix(
        "t.csv:1: no known trace format; the first line is 'time,in,out', known are TIMESTAMP,"))
    #expect(
      problem("arrival_s,prompt,output_tokens\n1,2,3\n")
        == "t.csv:1: no column prompt_tokens; found are the columns arrival_s, prompt, output_tokens")
    #expect(
      problem(header + "0,1,1,0\n", .azure)
        == "t.csv:1: no column TIMESTAMP, ContextTokens, GeneratedTokens; found are the columns arrival_s, "
        + "prompt_tokens, output_tokens, prompt_id")
    let junk = try #require(problem("\u{1}\u{2}é\n"))
    #expect(junk.contains("the first line is '???'"))
  }

  @Test(
    "fields that are no number, or none that can be",
    arguments: [
      ("nan,5,5,0", "arrival_s is 'nan'; allowed are numbers from 0.0 to 100000000.0"),
      ("inf,5,5,0", "arrival_s is 'inf'; allowed are numbers from 0.0 to 100000000.0"),
      ("-0.5,5,5,0", "arrival_s is '-0.5'; allowed are numbers from 0.0 to 100000000.0"),
      ("0x10,5,5,0", "arrival_s is '0x10'; allowed are numbers from 0.0 to 100000000.0"),
      ("1.2.3,5,5,0", "arrival_s is '1.2.3'; allowed are numbers from 0.0 to 100000000.0"),
      (",5,5,0", "arrival_s is ''; allowed are numbers from 0.0 to 100000000.0"),
      ("1,0,5,0", "prompt_tokens is '0'; allowed are whole numbers from 1 to 10,000,000"),
      ("1,-3,5,0", "prompt_tokens is '-3'; allowed are whole numbers from 1 to 10,000,000"),
      ("1,5.5,5,0", "prompt_tokens is '5.5'; allowed are whole numbers from 1 to 10,000,000"),
      ("1,5,10000001,0", "output_tokens is '10000001'; allowed are whole numbers from 1 to 10,000,000"),
      ("1,5,1e400,0", "output_tokens is '1e400'; allowed are whole numbers from 1 to 10,000,000"),
      ("1,5,5,a", "prompt_id is 'a'; allowed are whole numbers from 0 to 9,223,372,036,854,775,807"),
      ("1,5,5", "3 fields; the header has 4; the last line, so the file may have been cut off"),
      ("1,5,5,0,9", "5 fields; the header has 4"),
    ])
  func fields(row: String, expected: String) {
    #expect(problem(header + "0.5,1,1,0\n" + row) == "t.csv:3: " + expected)
  }

  @Test("times that fall are an error, not sorted")
  func order() {
    #expect(
      problem(header + "2,1,1,0\n2,1,1,0\n1.5,1,1,0\n9,1,1,0\n")
        == "t.csv:4: arrival_s is '1.5', before the row above; times must not fall")
  }

  @Test("ten problems are spelled out, the others counted; lines are the file's own")
  func many() throws {
    let text = header + "\n" + String(repeating: "x,1,1,0\n", count: 25)
    let lines = try #require(problem(text)).split(separator: "\n")
    #expect(lines.count == 11)
    #expect(lines[0].hasPrefix("t.csv:3: arrival_s is 'x'"))
    #expect(lines[9].hasPrefix("t.csv:12: "))
    #expect(lines[10] == "and 15 more")
  }

  @Test(
    "Azure stamps that are no times",
    arguments: [
      "2023-13-16 18:15:46.68", "2023-02-29 18:15:46", "2023-11-16 24:15:46.1", "2023-11-16 18:15",
      "18:15:46.68",
      "2023-11-16 18:15:46.", "2023-11-16 18:15:46.1234567890", "2023-11-16 18:15:46.1 UTC", "1700158546.68",
      "",
      "2023-11-16 18:15:46+0100", "2023-11-16 18:15:46+99:00",
    ])
  func stamps(stamp: String) {
    #expect(
      problem("TIMESTAMP,ContextTokens,GeneratedTokens\n\(stamp),5,5\n")
        == "t.csv:2: TIMESTAMP is '\(stamp)'; allowed are times such as 2023-11-16 18:15:46.6805900")
  }

  @Test("Mooncake lines: cut off, wrong types, missing keys, wrong number of blocks, falling times")
  func mooncake() throws {
    let good = #"{"timestamp": 1000, "input_length": 600, "output_length": 5, "hash_ids": [1, 2]}"# + "\n"
    func second(_ line: String) -> String? {
      problem(good + line).map { $0.replacingOccurrences(of: "t.csv:2: ", with: "") }
    }
    let keys =
      "allowed are timestamp, input_length, output_length (numbers) and hash_ids (a list of whole numbers)"
    #expect(
      second(#"{"timestamp": 2000, "input_len"#)
        == #"no JSON object: '{"timestamp": 2000, "input_len'; the last line, so the file may have been cut off"#
    )
    #expect(second(#"{"timestamp": 2000, "input_length": 600}"#) == "no output_length; \(keys)")
    let text = #"{"timestamp": "a", "input_length": 6, "output_length": 5}"#
    #expect(second(text) == "timestamp has the wrong type in '\(text)'; \(keys)")
    #expect(second("[1]")?.contains("has the wrong type in '[1]'") == true)
    #expect(
      second(#"{"timestamp": 2000, "input_length": 600, "output_length": 5, "hash_ids": [1]}"#)
        == "1 hash_ids; 600 tokens are 2 blocks of 512")
    #expect(
      second(#"{"timestamp": 2000, "input_length": 600, "output_length": 0}"#)
        == "output_length is 0; allowed are whole numbers from 1 to 10,000,000")
    #expect(
      second(#"{"timestamp": 2000, "input_length": 9223372036854775807, "output_length": 1, "hash_ids": []}"#)
        == "input_length is 9223372036854775807; allowed are whole numbers from 1 to 10,000,000")
    #expect(second(#"{"timestamp": 2000, "input_length": 6, "output_length": 5, "hash_ids": [-1]}"#) != nil)
    #expect(
      second(#"{"timestamp": -1, "input_length": 6, "output_length": 5}"#)
        == "timestamp is -1.0; allowed are 0 to 100000000000.0 ms")
    #expect(
      second(#"{"timestamp": 999, "input_length": 6, "output_length": 5}"#)
        == "timestamp is 999.0, before the line above; times must not fall")
  }

  @Test("measured runs: latencies are needed where a request was answered, and only there")
  func measured() throws {
    let header = "arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s\n"
    func read(_ rows: String) throws -> MeasuredRun {
      try MeasuredRun.read(TextFile(path: "t.csv", bytes: Array((header + rows).utf8)))
    }
    let run = try read("0,100,8,3,1,0.25,1.5\n1,0,8,4,0,,\n")
    #expect(
      run.rows == [
        .init(arrival: 0, promptTokens: 100, outputTokens: 8, promptID: 3, ok: true, ttft: 0.25, e2e: 1.5),
        .init(arrival: 1, promptTokens: 0, outputTokens: 8, promptID: 4, ok: false, ttft: nil, e2e: nil),
      ])
    #expect(
      message { _ = try read("0,100,8,3,1,,1.5") }
        == "t.csv:2: ttft_s is ''; allowed are numbers from 0.0 to 100000000.0")
    #expect(message { _ = try read("0,1,8,3,1,2,1.5") } == "t.csv:2: e2e_s is 1.5, below ttft_s (2.0)")
    #expect(
      message { _ = try read("0,1,8,3,2,2,2") } == "t.csv:2: ok is '2'; allowed are whole numbers from 0 to 1"
    )
    #expect(message { _ = try read("") } == "t.csv: no requests; the file ends after its header")
  }
}
