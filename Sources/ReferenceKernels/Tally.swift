internal import Quantities

/// Counts arithmetic one operation at a time, and the distinct elements that it touches.
struct Tally {
  private(set) var operations = 0
  private var operands: [(elementSize: Int, touched: [Bool])] = []

  mutating func did(_ operations: Int) { self.operations += operations }

  /// A matrix whose elements will be touched; returns its number.
  mutating func operand<E: MatrixElement>(_ matrix: MatrixView<E>, elementSize: Int? = nil) -> Int {
    operands.append(
      (
        elementSize ?? MemoryLayout<E>.size,
        Array(repeating: false, count: matrix.rows * matrix.columns)
      ))
    return operands.count - 1
  }

  /// Element `index`, row by row, of an operand was read or written.
  mutating func touch(_ operand: Int, _ index: Int) { operands[operand].touched[index] = true }

  /// Each touched element counts once an operand.
  var work: CountedWork {
    let bytes = operands.reduce(0) { sum, operand in
      sum + operand.elementSize * operand.touched.count { $0 }
    }
    return CountedWork(flops: FLOPs(Double(operations)), bytes: Bytes(Double(bytes)))
  }
}
