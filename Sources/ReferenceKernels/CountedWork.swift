internal import CReferenceKernels
public import Quantities

/// The work that kernels did, counted by the loops that did it.
///
/// `flops` are useful multiplies and adds (a fused one counts as two, padding as none); `bytes` the least traffic: each operand read
/// once, each result written once. Whole numbers, exact up to 2⁵³.
public struct CountedWork: Hashable, Sendable {
  public var flops: FLOPs
  public var bytes: Bytes

  public init(flops: FLOPs, bytes: Bytes) {
    self.flops = flops
    self.bytes = bytes
  }

  public static let zero = CountedWork(flops: 0, bytes: 0)

  public static func + (a: CountedWork, b: CountedWork) -> CountedWork {
    CountedWork(flops: a.flops + b.flops, bytes: a.bytes + b.bytes)
  }

  public static func += (a: inout CountedWork, b: CountedWork) { a = a + b }
}

extension CountedWork {
  init(_ work: rk_work) {
    self.init(flops: FLOPs(Double(work.flops)), bytes: Bytes(Double(work.bytes)))
  }
}
