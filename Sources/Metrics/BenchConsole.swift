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
    text(
      [summary], requestRate: requestRate, maxConcurrency: maxConcurrency,
      percentileMetrics: percentileMetrics,
      percentiles: percentiles, halfWidth: { _, _ in nil }, rateHalfWidth: { _ in nil })
  }

  /// The same with intervals: behind a latency's figure stands "± half-width" where one can be given. Of replications every figure is
  /// the mean, and throughputs have intervals too.
  ///
  /// - Parameters:
  ///   - intervals: of these figures; nil finds them.
  ///   - level: of the intervals, in 0 ..< 1.
  public static func text(
    _ figures: ReplicatedFigures, requestRate: PerSecond? = nil, maxConcurrency: Int? = nil,
    percentileMetrics: [LatencyMetric] = [.ttft, .tpot, .itl], percentiles: [Double] = [99],
    intervals: LatencyIntervals? = nil, level: Double = 0.95
  ) -> String {
    let intervals =
      intervals ?? LatencyIntervals(figures, metrics: percentileMetrics, percentiles: percentiles)
    return text(
      figures.replicates.map(\.summary), requestRate: requestRate, maxConcurrency: maxConcurrency,
      percentileMetrics: percentileMetrics, percentiles: percentiles,
      halfWidth: { intervals[$0, $1]?.interval(level: level).halfWidth },
      rateHalfWidth: { figures.isReplicated ? figures.estimate($0)?.interval(level: level).halfWidth : nil })
  }

  private static func text(
    _ summaries: [Summary], requestRate: PerSecond?, maxConcurrency: Int?,
    percentileMetrics: [LatencyMetric], percentiles: [Double],
    halfWidth: (Objective.Statistic, LatencyMetric) -> Double?, rateHalfWidth: (RunFigures.Rate) -> Double?
  ) -> String {
    func mean(_ figure: (Summary) -> Double) -> Double {
      summaries.map(figure).reduce(0, +) / Double(summaries.count)
    }
    // A number of requests is whole where it is the same in all replications.
    func whole(_ figure: (Summary) -> Int) -> String {
      let values = Set(summaries.map(figure))
      return values.count == 1
        ? values.map(String.init).joined() : String(format: "%.2f", mean { Double(figure($0)) })
    }
    func rate(_ label: String, _ rate: RunFigures.Rate) -> String? {
      guard summaries.allSatisfy({ rate.value(in: $0) != nil }) else { return nil }
      return row(label, mean { rate.value(in: $0) ?? 0 }, halfWidth: rateHalfWidth(rate))
    }
    var lines = [centred(" Serving Benchmark Result ", "=")]
    lines.append(row("Successful requests:", whole(\.completed)))
    lines.append(row("Failed requests:", whole(\.failed)))
    if let maxConcurrency { lines.append(row("Maximum request concurrency:", "\(maxConcurrency)")) }
    if let requestRate, requestRate.value.isFinite {
      lines.append(row("Request rate configured (RPS):", requestRate.value))
    }
    lines.append(row("Benchmark duration (s):", mean(\.duration.value)))
    lines.append(row("Total input tokens:", whole(\.totalInputTokens)))
    lines.append(row("Total generated tokens:", whole(\.totalOutputTokens)))
    lines += [rate("Request throughput (req/s):", .requests)].compactMap { $0 }
    lines += [rate("Request goodput (req/s):", .goodRequests)].compactMap { $0 }
    lines += [rate("Output token throughput (tok/s):", .outputTokens)].compactMap { $0 }
    lines.append(
      row("Peak output token throughput (tok/s):", mean { Double($0.peakOutputTokensPerSecond) }))
    lines.append(row("Peak concurrent requests:", mean { Double($0.peakConcurrentRequests) }))
    lines += [rate("Total token throughput (tok/s):", .allTokens)].compactMap { $0 }
    for metric in LatencyMetric.allCases where percentileMetrics.contains(metric) {
      // Where there is no sample vLLM prints 0, which would look like the best of all.
      let isEmpty = summaries.contains { $0[metric].isEmpty }
      func milliseconds(_ label: String, _ statistic: Objective.Statistic) -> String {
        guard !isEmpty else { return row(label, "-") }
        let seconds = mean { statistic.value(of: $0[metric]).value }
        return row(label, seconds * 1e3, halfWidth: halfWidth(statistic, metric).map { $0 * 1e3 })
      }
      let name = metric.benchName.uppercased()
      lines.append(centred(metric.benchTitle, "-"))
      lines.append(milliseconds("Mean \(name) (ms):", .mean))
      lines.append(milliseconds("Median \(name) (ms):", .percentile(50)))
      for percent in percentiles {
        let word = LatencyMetric.percentileWord(percent)
        lines.append(milliseconds("P\(word) \(name) (ms):", .percentile(percent)))
      }
    }
    lines.append(String(repeating: "=", count: width))
    return lines.joined(separator: "\n") + "\n"
  }

  private static let width = 50

  private static func row(_ label: String, _ value: Double, halfWidth: Double? = nil) -> String {
    row(label, String(format: "%.2f", value)) + (halfWidth.map { String(format: " ± %.2f", $0) } ?? "")
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
