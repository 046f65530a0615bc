import InputFiles
import Quantities
import Workload

/// `workload.prompt_tokens` and `workload.output_tokens`.
extension ScenarioReader {
  static let mostTokens = 10_000_000
  private static let forms = ["constant", "uniform", "mean", "lognormal", "quantiles", "trace"]
  private static let expects =
    "a number of tokens, trace, or one of {constant: 256}, {uniform: [100, 200]}, {mean: 1024, range_ratio: 0.5}, "
    + "{lognormal: {median: 6000, p90: 16000}}, {quantiles: {p0: 2, p50: 1020, p100: 14050}}"

  mutating func length(_ workload: Section, _ key: String, isRequired: Bool) -> LengthSpec? {
    guard let entry = workload[key] else {
      if isRequired { note("missing; \(Self.expects)", in: workload, key) }
      return nil
    }
    if entry.text == "trace" { return LengthSpec(.trace) }
    if entry.value.number != nil {
      return int(workload, key, 1...Self.mostTokens).map { LengthSpec(.constant($0)) }
    }
    guard let section = section(workload, key, kind: .length, expects: Self.expects) else { return nil }
    let distribution = distribution(section, at: workload, key)
    let least = int(section, "min", 1...Self.mostTokens)
    let most = int(section, "max", 1...Self.mostTokens)
    if let least, let most, least > most {
      note("found \(least.grouped); allowed is at most max (\(most.grouped))", in: section, "min")
    }
    guard let distribution else { return nil }
    if case .constant = distribution {
      refuse(["min", "max"], in: section, because: "has no effect on a constant; take it out")
    }
    return LengthSpec(distribution, min: least ?? 1, max: most)
  }

  private mutating func distribution(_ section: Section, at workload: Section, _ key: String) -> LengthSpec
    .Distribution?
  {
    let given = Self.forms.filter(section.has)
    guard let form = given.first, given.count == 1 else {
      let found = given.isEmpty ? "no distribution" : given.joined(separator: " and ")
      note("found \(found); allowed is \(Self.expects)", in: workload, key)
      return nil
    }
    if form != "mean" { refuse(["range_ratio"], in: section, because: "goes with mean") }
    switch form {
    case "constant": return int(section, "constant", 1...Self.mostTokens).map { .constant($0) }
    case "uniform": return uniform(section)
    case "mean": return aroundMean(section)
    case "lognormal": return lognormal(section)
    case "quantiles":
      let bounds = ScenarioBounds("from 1 to \(Self.mostTokens.grouped) tokens") {
        $0 >= 1 && $0 <= Double(Self.mostTokens)
      }
      return quantiles(section, "quantiles") { reader, section, key in reader.number(section, key, bounds) }
        .map(LengthSpec.Distribution.quantiles)
    default:
      guard let use = bool(section, "trace") else { return nil }
      if !use { note("false says nothing; take it out and give a distribution", in: section, "trace") }
      return .trace
    }
  }

  private mutating func uniform(_ section: Section) -> LengthSpec.Distribution? {
    let allowed =
      "[SMALLEST, LARGEST] in whole tokens from 1 to \(Self.mostTokens.grouped), for example [100, 200]"
    guard let items = list(section, "uniform", allowed: allowed) else { return nil }
    let ends = items.compactMap { $0.node.integer }.filter { (1...Self.mostTokens).contains($0) }
    guard items.count == 2, ends.count == 2, ends[0] <= ends[1] else {
      let found = items.map(\.node.summary).prefix(4).joined(separator: ", ")
      note("found [\(found)]; allowed is \(allowed)", in: section, "uniform")
      return nil
    }
    return .uniform(ends[0], ends[1])
  }

  /// As `vllm bench serve --random-range-ratio`: whole numbers from ⌊L(1 − r)⌋ to ⌈L(1 + r)⌉, at least 1.
  private mutating func aroundMean(_ section: Section) -> LengthSpec.Distribution? {
    let mean = int(section, "mean", 1...Self.mostTokens)
    let ratio = number(section, "range_ratio", .ratio)
    guard let mean, section.has("range_ratio") == (ratio != nil) else { return nil }
    let spread = ratio ?? 0
    return .uniform(
      max(1, Int((Double(mean) * (1 - spread)).rounded(.down))),
      Int((Double(mean) * (1 + spread)).rounded(.up)))
  }

  private mutating func lognormal(_ section: Section) -> LengthSpec.Distribution? {
    guard let section = self.section(section, "lognormal", kind: .lognormal) else { return nil }
    for key in ScenarioSection.lognormal.keys where !section.has(key) {
      note("missing; tokens", in: section, key)
    }
    let bounds = ScenarioBounds("from 1 to \(Self.mostTokens.grouped) tokens") {
      $0 >= 1 && $0 <= Double(Self.mostTokens)
    }
    let median = number(section, "median", bounds)
    let p90 = number(section, "p90", bounds)
    guard let median, let p90 else { return nil }
    guard p90 >= median else {
      note(
        "found \(p90), below the median (\(median)); 90 % of values cannot lie below it", in: section, "p90")
      return nil
    }
    return .lognormal(median: median, p90: p90)
  }

  /// A map from p0 … p100 to values, neither falling.
  mutating func quantiles(
    _ parent: Section, _ key: String, value: (inout ScenarioReader, Section, String) -> Double?
  ) -> QuantileTable? {
    let expects = "quantiles such as {p0: 2, p50: 1020, p99.9: 9000, p100: 14050}, p0 and p100 among them"
    guard let section = section(parent, key, kind: nil, expects: expects) else { return nil }
    var points: [(point: QuantileTable.Point, key: String)] = []
    var allAreGood = true
    for entry in section.entries {
      let percent = entry.key.first == "p" ? Double(entry.key.dropFirst()) : nil
      guard let percent, percent >= 0, percent <= 100 else {
        note("unknown key; allowed are p0 to p100", in: section, entry.key)
        allAreGood = false
        continue
      }
      guard let value = value(&self, section, entry.key) else {
        allAreGood = false
        continue
      }
      points.append((QuantileTable.Point(percent: percent, value: value), entry.key))
    }
    guard allAreGood else { return nil }
    points.sort { $0.point.percent < $1.point.percent }
    guard points.first?.point.percent == 0, points.last?.point.percent == 100 else {
      note("p0 (smallest) and p100 (largest) are needed; allowed is \(expects)", in: parent, key)
      return nil
    }
    for (low, high) in zip(points, points.dropFirst()) {
      if low.point.percent == high.point.percent {
        note("is the same quantile as \(low.key)", in: section, high.key)
        return nil
      }
      if low.point.value > high.point.value {
        note("is below \(low.key); quantiles cannot fall", in: section, high.key)
        return nil
      }
    }
    return QuantileTable(points: points.map(\.point))
  }
}
