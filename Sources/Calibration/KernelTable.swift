public import Hardware
public import Quantities

/// Measured times of one kernel: each distinct shape once, with the median of its rows.
public struct KernelTable: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var shape: KernelShape
    public var time: Seconds
  }

  public var kernel: KernelName
  /// What messages and profiles call the file: its name without folders.
  public var source: String
  /// In scattered order (``KernelShape/scatter``), which depends on the shapes alone: not on the order of the file.
  public private(set) var rows: [Row]

  /// Every so many rows one is kept out of a fit.
  public static let heldOutEvery = 4

  public init(kernel: KernelName, source: String, rows: [Row]) {
    self.kernel = kernel
    self.source = source
    var times: [KernelShape: [Double]] = [:]
    for row in rows { times[row.shape, default: []].append(row.time.value) }
    self.rows = times.map { shape, times in
      let sorted = times.sorted()
      let middle = sorted.count / 2
      let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
      return Row(shape: shape, time: Seconds(median))
    }.sorted {
      let (a, b) = ($0.shape.scatter, $1.shape.scatter)
      return a != b ? a < b : $0.shape.numbers.lexicographicallyPrecedes($1.shape.numbers)
    }
  }

  /// Rows to fit to, and rows kept out: of the rows inside the formula's domain every fourth.
  public var split: (fitted: [Row], heldOut: [Row]) {
    let domain = KernelDomain(of: kernel)
    return rows.filter { domain.contains($0.shape) }.holdingOut(every: Self.heldOutEvery)
  }
}

extension Array {
  /// What is fitted to, and every n-th element, which is kept out.
  func holdingOut(every n: Int) -> (fitted: [Element], heldOut: [Element]) {
    var fitted: [Element] = []
    var heldOut: [Element] = []
    for (i, element) in enumerated() {
      if i % n == n - 1 { heldOut.append(element) } else { fitted.append(element) }
    }
    return (fitted, heldOut)
  }
}
