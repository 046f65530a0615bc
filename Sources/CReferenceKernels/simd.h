// Vectors of 16 floats, whatever the processor's own width: the compiler makes one AVX-512 register of them, two of AVX2
// or four of SSE and NEON. Every function here is inlined, so that no vector crosses a call.
#include <math.h>
#include <string.h>

// The ABI of a vector argument differs between instruction sets; here none is ever passed, only inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(64)));
typedef int32_t ivec __attribute__((vector_size(64)));
typedef uint32_t uvec __attribute__((vector_size(64)));
typedef uint16_t hvec __attribute__((vector_size(32)));
typedef uint8_t bvec __attribute__((vector_size(16)));
typedef float vec_at __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t uvec_at __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t hvec_at __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint8_t bvec_at __attribute__((vector_size(16), aligned(1), may_alias));

enum { LANES = 16 };

#define LOAD(p) (*(const vec_at *)(p))
#define STORE(p, v) (*(vec_at *)(p) = (v))
#define SELECT(mask, a, b) ((vec)(((ivec)(a) & (mask)) | ((ivec)(b) & ~(mask))))

// c + a·b, rounded once where the instruction set has it.
#if RK_FMA
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((c) + (a) * (b))
#endif

#define LANE_NUMBERS ((ivec){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})

INLINE vec splat(float x) { return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// The first n < 16 elements; the other lanes are 0.
INLINE vec load_part(const float *p, size_t n) {
  vec v = {};
  for (size_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
}

INLINE void store_part(float *p, vec v, size_t n) {
  for (size_t i = 0; i < n; ++i) p[i] = v[i];
}

// The sum of the lanes, always in this order.
INLINE float sum_lanes(vec v) {
  float s[16];
  STORE(s, v);
  for (int width = 8; width >= 1; width /= 2) {
    for (int i = 0; i < width; ++i) s[i] += s[i + width];
  }
  return s[0];
}

// The largest lane, in four halvings: the compiler's own reduction is a chain of fifteen.
INLINE float max_lanes(vec v) {
  vec t = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v = SELECT(v > t, v, t);
  t = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);
  v = SELECT(v > t, v, t);
  t = __builtin_shufflevector(v, v, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1);
  v = SELECT(v > t, v, t);
  t = __builtin_shufflevector(v, v, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0);
  v = SELECT(v > t, v, t);
  return v[0];
}

// e^x. x = n·ln 2 + r with |r| <= ln 2 / 2; e^r is the minimax polynomial of Cephes' expf (degree 5 behind 1 + r), error below
// 2 ulp; 0 below -87.3 (the smallest normal number), at most e^88.3 above.
INLINE vec exp_vec(vec x) {
  const vec low = splat(-87.33654f), high = splat(88.37626f);
  const ivec underflow = x < low;
  x = SELECT(underflow, low, x);
  x = SELECT(x > high, high, x);
  const vec magic = splat(12582912.0f);  // 1.5·2²³: adding it rounds to a whole number
  vec n = FMA(x, splat(1.44269504f), magic) - magic;
  vec r = FMA(n, splat(-0.693359375f), x);
  r = FMA(n, splat(2.12194440e-4f), r);
  vec p = splat(1.9875691500e-4f);
  p = FMA(p, r, splat(1.3981999507e-3f));
  p = FMA(p, r, splat(8.3334519073e-3f));
  p = FMA(p, r, splat(4.1665795894e-2f));
  p = FMA(p, r, splat(1.6666665459e-1f));
  p = FMA(p, r, splat(5.0000001201e-1f));
  p = FMA(p, r * r, r) + 1.0f;
  const ivec exponent = (__builtin_convertvector(n, ivec) + 127) << 23;
  return SELECT(underflow, (vec){}, p * (vec)exponent);
}

// BF16 is the upper half of FP32.
INLINE vec load_bf16(const uint16_t *p) {
  return (vec)(__builtin_convertvector(*(const hvec_at *)p, uvec) << 16);
}

INLINE float float_of_bf16(uint16_t h) {
  const uint32_t bits = (uint32_t)h << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

// To nearest, ties to even; a NaN stays one.
INLINE hvec bf16_of_vec(vec x) {
  const uvec bits = (uvec)x, nan = (uvec)(x != x);
  const uvec rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return __builtin_convertvector((rounded & ~nan) | ((bits >> 16 | 0x40) & nan), hvec);
}

// E4M3: sign, 4 bits of exponent (bias 7), 3 of mantissa; no infinity, S.1111.111 is NaN. The bits of the magnitude, moved
// to where FP32 has its own, are the value times 2^-120, subnormals included.
INLINE vec vec_of_e4m3(const uint8_t *p) {
  const uvec code = __builtin_convertvector(*(const bvec_at *)p, uvec);
  const uvec magnitude = code & 0x7f;
  const vec value = (vec)(magnitude << 20) * 0x1p120f;
  const uvec nan = (uvec)(magnitude == 0x7f) & 0x7fc00000u;
  return (vec)((uvec)value | (code & 0x80) << 24 | nan);
}

// The nearest code, ties to even, at most 448. Below 2^-6 the codes are multiples of 2^-9: adding 2^14, whose last bit weighs
// that, rounds to one.
INLINE uvec e4m3_of_vec(vec x) {
  const uvec sign = ((uvec)x >> 24) & 0x80;
  const uvec bits = (uvec)x & 0x7fffffff;
  const uvec normal = ((bits + 0x7ffff + (bits >> 20 & 1)) >> 20) - (120u << 3);
  const uvec small = (uvec)((vec)bits + 0x1p14f) - (uvec)splat(0x1p14f);
  const uvec is_small = (uvec)((vec)bits < splat(0x1p-6f));
  uvec code = (small & is_small) | (normal & ~is_small);
  const uvec above = (uvec)(bits > 0x43e00000u);  // 448
  code = (code & ~above) | (0x7e & above);
  const uvec nan = (uvec)(bits > 0x7f800000u);
  code = (code & ~nan) | (0x7f & nan);
  return code | sign;
}
