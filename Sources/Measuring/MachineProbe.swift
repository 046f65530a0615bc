import Metrics
public import Quantities
import Randomness
public import ReferenceKernels

/// Tells in what state this machine is: how fast a few fixed pieces of work are now, in the cores, in the last-level cache and in
/// memory.
///
/// On a machine that others use as well, the rates of its cache and memory change by a factor of two, for seconds or for minutes.
/// A profile holds for the state that it was measured in.
public final class MachineProbe {
  /// Times of the probes' pieces of work, in their order.
  public typealias State = [Seconds]

  /// Two states are the same if no probe differs by more than this share.
  public static let tolerance = 0.15

  /// How long kernels' threads spin where times are measured: longer than most pauses between requests.
  public static let spin: Seconds = 50e-3

  private let threads: KernelThreads
  private let products: [Product]
  /// How many times a state has.
  static let products = 4
  private let timer: KernelTimer

  /// A matrix product whose weights are read in turn, so that they come from where a working set of that size lies.
  private struct Product {
    var a: Matrix<Float>
    var c: Matrix<Float>
    var weights: [PackedWeights<Float>]

    init(rows: Int, outputs: Int, inputs: Int, workingSet: Int) {
      a = Matrix(rows: rows, columns: inputs)
      c = Matrix(rows: rows, columns: outputs)
      let source = Matrix<Float>(rows: outputs, columns: inputs)
      var draws = RandomStream(seed: 2, stream: .weights).draws(at: 0)
      for i in 0..<outputs * inputs { source.pointer[i] = Float(draws.uniform() - 0.5) }
      for i in 0..<rows * inputs { a.pointer[i] = source.pointer[i % (outputs * inputs)] }
      weights = (0..<max(1, workingSet / (4 * outputs * inputs))).map { _ in PackedWeights(source.view) }
    }
  }

  public init(threads: KernelThreads) {
    self.threads = threads
    products = [
      Product(rows: 96, outputs: 512, inputs: 512, workingSet: 4 << 20),
      Product(rows: 2, outputs: 512, inputs: 512, workingSet: 6 << 20),
      Product(rows: 2, outputs: 2560, inputs: 512, workingSet: 16 << 20),
      Product(rows: 2, outputs: 2560, inputs: 512, workingSet: 160 << 20),
    ]
    var timer = KernelTimer()
    (timer.wanted, timer.most, timer.warmUp) = (8e-3, 12e-3, 3e-3)
    self.timer = timer
  }

  /// Takes about 40 ms.
  public func state() -> State {
    products.map { product in
      timer.time { i in
        Kernels.gemm(
          product.a.view, product.weights[i % product.weights.count], into: product.c.view, threads: threads)
      }.median
    }
  }

  /// The largest share by which a probe differs between two states.
  public static func distance(_ a: State, _ b: State) -> Double {
    zip(a, b).map { max($0 / $1, $1 / $0) - 1 }.max() ?? 0
  }

  /// Of each probe the median.
  public static func median(_ states: [State]) -> State {
    guard let first = states.first else { return [] }
    return first.indices.map { i in Seconds(Distribution(states.map { $0[i].value }).median) }
  }
}
