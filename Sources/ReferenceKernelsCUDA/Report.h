// Collects comparisons, one line a kernel.
#pragma once
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace swiftkv {

class Report {
 public:
  /// Passes where |got - want| <= relative * |want| + ofMagnitude * magnitude for every element; an empty
  /// `magnitude` stands for zeros. NaN passes where NaN is wanted.
  void compare(const std::string& kernel, const std::string& shape, const std::vector<float>& got,
               const std::vector<double>& want, double relative, const std::vector<double>& magnitude = {},
               double ofMagnitude = 0) {
    Line& line = lines[kernel];
    line.cases++;
    if (got.size() != want.size()) return fail(kernel, shape, "the number of elements differs");
    for (size_t i = 0; i < got.size(); i++) {
      line.elements++;
      if (std::isnan(want[i]) && std::isnan(got[i])) continue;
      const double allowed =
          relative * std::fabs(want[i]) + (magnitude.empty() ? 0 : ofMagnitude * magnitude[i]);
      const double error = std::fabs(got[i] - want[i]);
      if (!(error <= allowed) && !(error == 0)) {
        char text[200];
        snprintf(text, sizeof text, "element %zu is %g, should be %g within %g", i, got[i], want[i], allowed);
        return fail(kernel, shape, text);
      }
      if (allowed > 0) line.worst = std::fmax(line.worst, error / allowed);
    }
  }

  void equal(const std::string& kernel, const std::string& shape, const std::vector<float>& got,
             const std::vector<float>& want) {
    compare(kernel, shape, got, {want.begin(), want.end()}, 0);
  }

  void expect(const std::string& what, bool holds, const std::string& detail = "") {
    lines[what].cases++;
    if (!holds) fail(what, detail, "does not hold");
  }

  int failures() const { return failed; }

  void print(FILE* out) const {
    for (const auto& [kernel, line] : lines)
      fprintf(out, "%-6s %-44s %4d cases %9ld elements, worst error %3.0f %% of the tolerance\n",
              line.failures ? "FAILED" : "ok", kernel.c_str(), line.cases, line.elements, line.worst * 100);
  }

 private:
  struct Line {
    int cases = 0, failures = 0;
    long elements = 0;
    double worst = 0;
  };
  std::map<std::string, Line> lines;
  int failed = 0;

  void fail(const std::string& kernel, const std::string& shape, const char* text) {
    lines[kernel].failures++;
    if (failed++ < 20) fprintf(stderr, "MISMATCH: %s, %s: %s\n", kernel.c_str(), shape.c_str(), text);
  }
};

}  // namespace swiftkv
