internal import CReferenceKernels

/// The kernels of a transformer's step, in C, on the threads they are given.
///
/// Each returns the work that its loops counted. A row's result depends neither on the other rows of the call, nor on their number, nor
/// on the number of threads, nor on how a prompt is cut into chunks or laid out in blocks. Shapes must fit: a call with shapes
/// that do not is a mistake in the program and ends it. m = 0 is allowed everywhere and does nothing.
public enum Kernels {}

extension Kernels {
  /// C[m,n] = A[m,k] · W[n,k]ᵀ in FP32: 2mnk FLOPs.
  @discardableResult
  public static func gemm(
    _ a: MatrixView<Float>, _ w: PackedWeights<Float>, into c: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(a.columns == w.inputs && c.columns == w.outputs && a.rows == c.rows, "gemm: shapes differ")
    return CountedWork(
      rk_gemm_f32(
        threads.group, a.rows, w.outputs, w.inputs, a.pointer, a.stride, w.pointer, c.pointer, c.stride))
  }

  /// The same with A, W and C in BF16 and sums in FP32.
  @discardableResult
  public static func gemm(
    _ a: MatrixView<BFloat16>, _ w: PackedWeights<BFloat16>, into c: MatrixView<BFloat16>,
    threads: KernelThreads
  ) -> CountedWork {
    check(a.columns == w.inputs && c.columns == w.outputs && a.rows == c.rows, "gemm: shapes differ")
    return CountedWork(
      rk_gemm_bf16(
        threads.group, a.rows, w.outputs, w.inputs, a.pointer.bits, a.stride, w.pointer.bits, c.pointer.bits,
        c.stride))
  }

  /// residual += x (unless x is nil); y = residual / √(mean(residual²) + epsilon) · weight. All [m,h].
  ///
  /// 5mh FLOPs and 4 matrices of traffic; 4mh and 2 without x.
  @discardableResult
  public static func rmsNorm(
    adding x: MatrixView<Float>?, to residual: MatrixView<Float>, weight: [Float], epsilon: Float,
    into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(
      weight.count == y.columns && sameShape(residual, y) && (x.map { sameShape($0, y) } ?? true),
      "rmsNorm: shapes differ")
    return CountedWork(
      rk_rms_norm(
        threads.group, y.rows, y.columns, x?.pointer, x?.stride ?? 0, residual.pointer, residual.stride,
        weight,
        epsilon, y.pointer, y.stride))
  }

  /// Splits rows [q | k | v] into Q, K and V and rotates Q and K by position: 3m(q + kv/2) FLOPs.
  @discardableResult
  public static func rotary(
    _ qkv: MatrixView<Float>, positions: [Int32], table: RotaryTable, q: MatrixView<Float>,
    k: MatrixView<Float>,
    v: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(
      qkv.columns == q.columns + k.columns + v.columns && k.columns == v.columns && q.rows == qkv.rows
        && k.rows == qkv.rows && v.rows == qkv.rows && q.columns % table.headDim == 0
        && k.columns % table.headDim == 0, "rotary: shapes differ")
    checkPositions(positions, rows: qkv.rows, table: table)
    return CountedWork(
      rk_rotary(
        threads.group, qkv.rows, q.columns / table.headDim, k.columns / table.headDim, table.headDim,
        qkv.pointer,
        qkv.stride, positions, table.cosines.pointer, table.sines.pointer, q.pointer, q.stride, k.pointer,
        k.stride, v.pointer, v.stride))
  }

  /// Rotates rows [q] of a layer that has no keys and values of its own: 3mq FLOPs.
  @discardableResult
  public static func rotary(
    _ qOnly: MatrixView<Float>, positions: [Int32], table: RotaryTable, q: MatrixView<Float>,
    threads: KernelThreads
  ) -> CountedWork {
    check(sameShape(qOnly, q) && q.columns % table.headDim == 0, "rotary: shapes differ")
    checkPositions(positions, rows: q.rows, table: table)
    return CountedWork(
      rk_rotary(
        threads.group, q.rows, q.columns / table.headDim, 0, table.headDim, qOnly.pointer, qOnly.stride,
        positions,
        table.cosines.pointer, table.sines.pointer, q.pointer, q.stride, nil, 0, nil, 0))
  }

  /// Rotates K [t, kv/2] in place: 3·t·kv/2 FLOPs.
  @discardableResult
  public static func rotaryK(
    _ k: MatrixView<Float>, positions: [Int32], table: RotaryTable, threads: KernelThreads
  ) -> CountedWork {
    check(k.columns % table.headDim == 0, "rotaryK: shapes differ")
    checkPositions(positions, rows: k.rows, table: table)
    return CountedWork(
      rk_rotary_k(
        threads.group, k.rows, k.columns / table.headDim, table.headDim, k.pointer, k.stride, positions,
        table.cosines.pointer, table.sines.pointer))
  }

  /// y[m,f] = silu(gate) · up, from rows [gate | up] of 2f: 5mf FLOPs.
  @discardableResult
  public static func siluMul(
    _ gateUp: MatrixView<Float>, into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(gateUp.rows == y.rows && gateUp.columns == 2 * y.columns, "siluMul: shapes differ")
    return CountedWork(
      rk_silu_mul(threads.group, y.rows, y.columns, gateUp.pointer, gateUp.stride, y.pointer, y.stride))
  }

  static func check(_ holds: Bool, _ message: @autoclosure () -> String) { precondition(holds, message()) }

  static func sameShape<E: MatrixElement>(_ a: MatrixView<E>, _ b: MatrixView<E>) -> Bool {
    a.rows == b.rows && a.columns == b.columns
  }

  private static func checkPositions(_ positions: [Int32], rows: Int, table: RotaryTable) {
    check(positions.count == rows, "\(positions.count) positions for \(rows) rows")
    checkIndices(positions, below: table.positions)
  }

  static func checkIndices(_ indices: [Int32], below limit: Int, from first: Int32 = 0) {
    for i in indices { check(i >= first && Int(i) < limit, "index \(i) is not below \(limit)") }
  }
}
