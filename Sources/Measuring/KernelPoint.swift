/// One shape of one kernel that is measured: a row of a table.
struct KernelPoint: Hashable, Sendable {
  enum Work: Hashable, Sendable {
    /// A product with weights between two uses of which `workingSet` bytes are read.
    case gemm(m: Int, n: Int, k: Int, workingSet: Int)
    /// The same by OpenBLAS, for comparison.
    case vendorGEMM(m: Int, n: Int, k: Int, workingSet: Int)
    case prefill(batch: Int, new: Int, cached: Int, heads: Int, keyValueHeads: Int, headDim: Int)
    case decode(
      batch: Int, context: Int, heads: Int, keyValueHeads: Int, headDim: Int, workingSet: Int)
    case elementwise(ElementwiseKernel, rows: Int, width: Int)
  }

  enum ElementwiseKernel: String, Hashable, Sendable, CaseIterable {
    case rmsNorm = "rms_norm"
    case rotary
    case keyValueWrite = "kv_cache_write"
    case siluMul = "silu_mul"
    case gather = "gather_rows"
    case argmax
  }

  var work: Work

  /// Of its row in the journal.
  var name: String { ([table.rawValue] + key).joined(separator: ",") }

  /// File that the row belongs to, without its ending.
  var table: MeasuredTable {
    switch work {
    case .gemm: .gemm
    case .vendorGEMM: .vendorGEMM
    case .prefill: .prefill
    case .decode: .decode
    case .elementwise: .elementwise
    }
  }

  /// What names the row in its table, before the measured columns.
  var key: [String] {
    switch work {
    case .gemm(let m, let n, let k, let bytes), .vendorGEMM(let m, let n, let k, let bytes):
      [m, n, k, bytes].map(String.init)
    case .prefill(let batch, let new, let cached, let heads, let keyValueHeads, let headDim):
      [batch, new, cached, heads, keyValueHeads, headDim].map(String.init) + ["float32"]
    case .decode(let batch, let context, let heads, let keyValueHeads, let headDim, let workingSet):
      [batch, context, heads, keyValueHeads, headDim, workingSet].map(String.init)
    case .elementwise(let kernel, let rows, let width): [kernel.rawValue, "\(rows)", "\(width)"]
    }
  }
}

/// A table of measured kernels, as `calibrate fit` reads it.
enum MeasuredTable: String, Hashable, Sendable, CaseIterable {
  case gemm = "gemm_fp32"
  /// Read by nobody but the roofline.
  case vendorGEMM = "gemm_openblas"
  case prefill = "attention_prefill"
  case decode = "attention_decode"
  case elementwise

  var fileName: String { "\(rawValue).csv" }

  /// Of the key; `latency_us`, `spread`, `flops` and `bytes` follow.
  var keyColumns: [String] {
    switch self {
    case .gemm, .vendorGEMM: ["m", "n", "k", "working_set"]
    case .prefill: ["batch", "seq_q", "prefix", "heads", "kv_heads", "head_dim", "kv_dtype"]
    case .decode: ["batch", "context", "heads", "kv_heads", "head_dim", "working_set"]
    case .elementwise: ["kernel", "rows", "width"]
    }
  }

  static let measuredColumns = ["latency_us", "spread", "flops", "bytes"]
}
