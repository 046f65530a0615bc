import Experiments
public import Foundation
public import Hardware
import Metrics

/// A study with what follows from it: what 'swiftkv-sim capacity' prints and writes.
public struct CapacityDocument: Hashable, Sendable, Codable {
  /// The program's version.
  public var version = CodeVersion.current
  public var study: CapacityStudy
  /// USD per GPU-hour; nil if unknown.
  public var price: PriceRange?
  public var priceSource: String?
  /// At the capacity, in the order of the study's variants that carry anything.
  public var figures: [Figures] = []
  /// For a rate that was asked for; a variant that carries nothing has none.
  public var plans: [ServingPlan] = []
  public var traffic: Traffic?
  public var trafficPlans: [TrafficPlan] = []

  /// What carrying its capacity costs and takes.
  public struct Figures: Hashable, Sendable, Codable {
    /// The variant's name.
    public var variant: String
    public var cost: LoadCost?
    public var energy: LoadEnergy?
  }

  /// - Parameter price: nil takes the usual rental of the study's device, if it has one.
  public init(_ study: CapacityStudy, price: PriceRange? = nil) {
    self.study = study
    self.price = price ?? PriceRange.rental(of: study.device)
    if price == nil, self.price != nil { priceSource = PriceRange.source }
    figures = study.variants.filter(\.isReachable).map { variant in
      Figures(
        variant: variant.variant,
        cost: self.price.map { LoadCost(variant.point, gpus: variant.gpus, perGPUHour: $0) },
        energy: PowerModel.board(of: study.device).flatMap {
          LoadEnergy(variant.point, gpus: variant.gpus, board: $0)
        })
    }
  }

  /// Keys in snake case, in alphabetical order; times in seconds, money in USD, shares in 0 ... 1.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// Reads what ``json()`` wrote.
  ///
  /// - Throws: `DecodingError` saying which key is missing or wrong.
  public init(json: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      let words = (path.last?.stringValue ?? "").split(separator: "_").map(String.init)
      let rest = words.dropFirst().map { acronyms.contains($0) ? $0.uppercased() : $0.capitalized }
      return DocumentKey(stringValue: (words.prefix(1) + rest).joined())
    }
    self = try decoder.decode(CapacityDocument.self, from: json)
  }

  /// One row a variant.
  public var csv: String {
    let limits = study.objective.limits
    var columns = [
      "variant", "gpus", "unit", "capacity", "lower", "upper", "model_lower", "model_upper", "ratio",
      "ratio_lower", "ratio_upper", "binding_limit", "binding_resource", "runs", "requests_per_run",
      "is_precise", "completed_rate", "output_tokens_per_s_per_gpu", "tokens_per_s_per_user", "in_system",
      "kv_limited_concurrency", "gpu_busy_share",
    ]
    columns += limits.map { "\($0.key)_s" }
    columns += ["usd_per_million_input", "usd_per_million_output", "joules_per_request", "watts_per_gpu"]
    let rows = study.variants.map { variant in
      let own = figures.first { $0.variant == variant.variant }
      let point = variant.point
      var cells: [String?] = [
        variant.variant, "\(variant.gpus)", point.unit.rawValue, "\(variant.capacity.value)",
        "\(variant.capacity.lower)", "\(variant.capacity.upper)", variant.modelRange.map { "\($0.lower)" },
        variant.modelRange.map { "\($0.upper)" }, variant.ratio.map { "\($0.value)" },
        variant.ratio.map { "\($0.lower)" }, variant.ratio.map { "\($0.upper)" }, variant.bindingLimit.key,
        variant.bindingResource?.rawValue, "\(variant.replications)", "\(study.requestsPerRun)",
        "\(variant.isPrecise)", "\(point.completedRate.value)",
        "\(point.outputThroughput.value / Double(variant.gpus))",
        point.tokensPerSecondPerUser.map { "\($0.value)" }, "\(point.meanInSystem.value)",
        "\(variant.kvLimitedConcurrency)", "\(point.gpuBusyShare.value)",
      ]
      cells += limits.map { limit in point[limit.metric, limit.statistic].map { "\($0.value)" } }
      cells += [
        own?.cost?.perMillionInputTokens.map { "\($0.suggested)" },
        own?.cost?.perMillionOutputTokens.map { "\($0.suggested)" },
        own?.energy?.joulesPerRequest.map { "\($0)" }, own?.energy.map { "\($0.watts)" },
      ]
      return cells.map { $0 ?? "" }.joined(separator: ",")
    }
    return ([columns.joined(separator: ",")] + rows).map { $0 + "\r\n" }.joined()
  }
}

/// Words that snake case makes small letters of.
private let acronyms: Set = ["gpu", "kv"]

private struct DocumentKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension VariantCapacity.BindingLimit {
  /// "ttft_p99", "good_share", "saturation", "none".
  public var key: String {
    switch self {
    case .latency(let limit): limit.key
    case .goodShare: "good_share"
    case .saturation: "saturation"
    case .none: "none"
    }
  }

  /// "TTFT p99".
  var label: String {
    switch self {
    case .latency(let limit): "\(limit.metric.title) \(limit.statistic.name)"
    case .goodShare: "the share of good requests"
    case .saturation: "saturation"
    case .none: "nothing"
    }
  }
}

extension LatencyMetric {
  /// "TTFT", "E2E".
  var title: String { self == .e2e ? "E2E" : rawValue.uppercased() }
}
