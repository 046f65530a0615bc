import Metrics
import Results
import Testing

@Suite struct RequestCSVTests {
  @Test("one row per request, empty fields for what did not happen")
  func golden() {
    let golden = """
      scenario,variant,index,stage,outcome,prompt_tokens,output_tokens,generated_tokens,cached_tokens,preemptions,\
      released_s,sent_s,first_token_s,finished_s,client_queue_s,ttft_s,tpot_s,e2e_s,ttft_front_end_s,ttft_queue_s,\
      ttft_own_prefill_s,ttft_preemption_s,ttft_interference_s
      rag-8b,swiftkv-50,0,0,finished,100,3,3,16,0,0.25,0.5,1.0,2.0,0.25,0.5,0.5,1.5,0.125,0.0625,0.25,0.0,0.0625
      rag-8b,swiftkv-50,1,1,finished,50,2,2,0,1,0.75,0.75,1.5,4.0,0.0,0.75,2.5,3.25,,,,,
      rag-8b,swiftkv-50,2,1,exceeds_max_model_len,9000,5,0,0,0,1.0,1.0,,,0.0,,,,,,,,

      """
    #expect(RequestCSV.text([(SampleRuns.description(), SampleRuns.tiny)]) == golden)
  }

  @Test("several runs follow each other under one header; names are quoted where they must be")
  func severalRuns() {
    let odd = SampleRuns.description(scenario: "a,b", variant: "say \"x\"")
    let text = RequestCSV.text([
      (SampleRuns.description(), SampleRuns.tiny), (odd, SampleRuns.tiny), (odd, SampleRuns.empty),
    ])
    let lines = text.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[4].hasPrefix(#""a,b","say ""x""",0,0,finished,"#))
    #expect(
      lines.dropFirst().prefix(3).allSatisfy { line in
        line.split(separator: ",", omittingEmptySubsequences: false).count == RequestCSV.columns.count
      })
  }

  @Test("without runs there is still the header")
  func header() {
    #expect(RequestCSV.text([]) == RequestCSV.columns.joined(separator: ",") + "\n")
  }
}
