internal import CReferenceKernels

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What a matrix can hold: a plain number without references.
public protocol MatrixElement: BitwiseCopyable, Sendable {}
extension Float: MatrixElement {}

/// A number in BF16: the upper half of an FP32.
@frozen public struct BFloat16: MatrixElement, Hashable {
  public var bits: UInt16
  @inlinable public init(bits: UInt16) { self.bits = bits }

  /// The nearest BF16, ties to even; a NaN stays one.
  @inlinable public init(_ value: Float) {
    let pattern = value.bitPattern
    bits =
      value.isNaN
      ? UInt16(pattern >> 16) | 0x40
      : UInt16(truncatingIfNeeded: (pattern &+ 0x7fff &+ (pattern >> 16 & 1)) >> 16)
  }

  @inlinable public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// A code of FP8 E4M3: sign, four bits of exponent (bias 7), three of mantissa; largest 448, no infinity.
@frozen public struct Float8E4M3: MatrixElement, Hashable {
  public var bits: UInt8
  @inlinable public init(bits: UInt8) { self.bits = bits }
}

/// A row-major matrix in memory aligned to 64 bytes, zero at first, with room for a largest number of rows.
public final class Matrix<Element: MatrixElement> {
  public private(set) var rows: Int
  public let columns: Int
  public let capacity: Int
  public let pointer: UnsafeMutablePointer<Element>

  /// A matrix of `rows` × `columns`; `capacity`, in rows, is as far as `resize` can go (`rows` when nil).
  public init(rows: Int, columns: Int, capacity: Int? = nil) {
    self.rows = rows
    self.columns = columns
    self.capacity = max(rows, capacity ?? rows)
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    pointer = alignedStorage(count: self.capacity * columns, of: Element.self)
  }

  deinit { free(pointer) }

  /// Changes the number of rows, at most to `capacity`; nothing moves, nothing is cleared.
  public func resize(rows: Int) {
    precondition(rows >= 0 && rows <= capacity, "\(rows) rows in a matrix with room for \(capacity)")
    self.rows = rows
  }

  public subscript(row: Int, column: Int) -> Element {
    get { pointer[row * columns + column] }
    set { pointer[row * columns + column] = newValue }
  }

  /// All of it.
  public var view: MatrixView<Element> {
    MatrixView(pointer: pointer, rows: rows, columns: columns, stride: columns, owner: self)
  }

  /// Some rows and columns of it (all rows, all columns when nil).
  public func view(rows: Range<Int>? = nil, columns: Range<Int>? = nil) -> MatrixView<Element> {
    view.part(rows: rows, columns: columns)
  }
}

/// Rows and columns of someone else's memory: what kernels read and write.
///
/// Writing through a view writes into the matrix. `stride` is the distance between rows, in elements. A view keeps its owner alive.
public struct MatrixView<Element: MatrixElement> {
  public let pointer: UnsafeMutablePointer<Element>
  public let rows: Int
  public let columns: Int
  public let stride: Int
  private let owner: AnyObject?

  /// A view of memory that `owner`, or else the caller, keeps alive.
  public init(
    pointer: UnsafeMutablePointer<Element>, rows: Int, columns: Int, stride: Int, owner: AnyObject? = nil
  ) {
    precondition(stride >= columns || rows <= 1, "rows of \(columns) overlap at a distance of \(stride)")
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.owner = owner
  }

  /// Some of its rows and columns (all of them when nil).
  public func part(rows: Range<Int>? = nil, columns: Range<Int>? = nil) -> MatrixView {
    let r = rows ?? 0..<self.rows
    let c = columns ?? 0..<self.columns
    precondition(r.lowerBound >= 0 && r.upperBound <= self.rows, "rows \(r) of \(self.rows)")
    precondition(c.lowerBound >= 0 && c.upperBound <= self.columns, "columns \(c) of \(self.columns)")
    return MatrixView(
      pointer: pointer + r.lowerBound * stride + c.lowerBound, rows: r.count, columns: c.count,
      stride: stride,
      owner: owner)
  }

  public subscript(row: Int, column: Int) -> Element {
    get { pointer[row * stride + column] }
    nonmutating set { pointer[row * stride + column] = newValue }
  }
}

/// Zeroed memory aligned to 64 bytes; `free` returns it.
func alignedStorage<Element: MatrixElement>(count: Int, of: Element.Type) -> UnsafeMutablePointer<Element> {
  let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) / 64 * 64)
  guard let memory = aligned_alloc(64, bytes) else { preconditionFailure("no memory for \(bytes) bytes") }
  memset(memory, 0, bytes)
  return memory.bindMemory(to: Element.self, capacity: max(count, 1))
}
