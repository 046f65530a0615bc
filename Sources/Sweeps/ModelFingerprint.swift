import Experiments
import Foundation
import Metrics
import Quantities

/// Tells whether two builds of the program predict the same, so that a result of one stands for the other.
///
/// A version number says so only if somebody thinks of it with every change of the model. Instead, a few small scenarios are simulated
/// (milliseconds, once a process) and their figures hashed. They are rounded, for mathematical libraries differ in the last bits.
enum ModelFingerprint {
  /// Requests of each of the scenarios.
  private static let requests = 60

  static let current: String = {
    let points = BenchmarkScenario.builtIn(requests: requests).map { SweepPoint($0.scenario) }
    let outcome = SweepRunner(threads: 1).run(points) { _, figures in text(figures.summary) }
    return SHA256.hex(outcome.kept.map { $0 ?? "failed" }.joined(separator: "\n"))
  }()

  private static func text(_ summary: Summary) -> String {
    let figures = [
      summary.duration.value, summary.ttft.mean, summary.ttft.max, summary.tpot.mean, summary.itl.max,
      summary.e2e.mean, summary.engine.meanKVUsage, Double(summary.engine.steps),
      Double(summary.engine.preemptions),
    ]
    return figures.map { String(format: "%.8g", $0) }.joined(separator: " ")
  }
}
