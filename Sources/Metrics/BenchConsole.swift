import Foundation
public import Quantities

/// The table that `vllm bench serve` prints: 50 columns, labels padded to 40, values to 10, floats with two decimals.
public enum BenchConsole {
  /// - Parameters:
  ///   - requestRate: the configured rate; nil or infinite leaves the row out.
  ///   - maxConcurrency: the client cap; nil leaves the row out.
  ///   - percentileMetrics: the latencies that get a section; sections come in the table's own order.
  ///   - percentiles: in percent, each a row of every section.
  /// - Returns: the table, each line with its line end. Value columns keep their trailing spaces, as in vLLM.
  public static func text(
    _ summary: Summary, requestRate: PerSecond? = nil, maxConcurrency: Int? = nil,
    percentileMetrics: [LatencyMetric] = [.ttft, .tpot, .itl], percentiles: [Double] = [99]
  ) -> String {
    var lines = [centred(" Serving Benchmark Result ", "=")]
    lines.append(row("Successful requests:", summary.completed))
    lines.append(row("Failed requests:", summary.failed))
    if let maxConcurrency { lines.append(row("Maximum request concurrency:", maxConcurrency)) }
    if let requestRate, requestRate.value.isFinite {
      lines.append(row("Request rate configured (RPS):", requestRate.value))
    }
    lines.append(row("Benchmark duration (s):", summary.duration.value))
    lines.append(row("Total input tokens:", summary.totalInputTokens))
    lines.append(row("Total generated tokens:", summary.totalOutputTokens))
    lines.append(row("Request throughput (req/s):", summary.requestThroughput.value))
    if let goodput = summary.goodput { lines.append(row("Request goodput (req/s):", goodput.value)) }
    lines.append(row("Output token throughput (tok/s):", summary.outputThroughput.value))
    lines.append(row("Peak output token throughput (tok/s):", Double(summary.peakOutputTokensPerSecond)))
    lines.append(row("Peak concurrent requests:", Double(summary.peakConcurrentRequests)))
    lines.append(row("Total token throughput (tok/s):", summary.totalTokenThroughput.value))
    for metric in LatencyMetric.allCases where percentileMetrics.contains(metric) {
      let distribution = summary[metric]
      // Where there is no sample vLLM prints 0, which would look like the best of all.
      func milliseconds(_ label: String, _ seconds: Double) -> String {
        distribution.isEmpty ? row(label, "-") : row(label, seconds * 1e3)
      }
      let name = metric.benchName.uppercased()
      lines.append(centred(metric.benchTitle, "-"))
      lines.append(milliseconds("Mean \(name) (ms):", distribution.mean))
      lines.append(milliseconds("Median \(name) (ms):", distribution.median))
      for percent in percentiles {
        let word = LatencyMetric.percentileWord(percent)
        lines.append(milliseconds("P\(word) \(name) (ms):", distribution.percentile(percent)))
      }
    }
    lines.append(String(repeating: "=", count: width))
    return lines.joined(separator: "\n") + "\n"
  }

  private static let width = 50

  private static func row(_ label: String, _ value: Int) -> String { row(label, "\(value)") }

  private static func row(_ label: String, _ value: Double) -> String {
    row(label, String(format: "%.2f", value))
  }

  private static func row(_ label: String, _ value: String) -> String {
    padded(label, to: 40) + " " + padded(value, to: 10)
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// An odd number of fill characters puts the extra one on the right.
  private static func centred(_ title: String, _ fill: Character) -> String {
    let room = max(0, width - title.count)
    return String(repeating: fill, count: room / 2) + title + String(repeating: fill, count: room - room / 2)
  }
}
