// C[m, n] = A[m, k] * W[n, k]^T by cuBLASLt: BF16, or E4M3 operands with a BF16 result. The algorithm is the
// library's first choice for a workspace of 32 MiB, as an engine takes it.
#pragma once
#include <cublasLt.h>

#include "Device.h"

namespace swiftkv {

inline void require(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fprintf(stderr, "error: cuBLASLt: %s: status %d\n", what, int(status));
  exit(1);
}

template <class T>
constexpr cudaDataType_t cudaType = sizeof(T) == 2 ? CUDA_R_16BF : CUDA_R_8F_E4M3;

/// What all products share.
struct VendorLibrary {
  static constexpr size_t workspaceBytes = 32 << 20;
  cublasLtHandle_t handle;
  DeviceArray<unsigned char> workspace{workspaceBytes};
  /// Scales of FP8 operands: both 1, as data have been scaled when they were rounded.
  DeviceArray<float> one{std::vector<float>{1}};

  VendorLibrary() { require(cublasLtCreate(&handle), "cublasLtCreate"); }
  VendorLibrary(const VendorLibrary&) = delete;
  ~VendorLibrary() { cublasLtDestroy(handle); }
};

/// One shape. T is the element of A and W.
template <class T>
class VendorGEMM {
 public:
  VendorGEMM(VendorLibrary& library, int m, int n, int k) : library(library) {
    require(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F), "cublasLtMatmulDescCreate");
    // The library's matrices are column-major: C^T = W * A^T, with W transposed ("TN"), is our row-major C.
    set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
    set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
    if (sizeof(T) == 1) {
      const float* scale = library.one.data();
      set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, scale);
      set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, scale);
      // As inference engines run it: partial sums stay in the tensor cores' own accumulators.
      set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, int8_t(1));
    }
    layout(&weights, cudaType<T>, k, n);
    layout(&activations, cudaType<T>, k, m);
    layout(&result, CUDA_R_16BF, n, m);
    cublasLtMatmulPreference_t preference;
    require(cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
    const size_t bytes = VendorLibrary::workspaceBytes;
    require(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes,
                                                 sizeof bytes),
            "workspace");
    int found = 0;
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
        library.handle, product, weights, activations, result, result, preference, 1, &choice, &found);
    cublasLtMatmulPreferenceDestroy(preference);
    isSupported = status == CUBLAS_STATUS_SUCCESS && found == 1;
  }
  VendorGEMM(const VendorGEMM&) = delete;
  ~VendorGEMM() {
    cublasLtMatrixLayoutDestroy(weights);
    cublasLtMatrixLayoutDestroy(activations);
    cublasLtMatrixLayoutDestroy(result);
    cublasLtMatmulDescDestroy(product);
  }

  /// Whether the library has an algorithm for the shape; only then may it be run.
  bool isSupported;

  /// Whether it has one and takes these operands (it may refuse in spite of its own choice).
  bool accepts(const T* a, const T* w, bf16* c, Stream stream) const {
    return isSupported && start(a, w, c, stream) == CUBLAS_STATUS_SUCCESS;
  }
  void run(const T* a, const T* w, bf16* c, Stream stream) const {
    require(start(a, w, c, stream), "cublasLtMatmul");
  }

 private:
  VendorLibrary& library;
  cublasLtMatmulDesc_t product;
  cublasLtMatrixLayout_t weights, activations, result;
  cublasLtMatmulHeuristicResult_t choice{};

  cublasStatus_t start(const T* a, const T* w, bf16* c, Stream stream) const {
    const float one = 1, zero = 0;
    return cublasLtMatmul(library.handle, product, &one, w, weights, a, activations, &zero, c, result, c,
                          result, &choice.algo, library.workspace.data(), VendorLibrary::workspaceBytes,
                          stream);
  }
  template <class V>
  void set(cublasLtMatmulDescAttributes_t attribute, V value) {
    require(cublasLtMatmulDescSetAttribute(product, attribute, &value, sizeof value),
            "attribute of a product");
  }
  static void layout(cublasLtMatrixLayout_t* layout, cudaDataType_t type, int rows, int columns) {
    require(cublasLtMatrixLayoutCreate(layout, type, rows, columns, rows), "cublasLtMatrixLayoutCreate");
  }
};

}  // namespace swiftkv
