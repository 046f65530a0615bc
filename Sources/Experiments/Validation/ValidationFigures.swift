public import Figures
import Metrics

/// The figures of a validation.
public enum ValidationFigures {
  /// Predicted against measured, the errors by stage, and the distributions of each model's runs; overloads left out.
  public static func figures(_ outcome: Validation.Outcome) -> [Figure] {
    let runs = outcome.report.runs.filter { !$0.isOverload }
    let latencies = runs.flatMap { run in
      run.stages.flatMap { stage in
        [(LatencyMetric.ttft, stage.ttft), (.tpot, stage.tpot), (.e2e, stage.e2e)].map { metric, latency in
          ComparedLatency(
            stage: "\(run.label), \(stage.rateText) req/s", metric: metric,
            measured: latency.mean.measured, predicted: latency.mean.predicted)
        }
      }
    }
    return [Charts.predictedAgainstMeasured(latencies), Charts.errorsByStage(latencies)] + overlays(outcome)
  }

  private static func overlays(_ outcome: Validation.Outcome) -> [Figure] {
    var models: [String] = []
    let stages = outcome.stages.filter { !$0.isOverload }
    for stage in stages where !models.contains(stage.model) { models.append(stage.model) }
    return models.map { model in
      let own = stages.filter { $0.model == model }
      func compared(_ metric: KeyPath<StageFigures, Distribution>) -> [ComparedDistribution] {
        own.map {
          ComparedDistribution(
            stage: $0.label, measured: $0.measured[keyPath: metric], predicted: $0.predicted[keyPath: metric])
        }
      }
      return Charts.distributionOverlay(
        model: String(model.split(separator: "/").last ?? ""), ttft: compared(\.ttft), e2e: compared(\.e2e))
    }
  }
}
