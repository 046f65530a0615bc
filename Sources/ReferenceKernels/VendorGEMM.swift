internal import CReferenceKernels

/// OpenBLAS's matrix product, to compare with.
///
/// FP32 only: the OpenBLAS that distributions ship has no BF16 product (`sbgemm` is a build option of it). The library is loaded
/// by the first use, which ends the program where there is none.
public enum VendorGEMM {
  private static let library: Void = {
    if let problem = rk_vendor_load() { fatalError("OpenBLAS cannot be loaded: \(String(cString: problem))") }
  }()

  /// C[m,n] = A[m,k] · W[n,k]ᵀ with W as it is, not packed.
  public static func gemm(_ a: MatrixView<Float>, _ w: MatrixView<Float>, into c: MatrixView<Float>) {
    precondition(a.columns == w.columns && c.columns == w.rows && a.rows == c.rows, "gemm: shapes differ")
    _ = library
    rk_vendor_gemm_f32(
      Int32(a.rows), Int32(w.rows), Int32(a.columns), a.pointer, Int32(a.stride), w.pointer, Int32(w.stride),
      c.pointer, Int32(c.stride))
  }

  /// Sets the number of threads of all later products in this process.
  public static func setThreads(_ count: Int) {
    _ = library
    rk_vendor_set_threads(Int32(count))
  }

  /// The processor that OpenBLAS chose its kernels for; OPENBLAS_CORETYPE in the environment decides when it is set.
  public static var coreName: String {
    _ = library
    return String(cString: rk_vendor_core_name())
  }
}
