import CostModel
public import Hardware
public import InputFiles
import Quantities

/// A file of measured kernel times, CSV. Columns are found by name; others are ignored.
public enum TableFile: String, Hashable, Sendable, CaseIterable {
  /// `m,n,k,working_set,latency_us`: of a processor, whose cache may hold a model.
  case processorGEMM = "processor_gemm"
  /// `m,n,k,latency_us`.
  case gemm
  /// `batch,seq_q,prefix,heads,kv_heads,head_dim,kv_dtype,latency_us`.
  case prefill
  /// `batch,context,heads,kv_heads,head_dim,working_set,latency_us`, likewise.
  case processorDecode = "processor_decode"
  /// `batch,context,heads,kv_heads,head_dim,kv_dtype,latency_us`.
  case decode
  /// `bytes,gpus,impl,latency_us`.
  case allReduce = "all_reduce"
  /// `flops,bytes,latency_us`, and `kernel`, whose name says how it goes through its operands.
  case elementwise

  /// All but the measured time.
  var columns: [String] {
    switch self {
    case .processorGEMM: ["m", "n", "k", "working_set"]
    case .gemm: ["m", "n", "k"]
    case .prefill: ["batch", "seq_q", "prefix", "heads", "kv_heads", "head_dim", "kv_dtype"]
    case .processorDecode: ["batch", "context", "heads", "kv_heads", "head_dim", "working_set"]
    case .decode: ["batch", "context", "heads", "kv_heads", "head_dim", "kv_dtype"]
    case .allReduce: ["bytes", "gpus", "impl"]
    case .elementwise: ["flops", "bytes"]
    }
  }

  /// Reads a table; both precisions of the KV cache that stand in one file become tables of their own.
  ///
  /// - Parameters:
  ///   - gemm: which GEMM a table of ``gemm`` is of; nil where the file's name says so (`fp8` in it).
  /// - Throws: ``InputError`` with file and line of the first ten problems, and the number of the others.
  public static func read(path: String, gemm: KernelName? = nil) throws(InputError) -> [KernelTable] {
    try read(TextFile(path: path), gemm: gemm)
  }

  static func read(_ file: TextFile, gemm: KernelName? = nil) throws(InputError) -> [KernelTable] {
    var csv = CSVCursor(file)
    guard let kind = allCases.first(where: { $0.columns.allSatisfy { csv.column($0) != nil } }) else {
      let known = allCases.map { ($0.columns + ["latency_us"]).joined(separator: ",") }
      throw InputError(
        "\(file.path):1",
        "no known kernel table; found are the columns \(csv.header.prefix(12).joined(separator: ", ")), known are "
          + known.joined(separator: "; "))
    }
    let columns = try csv.required(kind.columns + ["latency_us"])
    var rows: [KernelName: [KernelTable.Row]] = [:]
    var ignored = 0
    while csv.advance() {
      guard let time = csv.number(columns[columns.count - 1], in: times) else { continue }
      guard let shape = kind.shape(&csv, columns) else { continue }
      guard let kernel = kind.kernel(&csv, columns, shape, gemm ?? kind.gemm(file)) else {
        ignored += 1
        continue
      }
      rows[kernel, default: []].append(KernelTable.Row(shape: shape, time: Seconds(time * 1e-6)))
    }
    guard csv.problems.isEmpty else { throw csv.problems }
    guard !rows.isEmpty else {
      throw InputError(
        file.path,
        ignored == 0
          ? "no rows; the file ends after its header" : "no rows of an implementation that is modelled")
    }
    let source = SplitPath(file.path).name
    return KernelName.allCases.compactMap { kernel in
      rows[kernel].map { KernelTable(kernel: kernel, source: source, rows: $0) }
    }
  }

  /// Microseconds; a kernel of more than a minute is in another unit.
  private static let times = 1e-3...6e7

  /// Beyond what any model or device has, and small enough that products of a row do not overflow.
  private static func allowed(_ column: String) -> ClosedRange<Int> {
    switch column {
    case "bytes", "working_set": 1...1 << 40
    case "flops": 0...1 << 50
    case "batch": 1...65_536
    case "heads", "kv_heads", "head_dim", "gpus": 1...1024
    case "prefix": 0...10_000_000
    default: 1...10_000_000
    }
  }

  private func gemm(_ file: TextFile) -> KernelName {
    SplitPath(file.path).name.lowercased().contains("fp8") ? .gemm8 : .gemm16
  }

  private func shape(_ csv: inout CSVCursor, _ columns: [CSVCursor.Column]) -> KernelShape? {
    var sizes: [Int] = []
    for column in columns.dropLast() where !["kv_dtype", "impl"].contains(column.name) {
      if let size = csv.integer(column, in: Self.allowed(column.name)) { sizes.append(size) }
    }
    switch (self, sizes.count) {
    case (.processorGEMM, 4):
      return .processorGEMM(m: sizes[0], n: sizes[1], k: sizes[2], workingSet: sizes[3])
    case (.processorDecode, 6):
      return .processorDecode(
        batch: sizes[0], context: sizes[1], heads: sizes[2], keyValueHeads: sizes[3], headDim: sizes[4],
        workingSet: sizes[5])
    case (.elementwise, 2):
      let name = csv.column("kernel").map { String(decoding: csv.bytes($0), as: UTF8.self) } ?? ""
      return .elementwise(flops: sizes[0], bytes: sizes[1], pattern: KernelWork.Pattern(kernel: name))
    case (.gemm, 3): return .gemm(m: sizes[0], n: sizes[1], k: sizes[2])
    case (.prefill, 6):
      return .prefill(
        batch: sizes[0], new: sizes[1], cached: sizes[2], heads: sizes[3], keyValueHeads: sizes[4],
        headDim: sizes[5])
    case (.decode, 5):
      return .decode(
        batch: sizes[0], context: sizes[1], heads: sizes[2], keyValueHeads: sizes[3], headDim: sizes[4])
    case (.allReduce, 2): return .allReduce(bytes: sizes[0], devices: sizes[1])
    default: return nil
    }
  }

  /// Which kernel the row is of; nil for an implementation that is not modelled, or with a problem noted.
  private func kernel(
    _ csv: inout CSVCursor, _ columns: [CSVCursor.Column], _ shape: KernelShape, _ gemm: KernelName
  ) -> KernelName? {
    func word(_ column: CSVCursor.Column) -> String { String(decoding: csv.bytes(column), as: UTF8.self) }
    switch self {
    case .gemm: return gemm
    case .processorGEMM: return .gemm32
    case .processorDecode: return .decode32
    case .elementwise: return .elementwise
    case .prefill, .decode:
      let column = columns[columns.count - 2]
      let isPrefill = self == .prefill
      switch word(column) {
      case "bfloat16", "float16": return isPrefill ? .prefill16 : .decode16
      case "float32" where isPrefill: return .prefill32
      case "fp8", "fp8_e4m3": return isPrefill ? .prefill8 : .decode8
      default:
        csv.note(
          "kv_dtype is \(csv.excerpt(column)); allowed are \(isPrefill ? "float32, " : "")bfloat16, float16, fp8, fp8_e4m3"
        )
        return nil
      }
    case .allReduce:
      // vLLM's own kernels under a CUDA graph as far as they go, NCCL's ring above.
      guard case .allReduce(let bytes, _) = shape else { return nil }
      return word(columns[2]) == (bytes <= 8 << 20 ? "vllm_graph" : "nccl_half") ? .allReduce : nil
    }
  }
}
