public import Quantities

/// A service-level objective: limits on statistics of a run, all of which must hold.
public struct Objective: Hashable, Sendable, Codable {
  public var limits: [Limit]

  public init(limits: [Limit]) {
    self.limits = limits
  }

  /// One limit: "the 99th percentile of TTFT is at most 500 ms".
  public struct Limit: Hashable, Sendable, Codable {
    public var metric: LatencyMetric
    public var statistic: Statistic
    /// The largest value that is still good.
    public var limit: Seconds

    public init(metric: LatencyMetric, statistic: Statistic, limit: Seconds) {
      self.metric = metric
      self.statistic = statistic
      self.limit = limit
    }

    /// Reads the name of a limit in a scenario file: `ttft_p99`, `tpot_mean`, `itl_p99.9`.
    ///
    /// - Throws: ``ObjectiveError`` naming what was found and what is allowed.
    public init(key: String, limit: Seconds) throws(ObjectiveError) {
      let parts = key.split(separator: "_", omittingEmptySubsequences: false)
      guard parts.count == 2, let metric = LatencyMetric(rawValue: String(parts[0])),
        let statistic = Statistic(name: parts[1])
      else { throw ObjectiveError(key: key) }
      self.init(metric: metric, statistic: statistic, limit: limit)
    }

    /// The name in scenario files.
    public var key: String { "\(metric.rawValue)_\(statistic.name)" }
  }

  public enum Statistic: Hashable, Sendable, Codable {
    case mean
    /// In percent, above 0 and at most 100.
    case percentile(Double)

    init?(name: Substring) {
      if name == "mean" {
        self = .mean
      } else if name.first == "p", name.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }),
        let percent = Double(name.dropFirst()), percent > 0, percent <= 100
      {
        self = .percentile(percent)
      } else {
        return nil
      }
    }

    /// "mean", "p99", "p99.9".
    public var name: String {
      switch self {
      case .mean: "mean"
      case .percentile(let percent): "p" + LatencyMetric.percentileWord(percent)
      }
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let name = try container.decode(String.self)
      guard let statistic = Statistic(name: name[...]) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(name)' is no statistic")
      }
      self = statistic
    }

    /// By its name.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(name)
    }

    /// In seconds, of latencies in seconds.
    public func value(of distribution: Distribution) -> Seconds {
      switch self {
      case .mean: Seconds(distribution.mean)
      case .percentile(50): Seconds(distribution.median)
      case .percentile(let percent): Seconds(distribution.percentile(percent))
      }
    }
  }

  /// How a run fared against one limit.
  public struct Finding: Hashable, Sendable, Codable {
    public var limit: Limit
    /// nil if no request was completed.
    public var measured: Seconds?

    /// Limit − measured: positive is room, negative is by how much the limit was broken.
    public var margin: Seconds? { measured.map { limit.limit - $0 } }
    public var isMet: Bool { measured.map { $0 <= limit.limit } ?? false }
  }

  /// How a run fared against the whole objective.
  public struct Verdict: Hashable, Sendable, Codable {
    /// In the order of the limits.
    public var findings: [Finding]
    public var isMet: Bool { findings.allSatisfy(\.isMet) }
  }

  /// Judges the completed requests of a run. A run that completed none meets no limit; one whose answers all had one
  /// token has a TPOT and ITL of 0, as in vLLM. Rejected and unfinished requests are not judged: look at
  /// ``Summary/failed`` too.
  public func verdict(on summary: Summary) -> Verdict {
    Verdict(
      findings: limits.map { limit in
        Finding(
          limit: limit,
          measured: summary.completed == 0 ? nil : limit.statistic.value(of: summary[limit.metric]))
      })
  }
}

/// A name that is no limit of an ``Objective``.
public struct ObjectiveError: Error, Hashable, CustomStringConvertible {
  public let key: String

  public var description: String {
    let metrics = LatencyMetric.allCases.map(\.rawValue).joined(separator: ", ")
    return "'\(key)' is not an objective; write METRIC_mean or METRIC_pNN, with METRIC one of \(metrics) "
      + "and NN above 0 and at most 100, for example ttft_p99, tpot_mean, itl_p99.9"
  }
}
