import Metrics

/// As `{"kind": "latency", "limit": {…}}`, `{"kind": "good_share"}` and so on.
extension VariantCapacity.BindingLimit: Codable {
  private enum Keys: String, CodingKey {
    case kind
    case limit
  }

  private enum Kind: String, Codable {
    case latency
    case goodShare = "good_share"
    case saturation
    case none
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    switch try container.decode(Kind.self, forKey: .kind) {
    case .latency: self = .latency(try container.decode(Objective.Limit.self, forKey: .limit))
    case .goodShare: self = .goodShare
    case .saturation: self = .saturation
    case .none: self = .none
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .latency(let limit):
      try container.encode(Kind.latency, forKey: .kind)
      try container.encode(limit, forKey: .limit)
    case .goodShare: try container.encode(Kind.goodShare, forKey: .kind)
    case .saturation: try container.encode(Kind.saturation, forKey: .kind)
    case .none: try container.encode(Kind.none, forKey: .kind)
    }
  }
}
