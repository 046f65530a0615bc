public import CostModel

/// What one measured kernel launch was given.
public enum KernelShape: Hashable, Sendable {
  /// C[m, n] = A[m, k] · B[k, n].
  case gemm(m: Int, n: Int, k: Int)
  /// `batch` chunks of `new` tokens after `cached` ones each.
  case prefill(batch: Int, new: Int, cached: Int, heads: Int, keyValueHeads: Int, headDim: Int)
  /// `batch` sequences that read `context` tokens each.
  case decode(batch: Int, context: Int, heads: Int, keyValueHeads: Int, headDim: Int)
  case allReduce(bytes: Int, devices: Int)
  /// The same on a processor; `workingSet`: bytes read between two uses of the same weights, or keys and values.
  case processorGEMM(m: Int, n: Int, k: Int, workingSet: Int)
  case processorDecode(
    batch: Int, context: Int, heads: Int, keyValueHeads: Int, headDim: Int, workingSet: Int)
  case elementwise(flops: Int, bytes: Int, pattern: KernelWork.Pattern = .stream)

  /// The numbers in the order of the table's columns.
  var numbers: [Int] {
    switch self {
    case .gemm(let m, let n, let k): [m, n, k]
    case .prefill(let batch, let new, let cached, let heads, let keyValueHeads, let headDim):
      [batch, new, cached, heads, keyValueHeads, headDim]
    case .decode(let batch, let context, let heads, let keyValueHeads, let headDim):
      [batch, context, heads, keyValueHeads, headDim]
    case .allReduce(let bytes, let devices): [bytes, devices]
    case .processorGEMM(let m, let n, let k, let workingSet): [m, n, k, workingSet]
    case .processorDecode(
      let batch, let context, let heads, let keyValueHeads, let headDim, let workingSet):
      [batch, context, heads, keyValueHeads, headDim, workingSet]
    case .elementwise(let flops, let bytes, let pattern): [flops, bytes, pattern.rawValue]
    }
  }

  /// A hash that is the same on every machine and run (FNV-1a, 64 bit, then MurmurHash3's finaliser), to put shapes into an
  /// order in which neighbours have nothing in common.
  var scatter: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in numbers {
      for shift in stride(from: 0, to: 64, by: 8) {
        hash = (hash ^ (UInt64(bitPattern: Int64(number)) >> UInt64(shift)) & 0xff) &* 0x100_0000_01b3
      }
    }
    hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ (hash >> 33)
  }
}
