// The tables of a run: collected in memory, written all together at the end.
#pragma once
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "Work.h"

namespace swiftkv {

/// A measured kernel of one implementation.
struct Measurement {
  std::string kernel, shape, implementation;
  double microseconds, spread;
  Work work;
  /// The least the device could take, by its data sheet.
  double rooflineMicroseconds;
  /// Whether the page shows it; the tables have all.
  bool isShown;
};

inline std::string number(double value, int digits = 5) {
  char text[40];
  snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

class Tables {
 public:
  std::string gemmBF16 = "m,n,k,latency_us,implementation,spread,flops,bytes\n";
  std::string gemmFP8 = "m,n,k,latency_us,implementation,spread,flops,bytes,matrix_us\n";
  std::string prefill =
      "batch,seq_q,prefix,heads,kv_heads,head_dim,kv_dtype,latency_us,implementation,spread,flops,bytes\n";
  std::string decode =
      "batch,context,heads,kv_heads,head_dim,kv_dtype,latency_us,implementation,spread,flops,bytes\n";
  std::string elementwise = "kernel,flops,bytes,latency_us,implementation,spread,rows,width\n";
  std::vector<Measurement> comparison;
  std::string device;
  /// Shapes without a row, and why.
  std::vector<std::string> notes;

  /// The columns that all tables end with, from latency_us on.
  static std::string ending(const char* implementation, double microseconds, double spread, Work work) {
    return number(microseconds) + "," + implementation + "," + number(spread, 3) + "," +
           std::to_string(work.flops) + "," + std::to_string(work.bytes);
  }

  /// Nothing is written under its name before all of it is written. False, with a message, if a file cannot
  /// be.
  bool write(const std::string& prefix) const {
    const std::pair<const char*, std::string> files[] = {
        {"gemm_bf16.csv", gemmBF16},         {"gemm_fp8.csv", gemmFP8},
        {"attention_prefill.csv", prefill},  {"attention_decode.csv", decode},
        {"elementwise.csv", elementwise},    {"comparison.csv", comparisonTable()},
        {"comparison.md", comparisonPage()}, {"device.yaml", device},
    };
    for (const auto& [name, text] : files) {
      // A table of which nothing could be measured (FP8 on Ampere) would be an error to its reader.
      if (text.find('\n') + 1 == text.size()) continue;
      const std::string path = prefix + name, unfinished = path + ".tmp";
      FILE* file = fopen(unfinished.c_str(), "w");
      bool isWritten = file && fwrite(text.data(), 1, text.size(), file) == text.size();
      if (file) isWritten = fclose(file) == 0 && isWritten;
      if (!isWritten || rename(unfinished.c_str(), path.c_str()) != 0) {
        fprintf(stderr, "error: %s cannot be written\n", path.c_str());
        remove(unfinished.c_str());
        return false;
      }
      printf("%s\n", path.c_str());
    }
    return true;
  }

 private:
  std::string comparisonTable() const {
    std::string text = "kernel,shape,implementation,latency_us,spread,flops,bytes,roofline_us\n";
    for (const Measurement& m : comparison)
      text += m.kernel + "," + m.shape + "," + m.implementation + "," + number(m.microseconds) + "," +
              number(m.spread, 3) + "," + std::to_string(m.work.flops) + "," + std::to_string(m.work.bytes) +
              "," + number(m.rooflineMicroseconds) + "\n";
    return text;
  }

  std::string comparisonPage() const {
    std::string text =
        "# Own kernels, the vendor's library and the roofline\n\n"
        "The roofline is the larger of FLOPs over peak and bytes over memory bandwidth, both by the data "
        "sheet, of the work\n"
        "that is counted. A share above 100 % says that operands came from L2. Spread: distance of the "
        "quartiles over the\n"
        "median.\n\n";
    for (const std::string& note : notes) text += "* " + note + "\n";
    text +=
        "\n| kernel | shape | implementation | us | spread % | TFLOP/s | GB/s | roofline us | share of it % "
        "|\n"
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const Measurement& m : comparison) {
      if (!m.isShown) continue;
      text += "| " + m.kernel + " | " + m.shape + " | " + m.implementation + " | " +
              number(m.microseconds, 4) + " | " + number(m.spread * 100, 2) + " | " +
              number(m.work.flops / m.microseconds / 1e6, 4) + " | " +
              number(m.work.bytes / m.microseconds / 1e3, 4) + " | " + number(m.rooflineMicroseconds, 4) +
              " | " + number(100 * m.rooflineMicroseconds / m.microseconds, 3) + " |\n";
    }
    return text;
  }
};

}  // namespace swiftkv
