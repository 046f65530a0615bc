#include "Reference.h"

#include <cmath>

namespace swiftkv::reference {

Sums gemm(const Values& a, const Values& w, int m, int n, int k) {
  Sums result;
  for (int row = 0; row < m; row++) {
    for (int column = 0; column < n; column++) {
      double sum = 0, magnitude = 0;
      for (int i = 0; i < k; i++) {
        const double product = double(a[size_t(row) * k + i]) * w[size_t(column) * k + i];
        sum += product;
        magnitude += std::fabs(product);
      }
      result.value.push_back(sum);
      result.magnitude.push_back(magnitude);
    }
  }
  return result;
}

std::vector<double> rmsNorm(const Values& residual, const Values& weight, int m, int hidden, double epsilon) {
  std::vector<double> result;
  for (int row = 0; row < m; row++) {
    double squares = 0;
    for (int i = 0; i < hidden; i++) {
      const double x = residual[size_t(row) * hidden + i];
      squares += x * x;
    }
    const double rms = std::sqrt(squares / hidden + epsilon);
    for (int i = 0; i < hidden; i++) result.push_back(residual[size_t(row) * hidden + i] / rms * weight[i]);
  }
  return result;
}

std::vector<double> rotate(const float* head, int headDim, int position, double base) {
  std::vector<double> result(headDim);
  const int half = headDim / 2;
  for (int i = 0; i < half; i++) {
    const double angle = position * std::pow(base, -2.0 * i / headDim);
    const double a = head[i], b = head[i + half];
    result[i] = a * std::cos(angle) - b * std::sin(angle);
    result[i + half] = b * std::cos(angle) + a * std::sin(angle);
  }
  return result;
}

std::vector<double> siluMul(const Values& x, int m, int width) {
  std::vector<double> result;
  for (int row = 0; row < m; row++) {
    for (int i = 0; i < width; i++) {
      const double gate = x[size_t(row) * 2 * width + i], up = x[size_t(row) * 2 * width + width + i];
      result.push_back(gate / (1 + std::exp(-gate)) * up);
    }
  }
  return result;
}

Sums attention(const float* query, const Values& keys, const Values& values, int visible, int headDim,
               double scale) {
  std::vector<double> weights(visible);
  double largest = -INFINITY;
  for (int token = 0; token < visible; token++) {
    double score = 0;
    for (int i = 0; i < headDim; i++) score += double(query[i]) * keys[size_t(token) * headDim + i];
    weights[token] = score * scale;
    largest = std::fmax(largest, weights[token]);
  }
  double total = 0;
  for (double& weight : weights) {
    weight = std::exp(weight - largest);
    total += weight;
  }
  Sums result{std::vector<double>(headDim), std::vector<double>(headDim)};
  for (int token = 0; token < visible; token++) {
    for (int i = 0; i < headDim; i++) {
      const double product = weights[token] / total * values[size_t(token) * headDim + i];
      result.value[i] += product;
      result.magnitude[i] += std::fabs(product);
    }
  }
  return result;
}

int argmax(const float* row, int count) {
  int best = -1;
  for (int i = 0; i < count; i++)
    if (!std::isnan(row[i]) && (best < 0 || row[i] > row[best])) best = i;
  return best < 0 ? 0 : best;
}

}  // namespace swiftkv::reference
