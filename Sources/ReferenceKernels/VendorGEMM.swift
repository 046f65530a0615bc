internal import COpenBLAS

/// OpenBLAS's matrix product, to compare with.
///
/// FP32 only: the OpenBLAS that distributions ship has no BF16 product (`sbgemm` is a build option of it).
public enum VendorGEMM {
  /// C[m,n] = A[m,k] · W[n,k]ᵀ with W as it is, not packed.
  public static func gemm(_ a: MatrixView<Float>, _ w: MatrixView<Float>, into c: MatrixView<Float>) {
    precondition(a.columns == w.columns && c.columns == w.rows && a.rows == c.rows, "gemm: shapes differ")
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(a.rows), blasint(w.rows), blasint(a.columns), 1,
      a.pointer,
      blasint(a.stride), w.pointer, blasint(w.stride), 0, c.pointer, blasint(c.stride))
  }

  /// Sets the number of threads of all later products in this process.
  public static func setThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }

  /// The processor that OpenBLAS chose its kernels for; OPENBLAS_CORETYPE in the environment decides when it is set.
  public static var coreName: String { String(cString: openblas_get_corename()) }
}
