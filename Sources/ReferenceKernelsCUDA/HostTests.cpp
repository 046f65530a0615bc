// What can be tested without a GPU and without CUDA: number formats, the plain loops, index arithmetic,
// counted work, and every own kernel in the emulation. Exit status 1 if anything differs.
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include "AttentionChecks.h"
#include "Checks.h"
#include "DeviceSheet.h"
#include "Tables.h"

using namespace swiftkv;

namespace {

void testNumbers(Report& report) {
  // The two formats by their definitions: every code has its value, rounds to itself, and ties go to the even
  // neighbour.
  std::vector<float> finite;
  for (int code = 0; code < 256; code++) {
    const float value = toFloat(e4m3{uint8_t(code)});
    const int exponent = code >> 3 & 15, mantissa = code & 7;
    if ((code & 0x7F) == 0x7F) {
      report.expect("E4M3: value of a code", std::isnan(value), std::to_string(code));
      continue;
    }
    const double size =
        exponent == 0 ? mantissa * std::pow(2.0, -9) : (1 + mantissa / 8.0) * std::pow(2.0, exponent - 7);
    report.expect("E4M3: value of a code", double(value) == (code < 128 ? size : -size),
                  std::to_string(code));
    report.expect("E4M3: a code rounds to itself", toE4M3(value).bits == code, std::to_string(code));
    if (code < 127) finite.push_back(value);
  }
  for (size_t i = 0; i + 1 < finite.size(); i++) {
    const float low = finite[i], high = finite[i + 1], middle = (low + high) / 2;
    const uint8_t even = uint8_t(i % 2 == 0 ? i : i + 1);
    report.expect("E4M3: ties to even", toE4M3(middle).bits == even && toE4M3(-middle).bits == (even | 0x80));
    report.expect("E4M3: nearest below", toE4M3(std::nextafter(middle, low)).bits == i);
    report.expect("E4M3: nearest above", toE4M3(std::nextafter(middle, high)).bits == i + 1);
  }
  for (float large : {448.f, 449.f, 464.f, 1e9f, INFINITY})
    report.expect("E4M3: saturates", toE4M3(large).bits == 0x7E && toE4M3(-large).bits == 0xFE);
  report.expect("E4M3: NaN", toE4M3(NAN).bits == 0x7F && toE4M3(-NAN).bits == 0x7F);
  report.expect("E4M3: zeros keep their sign", toE4M3(0.f).bits == 0 && toE4M3(-0.f).bits == 0x80);

  for (int code = 0; code < 1 << 16; code++) {
    const bf16 x{uint16_t(code)};
    const float value = toFloat(x);
    if (std::isnan(value)) {
      report.expect("BF16: NaN", toBF16(value).bits == 0x7FFF, std::to_string(code));
      continue;
    }
    report.expect("BF16: a code rounds to itself", toBF16(value).bits == code, std::to_string(code));
    const float next = toFloat(bf16{uint16_t(code + 1)});
    if (std::isinf(value) || std::isinf(next)) continue;
    const float middle = float((double(value) + double(next)) / 2);
    report.expect("BF16: ties to even", toBF16(middle).bits == (code % 2 == 0 ? code : code + 1),
                  std::to_string(code));
    report.expect("BF16: nearest below", toBF16(std::nextafter(middle, value)).bits == code,
                  std::to_string(code));
  }
  report.expect("BF16: overflow", toBF16(3.4e38f).bits == 0x7F80);
}

void testReference(Report& report) {
  // By hand: small enough to follow.
  const auto product = reference::gemm({1, 2, 3, 4}, {5, -6, 7, 8}, 2, 2, 2);
  report.compare("reference: gemm", "2x2x2", {-7, 23, -9, 53}, product.value, 0);
  report.compare("reference: gemm magnitude", "2x2x2", {17, 23, 39, 53}, product.magnitude, 0);
  report.compare("reference: rms_norm", "3, 4", {float(6 / std::sqrt(12.5)), float(4 / std::sqrt(12.5))},
                 reference::rmsNorm({3, 4}, {2, 1}, 1, 2, 0), 1e-6);
  const float head[] = {1, 0, 0, 1};  // pairs (1, 0) and (0, 1), turned by 2 and by 2 * 100^(-1/2) = 0.2
  report.compare("reference: rotate", "",
                 {float(std::cos(2)), float(-std::sin(0.2)), float(std::sin(2)), float(std::cos(0.2))},
                 reference::rotate(head, 4, 2, 100), 1e-6);
  report.compare("reference: silu_mul", "", {float(3 * 2 / (1 + std::exp(-2.0))), 0},
                 reference::siluMul({2, 0, 3, 5}, 1, 2), 1e-6);
  // Scores 0 and ln 3: weights 1/4 and 3/4. The third token is not visible.
  const float query[] = {float(std::log(3.0)), 0};
  const auto mixed = reference::attention(query, {0, 0, 1, 0, 9, 9}, {4, 8, -4, 0, NAN, NAN}, 2, 2, 1);
  report.compare("reference: attention", "", {-2, 2}, mixed.value, 1e-6);
  report.compare("reference: attention magnitude", "", {4, 2}, mixed.magnitude, 1e-6);
  const float logits[] = {NAN, 1, 3, 3, 2};
  report.expect("reference: argmax", reference::argmax(logits, 5) == 2 && reference::argmax(logits, 1) == 0);
}

void testIndices(Report& report) {
  // Each element of a row belongs to one thread.
  for (int headDim : {16, 64, 128}) {
    std::set<std::tuple<int64_t, int, int>> seen;
    const int rows = 3, heads = 5, units = rows * heads * headDim / 16;
    for (int i = 0; i < units; i++) {
      const RotaryUnit unit = rotaryUnit(i, heads, headDim);
      for (int e = 0; e < 8; e++) {
        seen.insert({unit.row, unit.head, unit.low + e});
        seen.insert({unit.row, unit.head, unit.low + headDim / 2 + e});
      }
    }
    report.expect("rotary: every element once", int(seen.size()) == rows * heads * headDim,
                  std::to_string(headDim));
    report.expect("rotary: rows and heads in range", std::get<0>(*seen.rbegin()) == rows - 1 &&
                                                         std::get<1>(*seen.rbegin()) == heads - 1 &&
                                                         std::get<2>(*seen.rbegin()) == headDim - 1);
  }
  const auto everyToken = [&](auto lanes, const char* name) {
    using Lanes = decltype(lanes);
    std::multiset<int> seen;
    for (int base = 512; base < 512 + decodeSplit; base += Lanes::step)
      for (int warp = 0; warp < decodeWarps; warp++)
        for (int u = 0; u < decodeUnroll; u++)
          for (int lane = 0; lane < 32; lane += Lanes::perToken)
            seen.insert(Lanes::token(base, warp, u, lane));
    bool isOnce = int(seen.size()) == decodeSplit;
    for (int token = 512; token < 512 + decodeSplit; token++) isOnce = isOnce && seen.count(token) == 1;
    report.expect("decode: every token of a part once", isOnce, name);
  };
  everyToken(DecodeLanes<bf16, 64>(), "BF16, 64");
  everyToken(DecodeLanes<bf16, 128>(), "BF16, 128");
  everyToken(DecodeLanes<e4m3, 64>(), "FP8, 64");
  everyToken(DecodeLanes<e4m3, 128>(), "FP8, 128");
  std::set<std::pair<int, int>> corners;
  for (int warp = 0; warp < 8; warp++) corners.insert({gemmTile::warpRow(warp), gemmTile::warpColumn(warp)});
  report.expect("gemm: warps cover the tile",
                corners.size() == 8 && corners.rbegin()->first + gemmTile::warpRows * 16 == gemmTile::rows &&
                    corners.rbegin()->second + gemmTile::warpColumns * 16 == gemmTile::columns);
  report.expect("prefill: what a row may see",
                visibleKeys(0, 4, 3, 10) == 11 && visibleKeys(3, 4, 3, 10) == 11 &&
                    visibleKeys(4, 4, 3, 10) == 12 && visibleKeys(11, 4, 3, 10) == 13 &&
                    visibleKeys(12, 4, 3, 10) == 0);
}

void testWork(Report& report) {
  const auto is = [&](const char* name, Work work, int64_t flops, int64_t bytes) {
    report.expect(std::string("counted work: ") + name, work.flops == flops && work.bytes == bytes,
                  std::to_string(work.flops) + " FLOPs, " + std::to_string(work.bytes) + " bytes");
  };
  is("gemm", Work::gemm(2, 3, 5, 2), 60, 2 * (10 + 15 + 6));
  is("FP8 gemm", Work::gemm(2, 3, 5, 1), 60, 10 + 15 + 2 * 6);
  is("rms_norm", Work::rmsNorm(2, 64), 640, 1024);
  is("rotary", Work::rotary(1, 4, 2, 16), 3 * (64 + 32), 2 * 2 * (64 + 64));
  // Two requests of three new tokens after ten: pairs 2 * (11 + 12 + 13).
  is("prefill", Work::prefill(2, 3, 10, 4, 2, 16, 1), 4 * 64 * 72, 2 * 2 * 64 * 6 + 64 * 26);
  is("decode", Work::decode(2, 10, 4, 2, 16, 2), 4 * 64 * 20, 2 * 2 * 64 * 2 + 2 * 64 * 20);
}

void testFiles(Report& report, const std::string& folder) {
  DeviceSheet sheet;
  sheet.cudaName = "NVIDIA H100 80GB HBM3";
  sheet.architecture = "hopper";
  sheet.memoryBandwidth = 3352.32e9;
  sheet.memoryBytes = 85017755648.0;
  sheet.l2Bytes = 52428800;
  sheet.multiprocessors = 132;
  sheet.driver = 13000;
  sheet.runtime = 13000;
  sheet.takePeaks(9, 1.98e9);
  report.expect("device.yaml of an H100",
                sheet.yaml() ==
                    "# NVIDIA H100 80GB HBM3, CUDA driver 13000, runtime 13000\n"
                    "name: H100-SXM-80GB\n"
                    "architecture: hopper\n"
                    "# from NVIDIA's data sheet: dense peaks, NVLink (or PCIe) one way\n"
                    "bf16: 989 TFLOP/s\n"
                    "fp8: 1979 TFLOP/s\n"
                    "link_bandwidth: 450 GB/s\n"
                    "# from CUDA: memory, memory clock times bus width, L2, multiprocessors\n"
                    "visible_memory: 79.179 GiB\n"
                    "memory_bandwidth: 3352.3 GB/s\n"
                    "l2_cache: 52.429 MB\n"
                    "streaming_multiprocessors: 132\n",
                sheet.yaml());
  sheet.cudaName = "NVIDIA A10";
  sheet.multiprocessors = 72;
  sheet.takePeaks(8, 1.695e9);
  report.expect("device.yaml: unknown devices by their clock",
                sheet.name == "NVIDIA A10" && std::fabs(sheet.bf16Peak / 249.9e12 - 1) < 1e-3 &&
                    sheet.fp8Peak == 0 && sheet.yaml().find("fp8:") == std::string::npos);

  Tables tables;
  tables.device = "name: x\n";
  tables.gemmBF16 +=
      "1,128,256," + Tables::ending("cublaslt", 3.25, 0.012, Work::gemm(1, 128, 256, 2)) + "\n";
  report.expect("tables: written", tables.write(folder + "/t_"));
  const auto text = [&](const char* name) {
    std::ifstream file(folder + "/t_" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  report.expect(
      "tables: rows",
      text("gemm_bf16.csv") ==
          "m,n,k,latency_us,implementation,spread,flops,bytes\n1,128,256,3.25,cublaslt,0.012,65536,66304\n",
      text("gemm_bf16.csv"));
  report.expect("tables: none without rows", text("gemm_fp8.csv").empty());
  report.expect("tables: no folder, no files", !tables.write(folder + "/none/t_"));
}

}  // namespace

int main(int count, char** arguments) {
  Report report;
  testFiles(report, count > 1 ? arguments[1] : ".");
  testNumbers(report);
  testReference(report);
  testIndices(report);
  testWork(report);
  printf("number formats, plain loops, indices, counted work, files:\n");
  report.print(stdout);
  int failures = report.failures();
  for (auto order : {emulation::Order::ascending, emulation::Order::descending}) {
    const bool isAscending = order == emulation::Order::ascending;
    emulation::machine.order = order;
    Report kernels;
    Checks(kernels, 0, CheckSize::small).runAll();
    AttentionChecks(kernels, 0, CheckSize::small).runAll();
    printf("\nkernels in the emulation on the CPU, threads %s:\n", isAscending ? "in order" : "last first");
    kernels.print(stdout);
    failures += kernels.failures();
  }
  printf("\n%s; %ld barriers passed in the emulation, no GPU was used\n", failures ? "FAILED" : "all equal",
         emulation::machine.barriers);
  return failures ? 1 : 0;
}
