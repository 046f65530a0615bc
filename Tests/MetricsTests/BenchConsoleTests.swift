import Metrics
import Quantities
import Testing

@Suite struct BenchConsoleTests {
  @Test("the table is vLLM's: labels of 40, a space, values of 10, titles centred in 50")
  func golden() {
    let text = BenchConsole.text(
      Summary(record: TinyRun.record, goodputLimits: .init(ttft: 0.5)), requestRate: 10, maxConcurrency: 64,
      percentileMetrics: [.e2e, .ttft, .tpot, .itl], percentiles: [50, 99.9])
    // Values keep trailing spaces; "|" marks where each line ends.
    let golden = """
      ============ Serving Benchmark Result ============|
      Successful requests:                     3         |
      Failed requests:                         1         |
      Maximum request concurrency:             64        |
      Request rate configured (RPS):           10.00     |
      Benchmark duration (s):                  4.00      |
      Total input tokens:                      160       |
      Total generated tokens:                  8         |
      Request throughput (req/s):              0.75      |
      Request goodput (req/s):                 0.25      |
      Output token throughput (tok/s):         2.00      |
      Peak output token throughput (tok/s):    4.00      |
      Peak concurrent requests:                3.00      |
      Total token throughput (tok/s):          42.00     |
      ---------------Time to First Token----------------|
      Mean TTFT (ms):                          791.67    |
      Median TTFT (ms):                        625.00    |
      P50 TTFT (ms):                           625.00    |
      P99.9 TTFT (ms):                         1248.75   |
      -----Time per Output Token (excl. 1st token)------|
      Mean TPOT (ms):                          708.33    |
      Median TPOT (ms):                        708.33    |
      P50 TPOT (ms):                           708.33    |
      P99.9 TPOT (ms):                         999.42    |
      ---------------Inter-token Latency----------------|
      Mean ITL (ms):                           650.00    |
      Median ITL (ms):                         500.00    |
      P50 ITL (ms):                            500.00    |
      P99.9 ITL (ms):                          1000.00   |
      ----------------End-to-end Latency----------------|
      Mean E2EL (ms):                          1875.00   |
      Median E2EL (ms):                        1750.00   |
      P50 E2EL (ms):                           1750.00   |
      P99.9 E2EL (ms):                         3247.00   |
      ==================================================|

      """
    #expect(text == golden.replacing("|", with: ""))
  }

  @Test("a latency without samples is a dash, not a latency of 0")
  func noSamples() {
    let text = BenchConsole.text(Summary(record: TinyRun.empty), percentileMetrics: [.ttft])
    for row in ["Mean", "Median", "P99"] {
      let label = "\(row) TTFT (ms):"
      #expect(text.contains(label + String(repeating: " ", count: 41 - label.count) + "-         \n"))
    }
  }

  @Test("rows that were not asked for are left out; an infinite rate is not printed")
  func optionalRows() {
    let text = BenchConsole.text(Summary(record: TinyRun.empty), requestRate: .init(.infinity))
    for label in ["Maximum", "configured", "goodput", "E2EL"] { #expect(!text.contains(label)) }
    #expect(text.contains("Request throughput (req/s):              0.00      \n"))
  }
}
