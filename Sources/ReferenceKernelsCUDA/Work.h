// Useful arithmetic and least traffic of a kernel: what is counted, not what a kernel happens to do.
// Multiplies and adds each are one FLOP; each operand is read once and each result written once; activations
// have two bytes an element.
#pragma once
#include <cstdint>

namespace swiftkv {

struct Work {
  int64_t flops = 0;
  int64_t bytes = 0;

  /// BF16 result; `operand` is the bytes of an element of A and W.
  static Work gemm(int64_t m, int64_t n, int64_t k, int64_t operand) {
    return {2 * m * n * k, operand * (m * k + n * k) + 2 * m * n};
  }
  static Work rmsNorm(int64_t m, int64_t hidden) { return {5 * m * hidden, 4 * 2 * m * hidden}; }
  static Work rotary(int64_t m, int64_t heads, int64_t kvHeads, int64_t headDim) {
    return {3 * m * (heads + kvHeads) * headDim, 2 * 2 * m * (heads + 2 * kvHeads) * headDim};
  }
  static Work rotaryKeys(int64_t tokens, int64_t kvHeads, int64_t headDim) {
    return {3 * tokens * kvHeads * headDim, 2 * 2 * tokens * kvHeads * headDim};
  }
  /// `width` = kvHeads * headDim, of keys and of values.
  static Work cacheWrite(int64_t tokens, int64_t width, int64_t element) {
    return {0, (2 + element) * tokens * 2 * width};
  }
  static Work siluMul(int64_t m, int64_t width) { return {5 * m * width, 3 * 2 * m * width}; }
  static Work copyRows(int64_t rows, int64_t width) { return {0, 2 * 2 * rows * width}; }
  static Work quantise(int64_t elements) { return {elements, 3 * elements}; }
  static Work argmax(int64_t rows, int64_t vocabulary) { return {0, 2 * rows * vocabulary}; }

  /// `batch` requests of `fresh` new tokens after `cached`; `element` is the bytes of a KV element.
  static Work prefill(int64_t batch, int64_t fresh, int64_t cached, int64_t heads, int64_t kvHeads,
                      int64_t headDim, int64_t element) {
    const int64_t q = heads * headDim, kv = 2 * kvHeads * headDim;
    const int64_t pairs = batch * (fresh * cached + fresh * (fresh + 1) / 2);
    return {4 * q * pairs, 2 * 2 * q * batch * fresh + element * kv * batch * (cached + fresh)};
  }
  static Work decode(int64_t batch, int64_t context, int64_t heads, int64_t kvHeads, int64_t headDim,
                     int64_t element) {
    const int64_t q = heads * headDim, kv = 2 * kvHeads * headDim;
    return {4 * q * batch * context, 2 * 2 * q * batch + element * kv * batch * context};
  }
};

}  // namespace swiftkv
