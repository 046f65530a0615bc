public import Quantities

/// What one kernel launch has to do, counted from its shape alone: the same on every device.
///
/// FLOPs are useful multiplications and additions, no padding; an exponential counts as one, softmax and what is done once a row
/// (mean, epsilon, root) as none. Bytes are the least traffic: operands read once, results written once. The reference kernels
/// count the same while they run, see `docs/reference-kernels.md`.
public struct KernelWork: Hashable, Sendable {
  public var flops: FLOPs
  public var bytes: Bytes
  public var pattern: Pattern

  /// How an element-wise kernel goes through its operands, on which its rate depends on a processor.
  public enum Pattern: Int, Hashable, Sendable, CaseIterable {
    /// From one row to another: norms, rotary embedding, copies.
    case stream
    /// With an exponential for every element: the MLP's activation.
    case exponential
    /// To places apart: writes to the paged KV cache.
    case scatter
    /// Reading only: the largest logit.
    case scan

    /// Of a kernel by its name in a table; unknown names are streams.
    public init(kernel name: String) {
      switch name {
      case "silu_mul": self = .exponential
      case "kv_cache_write": self = .scatter
      case "argmax", "logits": self = .scan
      default: self = .stream
      }
    }
  }

  public init(flops: FLOPs, bytes: Bytes, pattern: Pattern = .stream) {
    self.flops = flops
    self.bytes = bytes
    self.pattern = pattern
  }

  fileprivate init(_ flops: Double, _ bytes: Double, _ pattern: Pattern = .stream) {
    self.init(flops: FLOPs(flops), bytes: Bytes(bytes), pattern: pattern)
  }
}

/// `activation` and `keyValue` are the bytes of an element of an activation and of the KV cache.
extension KernelWork {
  /// C[m, n] = A[m, k] · B[k, n], all of one element size.
  public static func gemm(m: Int, n: Int, k: Int, elementBytes: Double) -> KernelWork {
    let (m, n, k) = (Double(m), Double(n), Double(k))
    return KernelWork(2 * m * n * k, elementBytes * (n * k + m * k + m * n))
  }

  /// Adds `rows` of x to the residual stream, and norms the sum: reads both, writes both. `output`: bytes of a normed element.
  static func rmsNorm(rows: Double, hidden: Int, activation: Double, output: Double) -> KernelWork {
    let elements = rows * Double(hidden)
    return KernelWork(5 * elements, (3 * activation + output) * elements)
  }

  /// Splits fused rows into Q, K and V and turns Q and K by their positions. `keyValueWidth`: K and V together; 0 without.
  public static func rotary(rows: Double, queryWidth: Int, keyValueWidth: Int, activation: Double)
    -> KernelWork
  {
    KernelWork(
      3 * rows * (Double(queryWidth) + Double(keyValueWidth) / 2),
      2 * activation * rows * Double(queryWidth + keyValueWidth))
  }

  /// Turns K alone, in place.
  public static func rotaryKey(rows: Double, keyValueWidth: Int, activation: Double) -> KernelWork {
    KernelWork(1.5 * rows * Double(keyValueWidth), activation * rows * Double(keyValueWidth))
  }

  /// K and V of `rows` tokens into the paged cache.
  public static func keyValueWrite(
    rows: Double, keyValueWidth: Int, activation: Double, keyValue: Double
  ) -> KernelWork {
    KernelWork(0, (activation + keyValue) * rows * Double(keyValueWidth), .scatter)
  }

  /// silu(gate) · up from rows of 2 `intermediate`. `output`: bytes of a result's element.
  static func siluMul(rows: Double, intermediate: Int, activation: Double, output: Double) -> KernelWork {
    let elements = rows * Double(intermediate)
    return KernelWork(5 * elements, (2 * activation + output) * elements, .exponential)
  }

  /// 16-bit or 32-bit elements to FP8 with a scale, or back.
  public static func quantize(elements: Double, activation: Double) -> KernelWork {
    KernelWork(elements, (activation + 1) * elements)
  }

  /// Elements moved from one place to another.
  public static func copy(elements: Double, elementBytes: Double) -> KernelWork {
    KernelWork(0, 2 * elementBytes * elements)
  }

  /// One query a sequence over a total of `context` tokens of KV.
  public static func decodeAttention(
    sequences: Int, context: Double, heads: Int, keyValueHeads: Int, headDim: Int, activation: Double,
    keyValue: Double
  ) -> KernelWork {
    let width = Double(heads * headDim)
    return KernelWork(
      4 * context * width,
      2 * keyValue * context * Double(keyValueHeads * headDim) + 2 * activation * Double(sequences) * width)
  }

  /// Chunks with `tokens` new tokens in all, `context` tokens of KV with them, and `pairs` of query and key under the causal mask.
  public static func prefillAttention(
    tokens: Int, context: Int, pairs: Double, heads: Int, keyValueHeads: Int, headDim: Int,
    activation: Double, keyValue: Double
  ) -> KernelWork {
    let width = Double(heads * headDim)
    return KernelWork(
      4 * pairs * width,
      2 * activation * Double(tokens) * width + 2 * keyValue * Double(context * keyValueHeads * headDim))
  }

  /// What sampling reads: logits of `rows` tokens, of which engines in 16 bit make a copy in 32 bit first.
  public static func logits(rows: Int, vocabulary: Int, activation: Double) -> KernelWork {
    let elements = Double(rows) * Double(vocabulary)
    return KernelWork(0, (activation < 4 ? activation + 4 : activation) * elements, .scan)
  }
}
