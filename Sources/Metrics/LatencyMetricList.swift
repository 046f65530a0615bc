/// Why a text is no list of metrics or percentiles.
public struct MetricListError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension LatencyMetric {
  /// Reads `ttft,tpot,itl`: the value of vLLM's `--percentile-metrics`. Spaces around names and repetitions do not matter.
  ///
  /// - Throws: ``MetricListError`` naming the unknown word and what is allowed.
  public static func list(parsing text: String) throws(MetricListError) -> [LatencyMetric] {
    var metrics: [LatencyMetric] = []
    for word in words(of: text) {
      guard let metric = LatencyMetric(benchName: word) else {
        let allowed = allCases.map(\.benchName).joined(separator: ", ")
        // The scenario file's word for it is not vLLM's.
        let hint = LatencyMetric(rawValue: word).map { "; did you mean \($0.benchName)?" } ?? ""
        throw MetricListError(description: "'\(word)' is not a metric; use some of \(allowed)\(hint)")
      }
      if !metrics.contains(metric) { metrics.append(metric) }
    }
    return metrics
  }

  /// Reads `50,90,99.9`: the value of vLLM's `--metric-percentiles`, in percent. Repetitions are left out.
  ///
  /// - Throws: ``MetricListError`` naming what is no percentile.
  public static func percentiles(parsing text: String) throws(MetricListError) -> [Double] {
    var percentiles: [Double] = []
    for word in words(of: text) {
      guard let percent = Double(word), (0...100).contains(percent) else {
        throw MetricListError(
          description: "'\(word)' is not a percentile; use numbers from 0 to 100, as in 50,90,99.9")
      }
      if !percentiles.contains(percent) { percentiles.append(percent) }
    }
    return percentiles
  }

  private static func words(of text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
