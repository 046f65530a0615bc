internal import CReferenceKernels

// Kernels that move rows, choose tokens, or change precision.
extension Kernels {
  /// Row i of `y` = row indices[i] of `x`; with a table of embeddings, the embeddings of token ids.
  @discardableResult
  public static func gatherRows(
    of x: MatrixView<Float>, at indices: [Int32], into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(x.columns == y.columns && indices.count == y.rows, "gatherRows: shapes differ")
    checkIndices(indices, below: x.rows)
    return CountedWork(
      rk_gather_rows(threads.group, y.rows, y.columns, x.pointer, x.stride, indices, y.pointer, y.stride))
  }

  /// Rows of the table [V,h] by token id.
  @discardableResult
  public static func embedding(
    of ids: [Int32], table: MatrixView<Float>, into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    gatherRows(of: table, at: ids, into: y, threads: threads)
  }

  /// Row indices[i] of `y` = row i of `x`. Indices must differ.
  @discardableResult
  public static func scatterRows(
    _ x: MatrixView<Float>, to indices: [Int32], of y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(x.columns == y.columns && indices.count == x.rows, "scatterRows: shapes differ")
    checkIndices(indices, below: y.rows)
    return CountedWork(
      rk_scatter_rows(threads.group, x.rows, x.columns, x.pointer, x.stride, indices, y.pointer, y.stride))
  }

  /// `parts`, all [t,w], side by side into `y` [t, count·w].
  @discardableResult
  public static func concatenate(
    _ parts: [MatrixView<Float>], into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    let width = parts.first?.columns ?? 0
    check(
      parts.allSatisfy { $0.rows == y.rows && $0.columns == width } && y.columns == width * parts.count,
      "concatenate: shapes differ")
    return withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: parts.count) { pointers in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: parts.count) { strides in
        for i in parts.indices {
          pointers.initializeElement(at: i, to: UnsafePointer(parts[i].pointer))
          strides.initializeElement(at: i, to: parts[i].stride)
        }
        guard let from = pointers.baseAddress, let ld = strides.baseAddress else { return .zero }
        return CountedWork(
          rk_concatenate(threads.group, y.rows, width, parts.count, from, ld, y.pointer, y.stride))
      }
    }
  }

  /// tokens[i] = the first of the largest logits of row i.
  @discardableResult
  public static func argmax(
    _ logits: MatrixView<Float>, into tokens: inout [Int32], threads: KernelThreads
  ) -> CountedWork {
    check(tokens.count == logits.rows, "argmax: \(tokens.count) tokens for \(logits.rows) rows")
    return CountedWork(
      rk_argmax(threads.group, logits.rows, logits.columns, logits.pointer, logits.stride, &tokens))
  }

  /// Draws tokens from softmax(logits / temperature) by Gumbel-max: argmax(logit / temperature - log(-log u)).
  ///
  /// u comes from Philox4x32-10 at counter (token / 4, 0, streams[i]) under the seed, so a draw belongs to its stream (a request and
  /// its position, say), whichever row it is in.
  @discardableResult
  public static func sample(
    _ logits: MatrixView<Float>, temperature: Float, seed: UInt64, streams: [UInt64],
    into tokens: inout [Int32],
    threads: KernelThreads
  ) -> CountedWork {
    check(temperature > 0, "sample: the temperature is \(temperature), not above 0")
    check(tokens.count == logits.rows && streams.count == logits.rows, "sample: shapes differ")
    return CountedWork(
      rk_sample(
        threads.group, logits.rows, logits.columns, logits.pointer, logits.stride, temperature, seed, streams,
        &tokens))
  }

  /// E4M3 codes of x / scale: to nearest even, saturating at ±448, NaN kept. One FLOP an element.
  @discardableResult
  public static func quantize(
    _ x: MatrixView<Float>, scale: Float, into y: MatrixView<Float8E4M3>, threads: KernelThreads
  ) -> CountedWork {
    check(x.rows == y.rows && x.columns == y.columns, "quantize: shapes differ")
    return CountedWork(
      rk_quantize_e4m3(
        threads.group, x.rows, x.columns, x.pointer, x.stride, scale, y.pointer.bits, y.stride))
  }

  /// The codes' values times scale. One FLOP an element.
  @discardableResult
  public static func dequantize(
    _ x: MatrixView<Float8E4M3>, scale: Float, into y: MatrixView<Float>, threads: KernelThreads
  ) -> CountedWork {
    check(x.rows == y.rows && x.columns == y.columns, "dequantize: shapes differ")
    return CountedWork(
      rk_dequantize_e4m3(
        threads.group, x.rows, x.columns, x.pointer.bits, x.stride, scale, y.pointer, y.stride))
  }
}
