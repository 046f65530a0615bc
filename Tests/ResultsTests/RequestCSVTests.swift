import Foundation
import Metrics
import Quantities
import Results
import Testing

@Suite struct RequestCSVTests {
  @Test("one row per request in order of finishing, empty fields for what did not happen")
  func golden() {
    let golden = """
      scenario,variant,index,stage,outcome,prompt_tokens,output_tokens,generated_tokens,cached_tokens,preemptions,\
      released_s,sent_s,first_token_s,finished_s,client_queue_s,ttft_s,tpot_s,e2e_s,ttft_front_end_s,ttft_queue_s,\
      ttft_own_prefill_s,ttft_preemption_s,ttft_interference_s
      rag-8b,swiftkv-50,2,1,exceeds_max_model_len,9000,5,0,0,0,1.0,1.0,,,0.0,,,,,,,,
      rag-8b,swiftkv-50,0,0,finished,100,3,3,16,0,0.25,0.5,1.0,2.0,0.25,0.5,0.5,1.5,0.125,0.0625,0.25,0.0,0.0625
      rag-8b,swiftkv-50,1,1,finished,50,2,2,0,1,0.75,0.75,1.5,4.0,0.0,0.75,2.5,3.25,,,,,

      """
    #expect(RequestCSV.text(SampleRuns.description(), SampleRuns.tiny) == golden)
  }

  /// Feeds runs to a file as simulations would, the later one first.
  private func write(_ runs: [(RunDescription, RunRecord)], keeping: [Int], to path: String) throws {
    let file = try RequestCSVFile(path: path, runs: runs.map { ($0.0.scenarioName, $0.0.variantName) })
    for (i, run) in runs.enumerated().reversed() {
      var figures = StreamingFigures(requestSink: file.sink(ofRun: i))
      run.1.replay(into: &figures)
    }
    try file.finish(keeping: keeping)
  }

  @Test("written while runs go: one after another under one header, names quoted where they must be")
  func severalRuns() throws {
    try withFolder { folder in
      let odd = SampleRuns.description(scenario: "a,b", variant: "say \"x\"")
      let plain = SampleRuns.description()
      try write(
        [(plain, SampleRuns.tiny), (odd, SampleRuns.tiny), (odd, SampleRuns.empty)], keeping: [0, 1, 2],
        to: folder + "/r.csv")
      let text = try String(contentsOfFile: folder + "/r.csv", encoding: .utf8)
      #expect(text.hasPrefix(RequestCSV.text(plain, SampleRuns.tiny)))
      let lines = text.split(separator: "\n")
      #expect(lines.count == 7)
      #expect(lines[5].hasPrefix(#""a,b","say ""x""",0,0,finished,"#))
      #expect(
        lines.dropFirst().prefix(3).allSatisfy { line in
          line.split(separator: ",", omittingEmptySubsequences: false).count == RequestCSV.columns.count
        })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["r.csv"])
    }
  }

  @Test("runs that are not kept leave no rows; a file that is not finished leaves nothing")
  func unfinished() throws {
    try withFolder { folder in
      let path = folder + "/r.csv"
      let (first, second) = (SampleRuns.description(), SampleRuns.description(variant: "baseline"))
      try write([(first, SampleRuns.tiny), (second, SampleRuns.tiny)], keeping: [1], to: path)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text == RequestCSV.text(second, SampleRuns.tiny))
      var file: RequestCSVFile? = try RequestCSVFile(path: path, runs: [("a", "b")])
      file?.sink(ofRun: 0)(SampleRuns.tiny.requests[0])
      file = nil
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["r.csv"])
    }
  }

  @Test("more rows than are held back at once, and a device as destination")
  func manyRows() throws {
    try withFolder { folder in
      var long = SampleRuns.empty
      long.requests = (0..<5000).map { index in
        RequestRecord(
          index: index, stage: 0, promptTokens: 1, outputTokens: 1, released: Seconds(0.1 * Double(index)),
          sent: Seconds(0.1 * Double(index)), outcome: .rejected(.exceedsKVCache))
      }
      try write([(SampleRuns.description(), long)], keeping: [0], to: folder + "/r.csv")
      #expect(
        try String(contentsOfFile: folder + "/r.csv", encoding: .utf8)
          == RequestCSV.text(SampleRuns.description(), long))
      try write([(SampleRuns.description(), long)], keeping: [0], to: "/dev/null")
      let error = #expect(throws: ResultsError.self) {
        try write([(SampleRuns.description(), long)], keeping: [0], to: "/dev/full")
      }
      #expect(error == .cannotWrite(path: "/dev/full", reason: "No space left on device"))
    }
  }

  @Test("a folder that is not there is told before anything is simulated")
  func badPath() throws {
    try withFolder { folder in
      let path = folder + "/none/r.csv"
      let error = #expect(throws: ResultsError.self) { try RequestCSVFile(path: path, runs: []) }
      #expect(error == .cannotWrite(path: path, reason: "there is no folder '\(folder)/none/'"))
    }
  }

  @Test("without requests there is still the header")
  func header() {
    #expect(
      RequestCSV.text(SampleRuns.description(), SampleRuns.empty)
        == RequestCSV.columns.joined(separator: ",") + "\n")
  }
}
