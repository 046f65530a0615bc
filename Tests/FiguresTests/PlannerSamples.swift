import Figures
import Foundation
import Metrics
import Quantities

/// Data of planners' figures that look like a study's, from a one-line model of a queue. Good enough to draw; no figure of it means
/// anything.
struct PlannerSamples {
  var names = ["baseline", "swiftkv-50", "swiftkv-50-across2", "swiftkv-50-fp8kv"]
  var scenario = "rag"

  static let objective = Objective(limits: [
    .init(metric: .ttft, statistic: .percentile(99), limit: 2),
    .init(metric: .tpot, statistic: .percentile(99), limit: 0.05),
  ])

  var variants: [PlottedVariant] {
    names.enumerated().map { PlottedVariant($1, position: $0, isProjection: $1.contains("across")) }
  }

  /// Requests a second that saturate variant `i`.
  func saturation(_ i: Int) -> Double { 3.2 + 1.7 * Double(i).squareRoot() }

  var curves: [PlottedLoadCurve] {
    variants.enumerated().map { i, variant in
      let top = saturation(i)
      let loads = [0.25, 0.5, 0.7, 0.8, 0.9, 0.96, 1.1].map { share -> PlottedLoad in
        let wait = share < 1 ? 1 / (1 - share) : 200
        let base = 0.35 / (1 + 0.4 * Double(i))
        func latency(_ metric: LatencyMetric, _ percent: Double, _ value: Double) -> PlottedLoad.Latency {
          .init(metric, percent: percent, PlottedEstimate(value, lower: value * 0.93, upper: value * 1.08))
        }
        let kept = share < 1 ? min(1, 1.02 - pow(share, 12)) : 0.05
        let rate = top * share
        return PlottedLoad(
          offered: rate, isSaturated: share > 1,
          latencies: [
            latency(.ttft, 50, base * (0.7 + 0.3 * wait)), latency(.ttft, 99, base * (2 + 0.7 * wait)),
            latency(.tpot, 50, 0.011 + 0.012 * share), latency(.tpot, 99, 0.016 + 0.03 * share),
          ],
          goodput: PlottedEstimate(rate * kept, lower: rate * kept * 0.98, upper: rate * kept * 1.02),
          attainment: PlottedEstimate(kept),
          attribution: TTFTAttribution(
            frontEnd: 0.004, queue: Seconds(0.1 * base * wait), ownPrefill: Seconds(base * 0.7),
            preemption: 0,
            interference: Seconds(0.1 * base * wait)))
      }
      return PlottedLoadCurve(
        variant, loads: loads,
        capacity: PlottedEstimate(top * 0.89, lower: top * 0.87, upper: top * 0.91))
    }
  }

  var configurations: [PlottedConfiguration] {
    variants.enumerated().flatMap { i, variant in
      [1, 2].map { gpus in
        let points = [1, 4, 16, 64, 256].map { concurrency -> PlottedConfiguration.Point in
          let user = 140 * Double(gpus).squareRoot() / (1 + Double(concurrency) / (60.0 + 25 * Double(i)))
          return .init(
            perUser: user, perGPU: user * Double(concurrency) / Double(gpus), concurrency: concurrency,
            isWithinObjective: user > 20)
        }
        return PlottedConfiguration(variant, gpus: gpus, points: points)
      }
    }
  }

  var grids: [(variant: PlottedVariant, grid: PlottedGrid)] {
    let prompts = [512, 1024, 2048, 4096, 8192, 16384], rates = [0.5, 1, 2, 4, 8, 16.0]
    return variants.prefix(2).enumerated().map { i, variant in
      let cells = rates.map { rate in
        prompts.map { prompt -> PlottedGrid.Cell in
          let service = Double(prompt) * 3e-5 / (1 + 0.7 * Double(i)), load = rate * service
          return .init(
            PlottedEstimate(load < 1 ? service * (1 + 2 * load / (1 - load)) : 300), isSaturated: load >= 1)
        }
      }
      return (
        variant,
        PlottedGrid(
          columns: prompts.map { .init(Double($0), "\($0)") }, rows: rates.map { .init($0, "\($0)") },
          cells: cells)
      )
    }
  }

  var gains: PlottedGrid {
    let ratios = [0.5, 1, 4, 16, 64, 128], loads = [0.2, 0.4, 0.6, 0.8, 0.9]
    return PlottedGrid(
      columns: ratios.map { .init($0, "\($0)") }, rows: loads.map { .init($0, "\(Int($0 * 100)) %") },
      cells: loads.map { load in
        ratios.map { ratio in
          let value = 0.02 - 0.6 * load * ratio / (ratio + 20)
          return .init(
            PlottedEstimate(value, lower: value - 0.03, upper: value + 0.03),
            isSaturated: load > 0.8 && ratio > 100)
        }
      })
  }

  var figures: [Figure] {
    let objective = Self.objective
    return [
      Charts.latencyAgainstLoad(curves, scenario: scenario, objective: objective, level: 0.95),
      Charts.goodputAgainstLoad(curves, scenario: scenario, objective: objective, level: 0.95),
      Charts.pareto(configurations, scenario: scenario),
      Charts.ttftMap(grids, statistic: "p99", scenario: scenario, limit: 2),
      Charts.gainMap(
        gains, of: variants[min(1, variants.count - 1)], against: variants[0],
        what: "mean end-to-end latency",
        rows: "load (of the baseline's capacity)", scenario: scenario, level: 0.95),
      Charts.kvCapacity(
        variants.enumerated().map { i, variant in
          PlottedMemory(
            variant, kvTokens: 440_000 * [1, 1, 4, 6][i % 4] / [1, 1, 3, 3][i % 4], blockSize: 16,
            maxModelLen: 131_072)
        }, maxNumSeqs: 256, scenario: scenario),
      Charts.cost(
        variants.enumerated().map { i, variant in
          let value = 1.1 / (1 + 0.3 * Double(i))
          return PlottedCost(
            variant, perMillionTokens: PlottedEstimate(value, lower: value * 0.95, upper: value * 1.05))
        }, currency: "$", pricing: "H100-SXM-80GB at $2.50 an hour", scenario: scenario, level: 0.95),
      Charts.gpusNeeded(
        variants.enumerated().map { i, variant in
          PlottedFleet(
            variant, steps: (1...12).map { .init(upTo: saturation(i) * 0.89 * Double($0), gpus: $0) })
        }, scenario: scenario, objective: objective),
      Charts.gpusOverDay(
        variants.prefix(2).enumerated().map { i, variant in
          let hours = (0..<24).map { hour -> PlottedDay.Hour in
            let traffic = 12 - 9 * cos(Double(hour - 3) / 12 * .pi)
            return .init(
              from: Double(hour), traffic: traffic, gpus: Int((traffic / saturation(i)).rounded(.up)))
          }
          return PlottedDay(
            variant, hours: hours, staticGPUs: hours.map(\.gpus).max() ?? 0,
            elasticGPUHours: Double(hours.reduce(0) { $0 + $1.gpus }),
            staticGPUHours: Double(24 * (hours.map(\.gpus).max() ?? 0)))
        }, scenario: scenario, objective: objective),
      Charts.attributionAgainstLoad(Array(curves.prefix(2)), scenario: scenario),
      Charts.stepBreakdown(steps, deployment: "Llama-3.1-8B on one H100", scenario: scenario),
    ]
  }

  var steps: [PlottedStep] {
    [
      ("256 decodes", 0.011, 1.0), ("prefill 8,192", 0.22, 0.55),
      ("256 decodes + prefill 7,936", 0.225, 0.56),
    ].map {
      batch, time, factor in
      PlottedStep(
        batch: batch,
        splits: variants.enumerated().map { i, variant in
          let scale = i == 0 ? 1 : factor
          return .init(
            variant,
            parts: [
              .init("GEMM", Seconds(time * 0.7 * scale)),
              .init("prefill attention", Seconds(time * 0.15 * scale)),
              .init("decode attention", Seconds(time * 0.08)), .init("element-wise", Seconds(time * 0.05)),
              .init("SwiftKV projection", Seconds(i == 0 ? 0 : time * 0.02)),
            ])
        })
    }
  }
}
