// The kernels once more as plain loops in double precision on one CPU thread: what the others are compared
// with. Inputs are what the kernels get, decoded to float. Where rounding errors of a sum count, its sum of
// magnitudes comes along.
#pragma once
#include <cstdint>
#include <vector>

namespace swiftkv::reference {

using Values = std::vector<float>;

struct Sums {
  std::vector<double> value;
  /// Sum of the absolute products (or of weights times absolute values).
  std::vector<double> magnitude;
};

/// a [m, k], w [n, k] -> [m, n].
Sums gemm(const Values& a, const Values& w, int m, int n, int k);

/// Normed rows of `residual` [m, hidden], to which x has been added already.
std::vector<double> rmsNorm(const Values& residual, const Values& weight, int m, int hidden, double epsilon);

/// One rotated head of `headDim` elements at a position, by the textbook: pairs (i, i + headDim / 2) turned
/// by position * base^(-2i / headDim).
std::vector<double> rotate(const float* head, int headDim, int position, double base);

/// x [m, gate | up] -> [m, width].
std::vector<double> siluMul(const Values& x, int m, int width);

/// One query [headDim] over the first `visible` of keys and values [tokens, headDim].
Sums attention(const float* query, const Values& keys, const Values& values, int visible, int headDim,
               double scale);

/// Place of the first largest element that is not NaN, 0 if all are.
int argmax(const float* row, int count);

}  // namespace swiftkv::reference
