internal import Quantities

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The same kernels as plain loops with sums in double precision: what the C kernels are checked against.
///
/// They count their own work, one operation and one touched element at a time, and know nothing of tiles, pages or threads.
public enum PlainKernels {
  /// C[m,n] = A[m,k] · W[n,k]ᵀ.
  @discardableResult
  public static func gemm(
    _ a: MatrixView<Float>, _ w: MatrixView<Float>, into c: MatrixView<Float>
  ) -> CountedWork {
    var tally = Tally()
    let (ta, tw, tc) = (tally.operand(a), tally.operand(w), tally.operand(c))
    for i in 0..<a.rows {
      for j in 0..<w.rows {
        var sum = 0.0
        for p in 0..<a.columns {
          sum += Double(a[i, p]) * Double(w[j, p])
          tally.did(2)
          tally.touch(ta, i * a.columns + p)
          tally.touch(tw, j * a.columns + p)
        }
        c[i, j] = Float(sum)
        tally.touch(tc, i * w.rows + j)
      }
    }
    return tally.work
  }

  /// residual += x (unless x is nil); y = residual / √(mean(residual²) + epsilon) · weight.
  @discardableResult
  public static func rmsNorm(
    adding x: MatrixView<Float>?, to residual: MatrixView<Float>, weight: [Float], epsilon: Float,
    into y: MatrixView<Float>
  ) -> CountedWork {
    var tally = Tally()
    let tx = x.map { tally.operand($0) }
    let (read, written) = (tally.operand(residual), tally.operand(residual))
    let ty = tally.operand(y)
    for i in 0..<y.rows {
      var squares = 0.0
      for j in 0..<y.columns {
        if let x, let tx {
          residual[i, j] += x[i, j]
          tally.did(1)
          tally.touch(tx, i * y.columns + j)
          tally.touch(written, i * y.columns + j)
        }
        tally.touch(read, i * y.columns + j)
        squares += Double(residual[i, j]) * Double(residual[i, j])
        tally.did(2)
      }
      let factor = 1 / (squares / Double(y.columns) + Double(epsilon)).squareRoot()
      for j in 0..<y.columns {
        y[i, j] = Float(Double(residual[i, j]) * factor * Double(weight[j]))
        tally.did(2)
        tally.touch(ty, i * y.columns + j)
      }
    }
    return tally.work
  }

  /// Splits rows [q | k | v] (or [q] when k and v are nil) and rotates Q and K.
  @discardableResult
  public static func rotary(
    _ qkv: MatrixView<Float>, positions: [Int32], table: RotaryTable, q: MatrixView<Float>,
    k: MatrixView<Float>? = nil, v: MatrixView<Float>? = nil
  ) -> CountedWork {
    var tally = Tally()
    let read = tally.operand(qkv)
    let half = table.headDim / 2
    var start = 0
    for part in [q, k].compactMap(\.self) {
      let written = tally.operand(part)
      for i in 0..<part.rows {
        for j in 0..<part.columns {
          let within = j % table.headDim
          let partner = within < half ? j + half : j - half
          let cosine = Double(table.cosines[Int(positions[i]), within % half])
          let sine = Double(table.sines[Int(positions[i]), within % half])
          let sign = within < half ? -1.0 : 1.0
          part[i, j] = Float(
            Double(qkv[i, start + j]) * cosine + sign * Double(qkv[i, start + partner]) * sine)
          tally.did(3)
          tally.touch(read, i * qkv.columns + start + j)
          tally.touch(written, i * part.columns + j)
        }
      }
      start += part.columns
    }
    if let v {
      let written = tally.operand(v)
      for i in 0..<v.rows {
        for j in 0..<v.columns {
          v[i, j] = qkv[i, start + j]
          tally.touch(read, i * qkv.columns + start + j)
          tally.touch(written, i * v.columns + j)
        }
      }
    }
    return tally.work
  }

  /// y = silu(gate) · up, from rows [gate | up].
  @discardableResult
  public static func siluMul(_ gateUp: MatrixView<Float>, into y: MatrixView<Float>) -> CountedWork {
    var tally = Tally()
    let (read, written) = (tally.operand(gateUp), tally.operand(y))
    for i in 0..<y.rows {
      for j in 0..<y.columns {
        let gate = Double(gateUp[i, j])
        y[i, j] = Float(gate / (1 + exp(-gate)) * Double(gateUp[i, y.columns + j]))
        tally.did(5)  // negate, exp, add, divide, times up
        tally.touch(read, i * gateUp.columns + j)
        tally.touch(read, i * gateUp.columns + y.columns + j)
        tally.touch(written, i * y.columns + j)
      }
    }
    return tally.work
  }

  /// Causal attention of the last q.rows tokens of one sequence over all of its keys and values [tokens, kvHeads · headDim].
  ///
  /// `elementSize` is the bytes of an element as a cache stores it, for the counted traffic.
  @discardableResult
  public static func attention(
    _ q: MatrixView<Float>, keys: MatrixView<Float>, values: MatrixView<Float>, headDim: Int, scale: Float,
    into o: MatrixView<Float>, elementSize: Int = 4
  ) -> CountedWork {
    var tally = Tally()
    let (tq, to) = (tally.operand(q), tally.operand(o))
    let tk = tally.operand(keys, elementSize: elementSize)
    let tv = tally.operand(values, elementSize: elementSize)
    let cached = keys.rows - q.rows
    let group = q.columns / keys.columns
    for i in 0..<q.rows {
      for head in 0..<q.columns / headDim {
        let column = head / group * headDim
        var scores: [Double] = []
        for t in 0...cached + i {
          var score = 0.0
          for d in 0..<headDim {
            score += Double(q[i, head * headDim + d]) * Double(keys[t, column + d])
            tally.did(2)
            tally.touch(tq, i * q.columns + head * headDim + d)
            tally.touch(tk, t * keys.columns + column + d)
          }
          scores.append(score * Double(scale))
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        for d in 0..<headDim {
          var sum = 0.0
          for t in 0...cached + i {
            sum += weights[t] * Double(values[t, column + d])
            tally.did(2)
            tally.touch(tv, t * values.columns + column + d)
          }
          o[i, head * headDim + d] = Float(sum / total)
          tally.touch(to, i * q.columns + head * headDim + d)
        }
      }
    }
    return tally.work
  }

  /// The first of the largest numbers.
  public static func argmax(_ logits: [Float]) -> Int32 {
    var best = 0
    var largest = -Float.infinity
    for (i, x) in logits.enumerated() where x > largest { (best, largest) = (i, x) }
    return Int32(best)
  }
}
