public import Quantities

/// The time of one engine step, split by kind of work.
@frozen public struct StepTime: Hashable, Sendable {
  /// Seconds by `StepPart.rawValue`.
  @usableFromInline var parts = InlineParts()

  @usableFromInline typealias InlineParts = SIMD8<Double>

  @inlinable public init() {}

  @inlinable public subscript(part: StepPart) -> Seconds {
    get { Seconds(parts[part.rawValue]) }
    set { parts[part.rawValue] = newValue.value }
  }

  @usableFromInline init(parts: InlineParts) { self.parts = parts }

  @inlinable public var total: Seconds {
    Seconds(
      (withoutDecodeAttention + parts[StepPart.decodeAttention.rawValue]) + parts[StepPart.host.rawValue])
  }

  /// Seconds of all kernels but decode attention. Added up in this order everywhere, so that steps of decodes, of which only the
  /// other two change, come out the same to the bit however they are computed.
  @usableFromInline var withoutDecodeAttention: Double {
    @inlinable get {
      ((parts[StepPart.gemm.rawValue] + parts[StepPart.elementwise.rawValue])
        + (parts[StepPart.communication.rawValue] + parts[StepPart.head.rawValue]))
        + (parts[StepPart.layerSkipping.rawValue] + parts[StepPart.prefillAttention.rawValue])
    }
  }

  @inlinable public static func += (a: inout StepTime, b: StepTime) { a.parts += b.parts }
  @inlinable public static func -= (a: inout StepTime, b: StepTime) { a.parts -= b.parts }
}

/// Kinds of work in a step.
public enum StepPart: Int, Hashable, Sendable, Codable, CaseIterable {
  /// The layers' weight matrices.
  case gemm
  case prefillAttention
  case decodeAttention
  /// Norms, rotary embedding, activation functions, cache writes.
  case elementwise
  /// All-reduces of the layers.
  case communication
  /// LM head, its gather, and sampling.
  case head
  /// What only layer skipping adds: K/V projections of the shared hidden state, their assembly, and survivor selection.
  case layerSkipping
  /// Scheduling and launching.
  case host

  public var label: String {
    switch self {
    case .gemm: "GEMM"
    case .prefillAttention: "prefill attention"
    case .decodeAttention: "decode attention"
    case .elementwise: "element-wise"
    case .communication: "all-reduce"
    case .head: "LM head"
    case .layerSkipping: "SwiftKV projection"
    case .host: "host"
    }
  }
}

/// One kernel of a step and how often it runs.
public struct KernelLine: Hashable, Sendable, Codable {
  public var part: StepPart
  public var name: String
  public var launches: Int
  /// Of one launch.
  public var cost: KernelCost

  public var time: Seconds { cost.time * Double(launches) }
  public var flops: FLOPs { cost.flops * Double(launches) }
  public var bytes: Bytes { cost.bytes * Double(launches) }
}

/// Counted work of one step: what `docs/swiftkv.md` tabulates. FLOPs are the whole model's, bytes one GPU's.
public struct StepWork: Hashable, Sendable, Codable {
  public var flops: FLOPs
  public var weightBytes: Bytes
  public var keyValueBytesWritten: Bytes
  /// One pass per request and layer.
  public var keyValueBytesRead: Bytes
  /// Sum of the layers' all-reduce messages.
  public var allReduceBytes: Bytes
}
