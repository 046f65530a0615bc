import Experiments
import Figures
import Hardware
import Planning
import Quantities

/// The headline of a capacity study: what each variant carries, in a sentence and in large type, and the tables behind it.
struct CapacityAnswer {
  let document: CapacityDocument
  private let report: CapacityReport

  init(_ document: CapacityDocument) {
    self.document = document
    report = CapacityReport(document)
  }

  private var study: CapacityStudy { document.study }
  private var first: VariantCapacity? { study.variants.first }

  /// Of the variants that can be run today, other than the first, the one that carries most.
  private var best: VariantCapacity? {
    let others = study.variants.dropFirst().filter(\.isReachable)
    let today = others.filter { !$0.isProjection }
    return (today.isEmpty ? others : today).max { $0.capacity.value < $1.capacity.value }
  }

  private var unit: String { study.unit == .requestRate ? "requests/s" : "requests in flight" }
  private var level: String { NumberText.percent(study.settings.level).replacing(".0 %", with: " %") }

  private static func range(_ estimate: EstimatedFigure?) -> String? {
    estimate.flatMap {
      $0.interval == nil ? nil : "\(CapacityReport.rate($0.lower)) to \(CapacityReport.rate($0.upper))"
    }
  }

  private func carried(_ variant: VariantCapacity) -> String {
    "\(CapacityReport.rate(variant.capacity.value)) \(unit)"
      + (Self.range(variant.capacity).map { " (\($0))" } ?? "")
  }

  private func figures(_ variant: VariantCapacity?) -> CapacityDocument.Figures? {
    document.figures.first { $0.variant == variant?.variant }
  }

  private func plan(_ variant: VariantCapacity?) -> ServingPlan? {
    document.plans.first { $0.variant == variant?.variant }
  }

  // MARK: Sentences

  var sentences: [String] {
    guard let first else { return [] }
    var sentences = [lead(first)]
    if first.isReachable { sentences += [plans, costs].compactMap(\.self) }
    if let resource = first.bindingResource {
      var text = "\(first.variant) is held back by \(resource.label)"
      if let best, let other = best.bindingResource {
        text += other == resource ? ", and so is \(best.variant)" : ", \(best.variant) by \(other.label)"
      }
      sentences.append(text + ".")
    }
    if first.capacity.interval != nil {
      sentences.append(
        "In brackets: \(level) intervals of chance in the traffic. The error of the model comes on top of them and is below."
      )
    }
    return sentences
  }

  private func lead(_ first: VariantCapacity) -> String {
    guard first.isReachable else {
      return "With \(first.variant) the objective is met at no load"
        + (best.map { "; with \($0.variant) one replica carries \(carried($0))." }
          ?? ", nor with any other variant.")
    }
    var text = "One replica carries \(carried(first)) with \(first.variant)"
    if let best {
      text += " and \(carried(best)) with \(best.variant)"
      if let ratio = best.ratio { text += ": \(CapacityReport.interval(ratio)) times as much" }
    } else if study.variants.count > 1 {
      text += " and meets the objective at no load with any other variant"
    }
    return text + "."
  }

  private var plans: String? {
    guard let own = plan(first), let other = plan(best) else { return nil }
    return
      "\(CapacityReport.rate(own.targetRate)) requests/s need \(CapacityReport.count(own.gpus, "GPU")) with \(own.variant) "
      + "and \(other.gpus.grouped) with \(other.variant), \(NumberText.percent(own.headroom)) of each replica kept free."
  }

  private var costs: String? {
    guard let own = figures(first)?.cost?.perMillionOutputTokens,
      let other = figures(best)?.cost?.perMillionOutputTokens,
      let price = document.price, let first, let best
    else { return nil }
    return "A million output tokens cost \(CapacityReport.rate(own.suggested)) USD with \(first.variant) and "
      + "\(CapacityReport.rate(other.suggested)) USD with \(best.variant), at \(CapacityReport.dollars(price)) USD a GPU-hour."
  }

  // MARK: Large type

  var highlights: [ReportPage.Highlight] {
    var highlights = [first, best].compactMap(\.self).map { variant in
      ReportPage.Highlight(
        value: "\(CapacityReport.rate(variant.capacity.value)) \(study.unit.symbol)",
        label: "One replica, \(variant.variant)", note: Self.range(variant.capacity) ?? "")
    }
    guard let first, let best else { return highlights }
    if let ratio = best.ratio {
      highlights.append(
        ReportPage.Highlight(
          value: "\(CapacityReport.rate(ratio.value)) ×", label: "\(best.variant) against \(first.variant)",
          note: Self.range(ratio) ?? ""))
    }
    if let own = plan(first), let other = plan(best) {
      highlights.append(
        ReportPage.Highlight(
          value: "\(own.gpus.grouped) → \(other.gpus.grouped)",
          label: "GPUs for \(CapacityReport.rate(own.targetRate)) req/s",
          note: "\(first.variant) → \(best.variant)"))
    }
    if let own = figures(first)?.cost?.perMillionOutputTokens,
      let other = figures(best)?.cost?.perMillionOutputTokens
    {
      highlights.append(
        ReportPage.Highlight(
          value: "\(CapacityReport.rate(own.suggested)) → \(CapacityReport.rate(other.suggested))",
          label: "USD a million output tokens", note: "\(first.variant) → \(best.variant)"))
    }
    return highlights
  }

  // MARK: Tables

  var capacity: [ReportPage.Block] {
    var blocks: [ReportPage.Block] = [
      .table(report.capacities.withNames(), caption: "Capacity of one replica (\(unit))")
    ]
    if !document.plans.isEmpty {
      let target = document.plans.first.map { CapacityReport.rate($0.targetRate) } ?? ""
      blocks.append(.table(report.plans.withNames(), caption: "Replicas and GPUs for \(target) requests/s"))
    }
    blocks.append(.table(report.figures.withNames(), caption: "One replica at its capacity"))
    if study.variants.contains(where: { !$0.relaxations.isEmpty }) {
      var gains = report.gains
      gains.columns[0] = "change"
      blocks.append(.table(gains, caption: "What would raise it: capacity with one resource made larger"))
    }
    return blocks
  }

  var cost: [ReportPage.Block] {
    var blocks: [ReportPage.Block] = []
    if !document.figures.isEmpty {
      blocks.append(
        .table(report.cost.withNames(), caption: "Cost and energy of one replica at its capacity"))
    }
    let costs = study.variants.enumerated().compactMap { i, variant in
      figures(variant)?.cost?.perMillionOutputTokens.map {
        PlottedCost(
          PlottedVariant(variant.variant, position: i, isProjection: variant.isProjection),
          perMillionTokens: PlottedEstimate($0.suggested, lower: $0.low, upper: $0.high))
      }
    }
    if let price = document.price, !costs.isEmpty {
      blocks.append(
        .figure(
          Charts.cost(
            costs, currency: "$",
            pricing: "\(CapacityReport.dollars(price)) USD a GPU-hour; bars span the range of prices",
            scenario: study.scenario)))
    }
    if document.traffic != nil {
      blocks.append(
        .table(report.savings.withNames(), caption: "GPUs over the traffic: always, or as needed"))
      var hours = report.hours
      hours.columns[0] = "from"
      blocks.append(.table(hours, caption: "GPUs that each stretch of the traffic needs"))
    }
    return blocks
  }

  var notes: [String] { report.footnotes }
}

extension ReportTable {
  /// The table with its rows' names under "variant": the title in the first column's head is the caption of a page.
  func withNames() -> ReportTable {
    var table = self
    table.columns[0] = "variant"
    return table
  }
}
