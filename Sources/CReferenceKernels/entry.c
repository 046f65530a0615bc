// Entry points: arguments into a record, how many threads are worth waking, then the kernel of the threads' instruction set.
#include <string.h>

#include "kernels.h"

// A second thread costs about 1 µs to start and to wait for; less traffic than this is done sooner by one.
enum { BYTES_A_THREAD = 32768 };

static size_t parts_for_bytes(size_t bytes) { return 1 + bytes / BYTES_A_THREAD; }

bool rk_isa_available(rk_isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == RK_ISA_AVX2) return __builtin_cpu_supports("x86-64-v3") != 0;
  if (isa == RK_ISA_AVX512) return __builtin_cpu_supports("x86-64-v4") != 0;
#endif
  return isa == RK_ISA_PORTABLE;
}

size_t rk_packed_elements(size_t n, size_t k) { return rk_round_up(n, RK_PANEL) * k; }

#define PACK(name, type)                                                                       \
  void name(const type *w, size_t ldw, size_t n, size_t k, type *packed) {                     \
    memset(packed, 0, rk_packed_elements(n, k) * sizeof(type));                                \
    for (size_t row = 0; row < n; ++row) {                                                     \
      type *column = packed + row / RK_PANEL * RK_PANEL * k + row % RK_PANEL;                  \
      for (size_t p = 0; p < k; ++p) column[p * RK_PANEL] = w[row * ldw + p];                  \
    }                                                                                          \
  }
PACK(rk_pack_f32, float)
PACK(rk_pack_bf16, uint16_t)

rk_work rk_gemm_f32(rk_threads *threads, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed,
                    float *c, size_t ldc) {
  const rk_gemm_args args = {m, n, k, a, lda, packed, c, ldc};
  return rk_run(threads, rk_table(threads)->gemm_f32, &args, parts_for_bytes(4 * n * k), 0);
}

rk_work rk_gemm_bf16(rk_threads *threads, size_t m, size_t n, size_t k, const uint16_t *a, size_t lda,
                     const uint16_t *packed, uint16_t *c, size_t ldc) {
  const rk_gemm_args args = {m, n, k, a, lda, packed, c, ldc};
  // Scratch in FP32: a tile of at most 8 rows, its rows of A, and a panel of W.
  const size_t scratch = (8 * RK_PANEL + rk_round_up(8 * k, 16) + RK_PANEL * k) * sizeof(float);
  return rk_run(threads, rk_table(threads)->gemm_bf16, &args, parts_for_bytes(2 * n * k), scratch);
}

rk_work rk_rms_norm(rk_threads *threads, size_t m, size_t h, const float *x, size_t ldx, float *r, size_t ldr,
                    const float *w, float epsilon, float *y, size_t ldy) {
  const rk_rms_norm_args args = {m, h, x, ldx, r, ldr, w, epsilon, y, ldy};
  return rk_run(threads, rk_table(threads)->rms_norm, &args, parts_for_bytes(16 * m * h), 0);
}

rk_work rk_rotary(rk_threads *threads, size_t m, size_t heads, size_t kv_heads, size_t dim, const float *qkv,
                  size_t ld_qkv, const int32_t *positions, const float *cosine, const float *sine, float *q,
                  size_t ldq, float *k, size_t ldk, float *v, size_t ldv) {
  const rk_rotary_args args = {m, heads, kv_heads, dim, qkv, ld_qkv, positions, cosine, sine, q, k, v, ldq, ldk, ldv};
  return rk_run(threads, rk_table(threads)->rotary, &args, parts_for_bytes(8 * m * (heads + 2 * kv_heads) * dim), 0);
}

rk_work rk_rotary_k(rk_threads *threads, size_t t, size_t kv_heads, size_t dim, float *k, size_t ldk,
                    const int32_t *positions, const float *cosine, const float *sine) {
  const rk_rotary_args args = {t, kv_heads, 0, dim, k, ldk, positions, cosine, sine, k, NULL, NULL, ldk, 0, 0};
  return rk_run(threads, rk_table(threads)->rotary, &args, parts_for_bytes(8 * t * kv_heads * dim), 0);
}

rk_work rk_silu_mul(rk_threads *threads, size_t m, size_t f, const float *gate_up, size_t ld_gate_up, float *y,
                    size_t ldy) {
  const rk_silu_mul_args args = {m, f, gate_up, ld_gate_up, y, ldy};
  return rk_run(threads, rk_table(threads)->silu_mul, &args, parts_for_bytes(12 * m * f), 0);
}

rk_work rk_gather_rows(rk_threads *threads, size_t rows, size_t width, const float *from, size_t ld_from,
                       const int32_t *index, float *to, size_t ld_to) {
  const rk_copy_rows_args args = {rows, width, from, ld_from, index, to, ld_to, NULL};
  return rk_run(threads, rk_table(threads)->copy_rows, &args, parts_for_bytes(8 * rows * width), 0);
}

rk_work rk_scatter_rows(rk_threads *threads, size_t rows, size_t width, const float *from, size_t ld_from,
                        const int32_t *index, float *to, size_t ld_to) {
  const rk_copy_rows_args args = {rows, width, from, ld_from, NULL, to, ld_to, index};
  return rk_run(threads, rk_table(threads)->copy_rows, &args, parts_for_bytes(8 * rows * width), 0);
}

rk_work rk_concatenate(rk_threads *threads, size_t rows, size_t width, size_t count, const float *const *from,
                       const size_t *ld_from, float *to, size_t ld_to) {
  const rk_concatenate_args args = {rows, width, count, from, ld_from, to, ld_to};
  return rk_run(threads, rk_table(threads)->concatenate, &args, parts_for_bytes(8 * rows * width * count), 0);
}

rk_work rk_quantize_e4m3(rk_threads *threads, size_t rows, size_t width, const float *x, size_t ldx, float scale,
                         uint8_t *y, size_t ldy) {
  const rk_quantize_args args = {rows, width, x, ldx, scale, y, ldy};
  return rk_run(threads, rk_table(threads)->quantize, &args, parts_for_bytes(5 * rows * width), 0);
}

rk_work rk_dequantize_e4m3(rk_threads *threads, size_t rows, size_t width, const uint8_t *x, size_t ldx, float scale,
                           float *y, size_t ldy) {
  const rk_quantize_args args = {rows, width, x, ldx, scale, y, ldy};
  return rk_run(threads, rk_table(threads)->dequantize, &args, parts_for_bytes(5 * rows * width), 0);
}

size_t rk_kv_page_elements(size_t dim) { return RK_PAGE * (dim + rk_round_up(dim, 16)); }

rk_work rk_kv_cache_write(rk_threads *threads, size_t t, const float *k, size_t ldk, const float *v, size_t ldv,
                          const int32_t *slot, const rk_kv_cache *caches, size_t layers) {
  const rk_kv_cache_write_args args = {t, k, v, ldk, ldv, slot, caches, layers};
  const size_t width = layers == 0 ? 0 : layers * caches[0].kv_heads * caches[0].dim;
  return rk_run(threads, rk_table(threads)->kv_cache_write, &args, parts_for_bytes(16 * t * width), 0);
}

size_t rk_attention_scratch(size_t group, size_t dim, bool fp8) {
  const size_t padded = rk_round_up(dim, 16), rows = group * rk_attention_task_rows(group);
  // Q and O of a task, its scores, its running sums (16 lanes) and maxima, and a block of K and V in FP32.
  return sizeof(float) * (rk_attention_q_elements(rows, dim) + rows * (padded + RK_ATTENTION_BLOCK + 16) + rk_round_up(rows, 16) +
                          (fp8 ? RK_ATTENTION_BLOCK * 2 * padded : 0));
}

rk_work rk_attention(rk_threads *threads, const rk_sequence *sequences, size_t count, size_t heads, rk_kv_cache cache,
                     float scale, const float *q, size_t ldq, float *o, size_t ldo) {
  const rk_attention_args args = {sequences, count, heads, cache, scale, q, ldq, o, ldo};
  return rk_run(threads, rk_table(threads)->attention, &args, count * cache.kv_heads,
                rk_attention_scratch(heads / cache.kv_heads, cache.dim, cache.fp8));
}

rk_work rk_argmax(rk_threads *threads, size_t rows, size_t vocabulary, const float *logits, size_t ld, int32_t *token) {
  const rk_sample_args args = {rows, vocabulary, logits, ld, 0, 0, NULL, token};
  return rk_run(threads, rk_table(threads)->sample, &args, parts_for_bytes(4 * rows * vocabulary), 0);
}

rk_work rk_sample(rk_threads *threads, size_t rows, size_t vocabulary, const float *logits, size_t ld,
                  float temperature, uint64_t seed, const uint64_t *stream, int32_t *token) {
  const rk_sample_args args = {rows, vocabulary, logits, ld, temperature, seed, stream, token};
  return rk_run(threads, rk_table(threads)->sample, &args, rows, 0);
}

rk_work rk_probe_flops(rk_threads *threads, size_t iterations) {
  const rk_probe_args args = {NULL, iterations};
  return rk_run(threads, rk_table(threads)->probe_flops, &args, SIZE_MAX, 0);
}

rk_work rk_probe_read(rk_threads *threads, const float *data, size_t count) {
  const rk_probe_args args = {data, count};
  return rk_run(threads, rk_table(threads)->probe_read, &args, SIZE_MAX, 0);
}

rk_work rk_probe_touch(rk_threads *threads, float *data, size_t count) {
  const rk_probe_args args = {data, count};
  return rk_run(threads, rk_table(threads)->probe_touch, &args, SIZE_MAX, 0);
}
