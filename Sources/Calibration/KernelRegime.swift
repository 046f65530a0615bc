public import Hardware

/// A part of a table whose errors are worth a line of their own.
public struct KernelRegime: Sendable {
  /// "m ≤ 64".
  public let name: String
  /// Whether the formula answers for these shapes.
  public let isInDomain: Bool
  private let test: @Sendable (KernelShape) -> Bool

  public func contains(_ shape: KernelShape) -> Bool { test(shape) }

  private struct Part: Sendable {
    var name: String
    var contains: @Sendable (KernelShape) -> Bool
  }

  /// Each shape of the kernel is in exactly one; the last one holds what lies outside the formula's domain.
  public static func all(of kernel: KernelName) -> [KernelRegime] {
    let domain = KernelDomain(of: kernel)
    let inside = parts(of: kernel).map { part in
      KernelRegime(name: part.name, isInDomain: true) { domain.contains($0) && part.contains($0) }
    }
    return inside + [KernelRegime(name: "outside the fit", isInDomain: false) { !domain.contains($0) }]
  }

  private static func parts(of kernel: KernelName) -> [Part] {
    switch kernel {
    case .gemm16, .gemm8, .gemm32:
      let rows = { @Sendable (shape: KernelShape) in shape.numbers[0] }
      return [
        .init(name: "m ≤ 64") { rows($0) <= 64 },
        .init(name: "64 < m ≤ 512") { (65...512).contains(rows($0)) },
        .init(name: "m > 512") { rows($0) > 512 },
      ]
    case .prefill16, .prefill8, .prefill32:
      let new = { @Sendable (shape: KernelShape) in shape.numbers[1] }
      return [
        .init(name: "up to 512 new tokens") { new($0) <= 512 },
        .init(name: "513 to 4096 new tokens") { (513...4096).contains(new($0)) },
        .init(name: "more than 4096 new tokens") { new($0) > 4096 },
      ]
    case .decode16, .decode8, .decode32:
      let context = { @Sendable (shape: KernelShape) in shape.numbers[1] }
      return [
        .init(name: "context up to 256") { context($0) <= 256 },
        .init(name: "context 257 to 4096") { (257...4096).contains(context($0)) },
        .init(name: "context above 4096") { context($0) > 4096 },
      ]
    case .elementwise, .elementwise32:
      let bytes = { @Sendable (shape: KernelShape) in shape.numbers[1] }
      return [
        .init(name: "up to 1 MiB") { bytes($0) <= 1 << 20 },
        .init(name: "above 1 MiB") { bytes($0) > 1 << 20 },
      ]
    case .allReduce:
      let bytes = { @Sendable (shape: KernelShape) in shape.numbers[0] }
      return [
        .init(name: "up to 8 MiB") { bytes($0) <= 8 << 20 },
        .init(name: "above 8 MiB") { bytes($0) > 8 << 20 },
      ]
    }
  }
}
