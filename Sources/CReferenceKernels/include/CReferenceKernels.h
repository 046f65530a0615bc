/// Kernels of a transformer's step on a processor, each returning the work that its loops counted.
///
/// All matrices are row-major. A leading dimension (`ld...`) is the distance between two rows in elements. No kernel
/// allocates, except when a larger scratch area is needed than any call before it. Shapes are the caller's duty: the Swift
/// module `ReferenceKernels` checks them. FLOPs are useful multiplies and adds; bytes are the least traffic, each operand
/// read once and each result written once.
///
/// A row's result depends neither on the other rows of a call, nor on their number, nor on the number of threads, nor on
/// how a prompt is cut into chunks or laid out in pages. It does depend on the instruction set.
#ifndef CREFERENCEKERNELS_H
#define CREFERENCEKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Work done, counted by the loops that did it.
typedef struct {
  uint64_t flops;
  uint64_t bytes;
} rk_work;

/// Instruction sets that the kernels are compiled for, slowest first.
typedef enum {
  RK_ISA_PORTABLE = 0,  ///< what every processor of this architecture has (SSE2, or NEON on arm64)
  RK_ISA_AVX2 = 1,      ///< x86-64-v3: AVX2 and FMA
  RK_ISA_AVX512 = 2,    ///< x86-64-v4: AVX-512 F, BW, CD, DQ, VL
} rk_isa;

/// Whether this processor runs the kernels of an instruction set.
bool rk_isa_available(rk_isa isa);

/// Columns of W in a packed panel.
#define RK_PANEL 64
/// Tokens in a page of a key-value cache.
#define RK_PAGE 16

// ---- Threads ----

/// A group of threads that run kernels together; the caller is one of them. One call at a time.
typedef struct rk_threads rk_threads;

/// Starts `count` - 1 threads beside the caller. `pinned` binds each, and the calling thread, to one core of those the process may
/// use. Null when a thread could not be started.
rk_threads *_Nullable rk_threads_create(int count, rk_isa isa, bool pinned);
/// Ends the threads and, called on the thread that created the group, gives it back all cores of the process.
void rk_threads_destroy(rk_threads *_Nonnull threads);
/// How long a thread that waits for work, or for others to end theirs, spins before it sleeps.
void rk_threads_set_spin(rk_threads *_Nonnull threads, uint64_t nanoseconds);
int rk_threads_count(const rk_threads *_Nonnull threads);
/// Cores that the process may use.
int rk_cores(void);

// ---- Weights ----

/// Elements of packed storage for W[n,k]: n rounded up to whole panels.
size_t rk_packed_elements(size_t n, size_t k);
/// W[n,k] into panels [n/64][k][64], padded with zeros.
void rk_pack_f32(const float *_Nonnull w, size_t ldw, size_t n, size_t k, float *_Nonnull packed);
void rk_pack_bf16(const uint16_t *_Nonnull w, size_t ldw, size_t n, size_t k, uint16_t *_Nonnull packed);

// ---- Matrix product ----

/// C[m,n] = A[m,k] · W[n,k]^T. Every element is one chain of (fused) multiply-adds in the order of k, starting from 0.
rk_work rk_gemm_f32(rk_threads *_Nonnull threads, size_t m, size_t n, size_t k, const float *_Nonnull a, size_t lda,
                    const float *_Nonnull packed, float *_Nonnull c, size_t ldc);
/// The same with A, W and C in BF16 and sums in FP32, rounded to nearest even at the end.
rk_work rk_gemm_bf16(rk_threads *_Nonnull threads, size_t m, size_t n, size_t k, const uint16_t *_Nonnull a, size_t lda,
                     const uint16_t *_Nonnull packed, uint16_t *_Nonnull c, size_t ldc);

// ---- Rows ----

/// r += x unless x is null; y = r / sqrt(mean(r²) + epsilon) · w. All [m,h], w [h].
rk_work rk_rms_norm(rk_threads *_Nonnull threads, size_t m, size_t h, const float *_Nullable x, size_t ldx,
                    float *_Nonnull r, size_t ldr, const float *_Nonnull w, float epsilon, float *_Nonnull y, size_t ldy);

/// Splits rows [q | k | v] into q [m, heads·dim], k and v [m, kv_heads·dim] and rotates q and k by position: element i of
/// a head's first half with element i of its second half. `cosine`, `sine`: [positions, dim/2]. kv_heads = 0 for [q] rows.
rk_work rk_rotary(rk_threads *_Nonnull threads, size_t m, size_t heads, size_t kv_heads, size_t dim,
                  const float *_Nonnull qkv, size_t ld_qkv, const int32_t *_Nonnull positions,
                  const float *_Nonnull cosine, const float *_Nonnull sine, float *_Nonnull q, size_t ldq,
                  float *_Nullable k, size_t ldk, float *_Nullable v, size_t ldv);
/// Rotates K [t, kv_heads·dim] in place.
rk_work rk_rotary_k(rk_threads *_Nonnull threads, size_t t, size_t kv_heads, size_t dim, float *_Nonnull k, size_t ldk,
                    const int32_t *_Nonnull positions, const float *_Nonnull cosine, const float *_Nonnull sine);

/// y[m,f] = silu(gate) · up from rows [gate | up] of 2f.
rk_work rk_silu_mul(rk_threads *_Nonnull threads, size_t m, size_t f, const float *_Nonnull gate_up, size_t ld_gate_up,
                    float *_Nonnull y, size_t ldy);

/// Row i of `to` = row index[i] of `from`; with a table of embeddings, the embedding of token index[i].
rk_work rk_gather_rows(rk_threads *_Nonnull threads, size_t rows, size_t width, const float *_Nonnull from,
                       size_t ld_from, const int32_t *_Nonnull index, float *_Nonnull to, size_t ld_to);
/// Row index[i] of `to` = row i of `from`. Indices must differ.
rk_work rk_scatter_rows(rk_threads *_Nonnull threads, size_t rows, size_t width, const float *_Nonnull from,
                        size_t ld_from, const int32_t *_Nonnull index, float *_Nonnull to, size_t ld_to);
/// to[t, i·width + j] = from[i][t, j]: `count` matrices [rows, width] side by side.
rk_work rk_concatenate(rk_threads *_Nonnull threads, size_t rows, size_t width, size_t count,
                       const float *_Nonnull const *_Nonnull from, const size_t *_Nonnull ld_from,
                       float *_Nonnull to, size_t ld_to);

// ---- FP8 ----

/// E4M3 of x / scale, to nearest even, saturating at ±448 (infinities too), NaN kept.
rk_work rk_quantize_e4m3(rk_threads *_Nonnull threads, size_t rows, size_t width, const float *_Nonnull x, size_t ldx,
                         float scale, uint8_t *_Nonnull y, size_t ldy);
/// Value of the code times scale.
rk_work rk_dequantize_e4m3(rk_threads *_Nonnull threads, size_t rows, size_t width, const uint8_t *_Nonnull x,
                           size_t ldx, float scale, float *_Nonnull y, size_t ldy);

// ---- Key-value cache ----

/// A layer's cache: [blocks][kv_heads][K: dim × 16 tokens | V: 16 tokens × padded dim]. K is stored with the tokens of a page
/// side by side, so that the scores of 16 tokens are one vector; V with the elements of a token side by side.
typedef struct {
  void *_Nonnull data;  ///< float, or uint8_t (E4M3) when fp8
  size_t kv_heads;
  size_t dim;
  bool fp8;
  float k_scale;  ///< value = code · scale; 1 for FP32
  float v_scale;
} rk_kv_cache;

/// Elements of one block of one head: K and V of 16 tokens, dim of V padded to a multiple of 16.
size_t rk_kv_page_elements(size_t dim);

/// K and V [t, layers·kv_heads·dim] into `layers` caches of one shape, token i at slot[i] = block · 16 + offset; a
/// negative slot is skipped.
rk_work rk_kv_cache_write(rk_threads *_Nonnull threads, size_t t, const float *_Nonnull k, size_t ldk,
                          const float *_Nonnull v, size_t ldv, const int32_t *_Nonnull slot,
                          const rk_kv_cache *_Nonnull caches, size_t layers);

/// One sequence of an attention call: `rows` new tokens in rows first_row… of Q, after `cached` earlier ones; all their
/// keys and values are in the cache already, token p in block block_table[p / 16].
typedef struct {
  size_t first_row;
  size_t rows;
  size_t cached;
  const int32_t *_Nonnull block_table;
} rk_sequence;

/// Causal attention of several sequences over a paged cache. q, o: [rows, heads·dim]. Prefill and decode are the same
/// arithmetic; a decoding sequence has one row.
rk_work rk_attention(rk_threads *_Nonnull threads, const rk_sequence *_Nonnull sequences, size_t count, size_t heads,
                     rk_kv_cache cache, float scale, const float *_Nonnull q, size_t ldq, float *_Nonnull o,
                     size_t ldo);

// ---- Sampling ----

/// token[i] = first of the largest logits of row i. NaN is never larger.
rk_work rk_argmax(rk_threads *_Nonnull threads, size_t rows, size_t vocabulary, const float *_Nonnull logits, size_t ld,
                  int32_t *_Nonnull token);
/// Gumbel-max: token[i] = argmax(logit / temperature - log(-log u)), u from Philox4x32-10 keyed by the seed at counter
/// (token / 4, 0, stream[i]): the draw belongs to the stream, not to the row.
rk_work rk_sample(rk_threads *_Nonnull threads, size_t rows, size_t vocabulary, const float *_Nonnull logits, size_t ld,
                  float temperature, uint64_t seed, const uint64_t *_Nonnull stream, int32_t *_Nonnull token);

// ---- Machine ceilings ----

/// Every thread runs `iterations` rounds of independent register-only multiply-adds; the FLOPs that they did.
rk_work rk_probe_flops(rk_threads *_Nonnull threads, size_t iterations);
/// Every thread reads its share of `count` floats once; the bytes read.
rk_work rk_probe_read(rk_threads *_Nonnull threads, const float *_Nonnull data, size_t count);
/// Every thread writes zeros over its share, so that its memory lies near it.
rk_work rk_probe_touch(rk_threads *_Nonnull threads, float *_Nonnull data, size_t count);

// ---- OpenBLAS, to compare with ----

/// Loads the library; what the loader says if that fails, or null. Comes before all other calls, once.
const char *_Nullable rk_vendor_load(void);
/// C[m,n] = A[m,k] · W[n,k]ᵀ.
void rk_vendor_gemm_f32(int m, int n, int k, const float *_Nonnull a, int lda, const float *_Nonnull w, int ldw,
                        float *_Nonnull c, int ldc);
void rk_vendor_set_threads(int count);
/// The processor whose kernels the library chose.
const char *_Nonnull rk_vendor_core_name(void);

#endif
