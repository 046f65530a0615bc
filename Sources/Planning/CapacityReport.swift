import Experiments
import Foundation
import Metrics
import Quantities

/// A capacity study as text.
public struct CapacityReport: Sendable {
  let document: CapacityDocument

  public init(_ document: CapacityDocument) { self.document = document }

  var study: CapacityStudy { document.study }
  var isConcurrency: Bool { study.unit == .concurrency }

  public var heading: String {
    let runs = "runs of \(NumberText.grouped(study.requestsPerRun)) requests, seed \(study.seed)"
    return
      "\(study.scenario): \(study.model) on \(study.gpus) × \(study.device), \(runs); objective: \(objective)"
  }

  var objective: String { study.objective.text }

  /// The answer and what explains it, most important first.
  public var findings: [String] {
    var sentences: [String] = []
    if let answer { sentences.append(answer) }
    for variant in study.variants where !variant.isReachable { sentences.append(unreachable(variant)) }
    if document.plans.count > 1, let cheapest = document.plans.min(by: { $0.gpus < $1.gpus }),
      let first = document.plans.first, cheapest.gpus < first.gpus
    {
      sentences.append(
        "\(Self.rate(cheapest.targetRate)) req/s need \(Self.count(cheapest.gpus, "GPU")) with \(cheapest.variant) "
          + "and \(first.gpus) with \(first.variant).")
    }
    return sentences
  }

  /// Of the variant that carries most among those that can be had today.
  private var answer: String? {
    let reachable = study.variants.filter(\.isReachable)
    let today = reachable.filter { !$0.isProjection }
    guard
      let best = (today.isEmpty ? reachable : today).max(by: { $0.capacity.value < $1.capacity.value })
    else { return nil }
    var text =
      "\(best.variant) carries \(Self.interval(best.capacity)) \(study.unit.symbol) per replica within \(objective)"
    if let ratio = best.ratio, let first = study.variants.first {
      text += ", \(Self.interval(ratio)) × \(first.variant)"
    }
    text += "; \(best.bindingLimit.label) binds"
    if let resource = best.bindingResource { text += ", held back by \(resource.label)" }
    let help = best.relaxations.filter { $0.resource == best.bindingResource }.max {
      $0.gain.value < $1.gain.value
    }
    if let help { text += " (\(help.change): \(NumberText.change(help.gain.value, from: 1)))" }
    return text + "."
  }

  private func unreachable(_ variant: VariantCapacity) -> String {
    let load = "\(Self.rate(variant.point.load)) \(study.unit.symbol)"
    switch variant.bindingLimit {
    case .latency(let limit):
      let found = variant.point[limit.metric, limit.statistic].map { "\(Seconds($0.value))" } ?? "unknown"
      return
        "\(variant.variant) carries no load: even at \(load), \(limit.metric.title) \(limit.statistic.name) is "
        + "\(found), and \(limit.limit) are allowed."
    case .goodShare:
      let share = NumberText.percent(variant.point.goodShare?.value ?? 0)
      return
        "\(variant.variant) carries no load: even at \(load), \(share) of the requests keep their limits, and "
        + "\(NumberText.percent(study.objective.goodShare)) must."
    case .saturation, .none:
      return
        "\(variant.variant) carries no load: even at \(load) requests come faster than they are answered."
    }
  }

  public var footnotes: [String] {
    var notes: [String] = []
    if study.variants.contains(where: \.isProjection) { notes.append("* \(Headline.projection)") }
    if skipsLayers { notes.append(Headline.quality) }
    notes.append(method)
    let imprecise = study.variants.filter { $0.isReachable && $0.replications > 1 && !$0.isPrecise }
    if !imprecise.isEmpty {
      notes.append(
        "Intervals wider than ±\(NumberText.percent(study.settings.tolerance)) after the most runs allowed: "
          + imprecise.map(\.variant).joined(separator: ", ")
          + "; --replications or more requests narrow them.")
    }
    if study.variants.contains(where: { $0.replications == 1 }) {
      notes.append(
        "The workload is the same for every seed, so there is one run and no interval: how far chance moves the figures "
          + "is not known.")
    }
    notes.append(modelNote)
    if let table = document.figures.first?.cost {
      notes.append(costNote(table))
    } else if document.price == nil {
      notes.append("No price is known for \(study.device); --gpu-price gives costs.")
    }
    if document.figures.contains(where: { $0.energy != nil }) { notes.append(Self.energyNote) }
    if let traffic = document.traffic { notes.append(trafficNote(traffic)) }
    return notes
  }

  private var skipsLayers: Bool { study.variants.contains { $0.variant.hasPrefix("swiftkv") } }

  private var method: String {
    let level = NumberText.percent(study.settings.level).replacingOccurrences(of: ".0", with: "")
    let window =
      "the first \(NumberText.percent(study.window.warmUpShare)) of the requests and the last "
      + "\(NumberText.percent(study.window.coolDownShare)) are not measured"
    let rule =
      isConcurrency
      ? "what is searched is the number of requests in flight, for the scenario sends the next request when one is answered"
      : "largest rate at which every limit holds and at least \(Int(CapacityObjective.completedShare * 100)) % of what is "
        + "sent is completed"
    return
      "Capacity: \(rule), over all runs together; \(level) intervals from independent runs, with the same random numbers "
      + "at every load and for every variant; \(window)."
  }

  private var modelNote: String {
    let known = study.variants.compactMap(\.modelRange)
    guard let first = known.first else {
      return
        "The model's own error is not in these figures: no validation run measured what the objective limits."
    }
    return
      "'if the model errs': the capacity if every latency were longer, or shorter, by the mean error of validation runs "
      + "(\(first.assumption)); that error was found for means, not for percentiles"
      + (skipsLayers ? ", and without SwiftKV" : "") + " (docs/validation.md)."
  }

  package static func interval(_ estimate: EstimatedFigure) -> String {
    let value = rate(estimate.value)
    guard estimate.interval != nil else { return value }
    return "\(value) (\(rate(max(0, estimate.lower))) to \(rate(estimate.upper)))"
  }

  /// Three significant digits: no interval is narrow enough for more.
  package static func rate(_ x: Double) -> String {
    guard x.isFinite, x > 0 else { return "0" }
    let digits = 2 - Int(log10(x).rounded(.down))
    return String(format: "%.\(min(6, max(0, digits)))f", x)
  }

  package static func count(_ n: Int, _ what: String) -> String {
    "\(NumberText.grouped(n)) \(what)\(n == 1 ? "" : "s")"
  }
}

extension CapacityObjective {
  /// "ttft_p99 ≤ 2 s, tpot_p99 ≤ 50 ms".
  public var text: String {
    var parts = limits.map { "\($0.key) ≤ \($0.limit)" }
    if !goodputLimits.isEmpty {
      let single = [("ttft", goodputLimits.ttft), ("tpot", goodputLimits.tpot), ("e2e", goodputLimits.e2e)]
        .compactMap { name, limit in limit.map { "\(name) ≤ \($0)" } }
      parts.append(
        "\(NumberText.percent(goodShare)) of requests with \(single.joined(separator: " and "))")
    }
    return parts.joined(separator: ", ")
  }
}
