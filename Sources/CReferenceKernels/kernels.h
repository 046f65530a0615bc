// What the entry points (entry.c), the threads (threads.c) and the kernels of each instruction set share.
#ifndef RK_KERNELS_H
#define RK_KERNELS_H

#include <stdatomic.h>

#include "include/CReferenceKernels.h"

// A kernel runs once on each of `parts` threads, which share its work between them and count what they did.
typedef struct {
  int part;            // 0 ..< parts
  int parts;
  void *scratch;       // 64-byte aligned, this thread's own
  atomic_size_t *next; // next task not yet taken, for kernels that share their work by tasks; 0 at the start
  rk_work work;
} rk_share;

typedef void rk_kernel(rk_share *share, const void *arguments);

// Kernels of one instruction set.
typedef struct {
  rk_kernel *gemm_f32, *gemm_bf16, *rms_norm, *rotary, *silu_mul, *copy_rows, *concatenate, *quantize, *dequantize,
      *kv_cache_write, *attention, *sample, *probe_flops, *probe_read, *probe_touch;
} rk_kernel_table;

extern const rk_kernel_table rk_kernels_portable;
#if defined(__x86_64__)
extern const rk_kernel_table rk_kernels_avx2, rk_kernels_avx512;
#endif

// Runs a kernel on at most `parts` threads, each with `scratch` bytes of its own.
rk_work rk_run(rk_threads *threads, rk_kernel *kernel, const void *arguments, size_t parts, size_t scratch);
const rk_kernel_table *rk_table(const rk_threads *threads);

typedef struct {
  size_t m, n, k;
  const void *a;
  size_t lda;
  const void *w;
  void *c;
  size_t ldc;
} rk_gemm_args;

typedef struct {
  size_t m, h;
  const float *x;
  size_t ldx;
  float *r;
  size_t ldr;
  const float *w;
  float epsilon;
  float *y;
  size_t ldy;
} rk_rms_norm_args;

typedef struct {
  size_t m, heads, kv_heads, dim;
  const float *qkv;
  size_t ld_qkv;
  const int32_t *positions;
  const float *cosine, *sine;
  float *q, *k, *v;
  size_t ldq, ldk, ldv;
} rk_rotary_args;

typedef struct {
  size_t m, f;
  const float *gate_up;
  size_t ld_gate_up;
  float *y;
  size_t ldy;
} rk_silu_mul_args;

// Row to_index[i] (or i) of `to` = row from_index[i] (or i) of `from`.
typedef struct {
  size_t rows, width;
  const float *from;
  size_t ld_from;
  const int32_t *from_index;
  float *to;
  size_t ld_to;
  const int32_t *to_index;
} rk_copy_rows_args;

typedef struct {
  size_t rows, width, count;
  const float *const *from;
  const size_t *ld_from;
  float *to;
  size_t ld_to;
} rk_concatenate_args;

typedef struct {
  size_t rows, width;
  const void *x;
  size_t ldx;
  float scale;
  void *y;
  size_t ldy;
} rk_quantize_args;

typedef struct {
  size_t t;
  const float *k, *v;
  size_t ldk, ldv;
  const int32_t *slot;
  const rk_kv_cache *caches;
  size_t layers;
} rk_kv_cache_write_args;

typedef struct {
  const rk_sequence *sequences;
  size_t count, heads;
  rk_kv_cache cache;
  float scale;
  const float *q;
  size_t ldq;
  float *o;
  size_t ldo;
} rk_attention_args;

typedef struct {
  size_t rows, vocabulary;
  const float *logits;
  size_t ld;
  float temperature;  // 0: greedy
  uint64_t seed;
  const uint64_t *stream;
  int32_t *token;
} rk_sample_args;

typedef struct {
  const float *data;
  size_t count;
} rk_probe_args;

// Tokens of context that attention takes in one block, from position 0: a multiple of the page.
enum { RK_ATTENTION_BLOCK = 64 };
// Query rows × heads of one attention task.
enum { RK_ATTENTION_ROWS = 24 };

// Tiles of rows up to which a product in BF16 reads its weights as they are.
enum { RK_BF16_DIRECT_TILES = 2 };

static inline size_t rk_round_up(size_t x, size_t to) { return (x + to - 1) / to * to; }
static inline size_t rk_min(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t rk_max(size_t a, size_t b) { return a > b ? a : b; }

// The share of `count` items that a part has, as even as whole items allow: [start, end).
static inline size_t rk_part_start(size_t count, int part, int parts) {
  return count * (size_t)part / (size_t)parts;
}

// Query rows of one attention task when `group` query heads share a key-value head.
static inline size_t rk_attention_task_rows(size_t group) { return rk_max(1, RK_ATTENTION_ROWS / group); }
// Elements of Q's rows in whole tiles, of at most 8 rows in any instruction set.
static inline size_t rk_attention_q_elements(size_t rows, size_t dim) { return rk_round_up((rows + 8) * dim, 16); }
size_t rk_attention_scratch(size_t group, size_t dim, bool fp8);

#endif
