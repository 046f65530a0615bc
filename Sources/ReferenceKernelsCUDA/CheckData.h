// Data for checks, the same on any machine.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "Numbers.h"

namespace swiftkv {

/// `small` spares an emulation what takes it long.
enum class CheckSize { small, large };

/// A rounding to BF16 is off by up to 2^-8 of the value; two per cent more for what FP32 arithmetic before it
/// adds.
constexpr double bf16Rounding = 1.02 / 256;

/// Reproducible numbers on any platform (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t bits() {
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  int below(int count) { return int(bits() % uint64_t(count)); }
  float uniform(float size) { return (float(bits() >> 40) / float(1 << 23) - 1) * size; }

  std::vector<bf16> bf16s(size_t count, float size = 1) {
    std::vector<bf16> values(count);
    for (bf16& value : values) value = toBF16(uniform(size));
    return values;
  }
  std::vector<int> permutation(int count) {
    std::vector<int> values(count);
    std::iota(values.begin(), values.end(), 0);
    for (int i = count - 1; i > 0; i--) std::swap(values[i], values[below(i + 1)]);
    return values;
  }

 private:
  uint64_t state;
};

template <class T>
std::vector<float> decoded(const std::vector<T>& values) {
  std::vector<float> result;
  result.reserve(values.size());
  for (T value : values) result.push_back(toFloat(value));
  return result;
}

inline std::string shapeText(std::initializer_list<std::pair<const char*, int64_t>> parts) {
  std::string text;
  for (const auto& [name, value] : parts)
    text += (text.empty() ? "" : " ") + std::string(name) + "=" + std::to_string(value);
  return text;
}

/// To the element type of a KV cache.
template <class KV>
KV rounded(float x) {
  if constexpr (sizeof(KV) == 2)
    return toBF16(x);
  else
    return toE4M3(x);
}

}  // namespace swiftkv
