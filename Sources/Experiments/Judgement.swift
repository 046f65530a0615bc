import Foundation
import Metrics
import Quantities

/// A statistic with what is known of its error: how much it varies by chance, and how far the model behind it is off.
struct UncertainFigure {
  /// In seconds.
  var value: Double
  /// Half-width of the 95 % interval; nil if there are too few requests to say.
  var sampling: Double?
  /// Expected error of the model, by measured runs; nil if unknown.
  var model: Double?

  /// Both together: they have nothing to do with each other, so their squares add.
  var combined: Double { ((sampling ?? 0) * (sampling ?? 0) + (model ?? 0) * (model ?? 0)).squareRoot() }

  init(value: Double, sampling: Double?, model: Double?) {
    self.value = value
    self.sampling = sampling
    self.model = model
  }

  /// - Returns: nil if there is no sample.
  init?(
    _ statistic: Objective.Statistic, of metric: LatencyMetric, in run: VariantRun, _ error: ExpectedError
  ) {
    let figures = run.replicated
    guard let value = figures.value(statistic, of: metric) else { return nil }
    self.init(
      value: value, sampling: figures.estimate(statistic, of: metric)?.interval().halfWidth,
      model: error.percent(of: metric).map { $0 / 100 * value })
  }
}

extension ExpectedError {
  /// Expected error of a mean latency in percent. ITL has that of TPOT, which is made of the same gaps.
  func percent(of metric: LatencyMetric) -> Double? {
    switch metric {
    case .ttft: ttft
    case .tpot, .itl: tpot
    case .e2e: e2e
    }
  }
}

/// Whether a limit is kept, and whether that can be told.
enum Judgement: Hashable {
  /// - isSure: whether chance is accounted for; without an interval only the model's error is.
  case met(isSure: Bool)
  case missed(isSure: Bool)
  /// The limit lies within the error of the figure; why is the larger part of that error.
  case uncertain(why: Cause)

  enum Cause: String, Hashable { case sampling, model }

  /// - Parameter figure: nil if no request was completed.
  init(_ figure: UncertainFigure?, limit: Objective.Limit) {
    guard let figure else {
      self = .missed(isSure: true)
      return
    }
    let distance = limit.limit.value - figure.value
    if figure.combined > 0, abs(distance) <= figure.combined {
      self = .uncertain(why: (figure.sampling ?? 0) >= (figure.model ?? 0) ? .sampling : .model)
    } else {
      let isSure = figure.sampling != nil
      self = distance >= 0 ? .met(isSure: isSure) : .missed(isSure: isSure)
    }
  }

  /// "met", "missed?", "uncertain (model)".
  var words: String {
    switch self {
    case .met(let isSure): isSure ? "met" : "met?"
    case .missed(let isSure): isSure ? "missed" : "missed?"
    case .uncertain(let why): "uncertain (\(why.rawValue))"
    }
  }

  /// What the words mean; nil for those that need no explanation.
  var explanation: String? {
    switch self {
    case .met(isSure: true), .missed(isSure: true): nil
    case .met(isSure: false), .missed(isSure: false):
      "'?': too few requests to say how much of the figure is chance; only the model's error is counted."
    case .uncertain:
      "'uncertain': the limit lies within the figure's error, chance and model together; the larger of the two is named."
    }
  }

  /// Of an objective all of whose limits must hold: missed if one is for sure, else what is least sure of being met.
  init(all limits: [Judgement]) {
    func rank(_ judgement: Judgement) -> Int {
      switch judgement {
      case .missed(isSure: true): 0
      case .missed(isSure: false): 1
      case .uncertain: 2
      case .met(isSure: false): 3
      case .met(isSure: true): 4
      }
    }
    self = limits.min { rank($0) < rank($1) } ?? .met(isSure: true)
  }
}

extension VariantRun {
  /// How the run fares against each limit of its scenario's objective.
  func judgements(
    _ objective: Objective, _ error: ExpectedError
  ) -> [(limit: Objective.Limit, figure: UncertainFigure?, judgement: Judgement)] {
    objective.limits.map { limit in
      let hasAny = replicated.replicates.allSatisfy { $0.summary.completed > 0 }
      // A run whose answers all had one token has a TPOT of 0, as in vLLM.
      let figure =
        !hasAny
        ? nil
        : UncertainFigure(limit.statistic, of: limit.metric, in: self, error)
          ?? UncertainFigure(value: 0, sampling: nil, model: nil)
      return (limit, figure, Judgement(figure, limit: limit))
    }
  }
}
