// OpenBLAS, loaded when it is first used: loading it starts a thread a core and takes longer than many a simulation.
#include <dlfcn.h>
#include <stddef.h>

#include "CReferenceKernels.h"

// As cblas.h declares them, with the 32-bit integers of the plain library name.
static void (*sgemm)(int order, int transposed_a, int transposed_b, int m, int n, int k, float alpha, const float *a,
                     int lda, const float *b, int ldb, float beta, float *c, int ldc);
static void (*set_threads)(int count);
static char *(*core_name)(void);
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

const char *rk_vendor_load(void) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  if (!(*(void **)&sgemm = dlsym(library, "cblas_sgemm"))) return dlerror();
  if (!(*(void **)&set_threads = dlsym(library, "openblas_set_num_threads"))) return dlerror();
  if (!(*(void **)&core_name = dlsym(library, "openblas_get_corename"))) return dlerror();
  return NULL;
}

void rk_vendor_gemm_f32(int m, int n, int k, const float *a, int lda, const float *w, int ldw, float *c, int ldc) {
  sgemm(ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE, m, n, k, 1, a, lda, w, ldw, 0, c, ldc);
}

void rk_vendor_set_threads(int count) { set_threads(count); }

const char *rk_vendor_core_name(void) { return core_name(); }
