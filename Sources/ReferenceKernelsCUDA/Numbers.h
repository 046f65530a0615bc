// BF16 and FP8 E4M3 (the "FN" variant: no infinities, one NaN per sign), rounding to nearest even.
// On the host every conversion is written out; on the device it is the hardware's, and the checks compare the
// two over all codes.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp8.h>
#define HOST_DEVICE __host__ __device__
#else
#define HOST_DEVICE
#endif

namespace swiftkv {

struct bf16 {
  uint16_t bits;
};
struct e4m3 {
  uint8_t bits;
};

/// Largest finite E4M3 value, 1.75 * 2^8.
constexpr float e4m3Largest = 448;

HOST_DEVICE inline float toFloat(bf16 x) {
  const uint32_t bits = uint32_t(x.bits) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

HOST_DEVICE inline bf16 toBF16(float x) {
#ifdef __CUDA_ARCH__
  const __nv_bfloat16 rounded = __float2bfloat16_rn(x);
  bf16 value;
  memcpy(&value, &rounded, 2);
  return value;
#else
  if (std::isnan(x)) return {0x7FFF};
  uint32_t bits;
  memcpy(&bits, &x, 4);
  // Half a unit of the kept part, less one where that part is even: ties go to even. May carry into infinity,
  // as it should.
  bits += 0x7FFF + (bits >> 16 & 1);
  return {uint16_t(bits >> 16)};
#endif
}

HOST_DEVICE inline float toFloat(e4m3 x) {
#ifdef __CUDA_ARCH__
  return __half2float(__half(__nv_cvt_fp8_to_halfraw(x.bits, __NV_E4M3)));
#else
  const int exponent = x.bits >> 3 & 15, mantissa = x.bits & 7;
  const float sign = x.bits & 0x80 ? -1.f : 1.f;
  if (exponent == 15 && mantissa == 7) return NAN;
  if (exponent == 0) return sign * std::ldexp(float(mantissa), -9);
  return sign * std::ldexp(float(8 + mantissa), exponent - 10);
#endif
}

/// Saturating: what is beyond the largest value, infinities included, becomes it. NaN stays NaN, its sign is
/// lost.
HOST_DEVICE inline e4m3 toE4M3(float x) {
#ifdef __CUDA_ARCH__
  return {__nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E4M3)};
#else
  if (std::isnan(x)) return {0x7F};
  const uint8_t sign = std::signbit(x) ? 0x80 : 0;
  const float size = std::fabs(x);
  if (size >= e4m3Largest) return {uint8_t(sign | 0x7E)};
  // Below 2^-6 the spacing stays that of the smallest normal numbers.
  const int exponent = size < std::ldexp(1.f, -6) ? -6 : std::ilogb(size);
  const int steps =
      int(std::nearbyint(std::ldexp(size, 3 - exponent)));  // 0...16, exact but for this rounding
  // Subnormal (steps < 8) and rounded up to the next power of two (steps = 16) come out right by the carry.
  return {uint8_t(sign | (((exponent + 7) << 3) + steps - 8))};
#endif
}

}  // namespace swiftkv
