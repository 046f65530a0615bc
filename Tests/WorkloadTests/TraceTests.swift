import Foundation
import InputFiles
import Quantities
import Testing

@testable import Workload

/// A trace file's text as if read from `t.csv`.
func trace(_ text: String, _ format: TraceFormat? = nil) throws -> Trace {
  try Trace.read(TextFile(path: "t.csv", bytes: Array(text.utf8)), format: format)
}

@Suite struct TraceFormatTests {
  @Test("Azure's 2023 and 2024 times, to the last digit, across midnight and the end of February")
  func azure() throws {
    let old = try trace(
      """
      TIMESTAMP,ContextTokens,GeneratedTokens
      2023-11-16 23:59:59.6805900,374,44
      2023-11-17 00:00:03.9951690,396,109
      """)
    #expect(old.format == .azure)
    #expect(old.records.map(\.promptTokens) == [374, 396])
    #expect(old.records.map(\.outputTokens) == [44, 109])
    #expect(old.records.map(\.arrival.value) == [0, 4.314579])
    #expect(old.records.map(\.content) == [.unique, .unique])

    let new = try trace(
      """
      TIMESTAMP,ContextTokens,GeneratedTokens
      2024-02-28 00:00:00.009930+00:00,1,2
      2024-03-01 01:00:00.009931+01:00,3,0
      2024-03-01 00:00:01+00:00,5,6
      """)
    #expect(new.records.map(\.arrival.value) == [0, 172_800.99007])
    #expect(new.dropped == 1)
  }

  @Test("BurstGPT by column name, with and without the columns of later releases; failed rows are counted")
  func burstGPT() throws {
    let first = try trace(
      """
      Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
      5,ChatGPT,472,18,490,Conversation log
      45,ChatGPT,1087,0,1087,Conversation log
      118.5,GPT-4,417,276,693,API log
      """)
    #expect(first.format == .burstgpt)
    #expect(first.records.map(\.arrival.value) == [0, 113.5])
    #expect(first.records.map(\.promptTokens) == [472, 417])
    #expect(first.dropped == 1)
    let later = try trace(
      """
      Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type
      5,1,2.5,"Chat,GPT",472,18,490,"Conversation log"
      """)
    #expect(later.records.map(\.outputTokens) == [18])
  }

  @Test("own format: prompt ids, further columns in any order, CRLF, blank lines, byte-order mark, quotes")
  func own() throws {
    let plain = try trace("arrival_s,prompt_tokens,output_tokens\n3.5,10,20\n4,11,21\n")
    #expect(plain.format == .csv)
    #expect(plain.records.map(\.arrival.value) == [0, 0.5])
    #expect(plain.records.map(\.content) == [.unique, .unique])
    let rich = try trace(
      "\u{FEFF}prompt_id, output_tokens,\"prompt_tokens\",e2e_s,arrival_s\r\n\r\n7,20,\"10\",,0\r\n8,21.0,1e3,x,1e-3\r\n\n"
    )
    #expect(rich.records.map(\.content) == [.text(7), .text(8)])
    #expect(rich.records.map(\.promptTokens) == [10, 1000])
    #expect(rich.records.map(\.outputTokens) == [20, 21])
    #expect(rich.records.map(\.arrival.value) == [0, 0.001])
  }

  @Test("a failed request was sent: its unknown prompt length is that of the same prompt before")
  func failedRows() throws {
    let found = try trace(
      """
      arrival_s,prompt_tokens,output_tokens,prompt_id,ok,ttft_s,e2e_s
      0,100,8,0,1,0.1,1
      1,0,8,0,0,,
      2,0,8,1,0,,
      3,120,8,1,1,0.1,1
      """)
    #expect(found.records.map(\.promptTokens) == [100, 100, 120])
    #expect(found.records.map(\.arrival.value) == [0, 1, 3])
    #expect(found.dropped == 1)
  }

  @Test("a Mooncake line may be written in any way that JSON allows")
  func mooncakeForms() throws {
    let plain = #"{"timestamp": 3000, "input_length": 600, "output_length": 5, "hash_ids": [7, 0]}"#
    let expected = try trace(plain).records
    for line in [
      #"{"output_length":5,"hash_ids":[7,0],"input_length":600,"timestamp":3000}"#,
      #"{"timestamp": 3e3, "input_length": 600.0, "output_length": 5, "hash_ids": [7, 0], "type": "text"}"#,
      #"{ "timestamp" : 3000 , "input_length" : 600 , "output_length" : 5 , "hash_ids" : [ 7 , 0 ] }"#,
    ] {
      #expect(try trace(line).records == expected)
    }
    for line in [
      #"{"timestamp": 3000, "input_length": 0600, "output_length": 5}"#, plain + "}", plain + " 1",
    ] {
      #expect(throws: InputError.self) { try trace(line) }
    }
  }

  @Test("Mooncake: blocks of 512 tokens, the last one shorter; equal stamps spread within their 3 s")
  func mooncake() throws {
    let text = """
      {"timestamp": 0, "input_length": 1100, "output_length": 5, "hash_ids": [4, 5, 6]}
      {"timestamp": 0, "input_length": 512, "output_length": 6, "hash_ids": [4]}
      {"timestamp": 3000, "input_length": 3, "output_length": 7}
      {"timestamp": 9000, "input_length": 3, "output_length": 7, "hash_ids": [9], "more": {"a": [1]}}
      {"timestamp": 9000, "input_length": 3, "output_length": 8, "hash_ids": [9]}
      """
    let found = try trace(text)
    #expect(found.format == .mooncake)
    #expect(
      found.records.map(\.content) == [
        .segments([.init(text: 4, tokens: 512), .init(text: 5, tokens: 512), .init(text: 6, tokens: 76)]),
        .segments([.init(text: 4, tokens: 512)]), .unique, .segments([.init(text: 9, tokens: 3)]),
        .segments([.init(text: 9, tokens: 3)]),
      ])
    #expect(found.records.map(\.outputTokens) == [5, 6, 7, 7, 8])
    let times = found.records.map(\.arrival.value)
    #expect(times[0] == 0)
    #expect(times == times.sorted())
    #expect(times[1] > 0 && times[1] < 3)
    #expect(times[4] - times[3] > 0 && times[4] - times[3] < 3)
    #expect(found == (try trace(text)))
  }
}

@Suite struct TracedStreamTests {
  private func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString).csv")
    try text.write(to: path, atomically: true, encoding: .utf8)
    return path.path
  }

  private let text = """
    arrival_s,prompt_tokens,output_tokens,prompt_id
    10,100,11,0
    12,200,12,1
    13,300,13,0
    """

  @Test("a replay has the trace's times over the speed-up, its lengths and its prompts")
  func replay() throws {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let spec = workload(
      nil, .trace(speedup: 2), prompt: LengthSpec(.trace, max: 250), output: LengthSpec(.trace),
      prefix: .trace,
      trace: TraceSpec(path: path))
    let requests = Array(try spec.stream(seed: 0))
    #expect(requests.map(\.arrival.value) == [0, 1, 1.5])
    #expect(requests.map(\.promptTokens) == [100, 200, 250])
    #expect(requests.map(\.outputTokens) == [11, 12, 13])
    #expect(requests.map(\.content) == [.text(0), .text(1), .text(0)])

    var fewer = spec
    fewer.numRequests = 2
    #expect(Array(try fewer.stream(seed: 0)) == Array(requests.prefix(2)))
  }

  @Test("lengths alone can come from the trace, row by row")
  func lengthsOnly() throws {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let spec = workload(
      nil, prompt: LengthSpec(.trace), output: LengthSpec(.constant(4)), trace: TraceSpec(path: path))
    let requests = Array(try spec.stream(seed: 0))
    #expect(requests.map(\.promptTokens) == [100, 200, 300])
    #expect(requests.last?.arrival == 0.6)
    var pooled = spec
    pooled.numRequests = 5
    pooled.prefix = .pool(2)
    #expect(Array(try pooled.stream(seed: 0)).map(\.promptTokens) == [100, 200, 100, 200, 100])
  }

  @Test("asking for more requests than a trace has says how many it has")
  func tooFew() throws {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for arrivals: ArrivalSpec in [.trace(speedup: 1), .open(rate: 1, burstiness: 1)] {
      let spec = workload(
        4, arrivals, prompt: LengthSpec(.trace), output: LengthSpec(.trace), trace: TraceSpec(path: path))
      #expect(message { _ = try spec.stream(seed: 0) } == "num_requests: 4; the trace \(path) has 3 requests")
    }
  }

  @Test("hash blocks are cut with the prompt")
  func cutBlocks() throws {
    let path = try file(#"{"timestamp": 0, "input_length": 1100, "output_length": 5, "hash_ids": [4, 5, 6]}"#)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let spec = workload(
      nil, .trace(speedup: 1), prompt: LengthSpec(.trace, max: 600), output: LengthSpec(.trace),
      prefix: .trace,
      trace: TraceSpec(path: path))
    let request = try #require(Array(try spec.stream(seed: 0)).first)
    #expect(request.content == .segments([.init(text: 4, tokens: 512), .init(text: 5, tokens: 88)]))
  }
}
