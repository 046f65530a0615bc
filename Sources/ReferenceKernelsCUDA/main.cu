// Checks the kernels on a device, then measures them: reference-kernels [--check] [PREFIX]
// Exit status 0 (also without a device: the message says that nothing was run), 1 after a mismatch or an
// error of CUDA, 2 for bad arguments.
#include "AttentionChecks.h"
#include "Checks.h"
#include "Measurements.cuh"

using namespace swiftkv;

namespace {

/// cuBLASLt through our layouts, against the plain loops.
template <class T>
void checkVendor(Report& report, VendorLibrary& library, const char* name, double ofMagnitude,
                 Stream stream) {
  Random random(3);
  for (const auto& [m, n, k] : {std::tuple{1, 256, 512}, {17, 128, 1024}, {130, 272, 256}, {64, 512, 4096}}) {
    const VendorGEMM<T> vendor(library, m, n, k);
    std::vector<T> a(size_t(m) * k), w(size_t(n) * k);
    for (std::vector<T>* values : {&a, &w}) {
      for (T& value : *values) {
        if constexpr (sizeof(T) == 2)
          value = toBF16(random.uniform(1));
        else
          value = toE4M3(random.uniform(1));
      }
    }
    DeviceArray<T> deviceA(a), deviceW(w);
    DeviceArray<bf16> c(size_t(m) * n);
    if (!vendor.accepts(deviceA.data(), deviceW.data(), c.data(), stream)) {
      printf("not checked: %s has no algorithm for m=%d n=%d k=%d\n", name, m, n, k);
      continue;
    }
    const auto want = reference::gemm(decoded(a), decoded(w), m, n, k);
    report.compare(name, shapeText({{"m", m}, {"n", n}, {"k", k}}), decoded(c.host()), want.value,
                   bf16Rounding, want.magnitude, ofMagnitude);
  }
}

/// SwiftKV's projections of several layers: one product of stacked weights has, side by side, what a call a
/// layer has.
void checkProjections(Report& report, VendorLibrary& library, Stream stream) {
  const int m = 33, layers = 3, n = 128, k = 256;
  Random random(5);
  const auto x = random.bf16s(size_t(m) * k), w = random.bf16s(size_t(layers) * n * k);
  DeviceArray<bf16> deviceX(x), deviceW(w), stacked(size_t(layers) * m * n), sideBySide(stacked.size()),
      together(stacked.size());
  const VendorGEMM<bf16> each(library, m, n, k), all(library, m, layers * n, k);
  report.expect("kv_proj of later layers: algorithms", each.isSupported && all.isSupported);
  if (!each.isSupported || !all.isSupported) return;
  for (int layer = 0; layer < layers; layer++)
    each.run(deviceX.data(), deviceW.data() + size_t(layer) * n * k, stacked.data() + size_t(layer) * m * n,
             stream);
  concatenate(stacked.data(), sideBySide.data(), layers, m, n, stream);
  all.run(deviceX.data(), deviceW.data(), together.data(), stream);
  const auto want = reference::gemm(decoded(x), decoded(w), m, layers * n, k);
  report.compare("kv_proj of later layers, one call", "", decoded(together.host()), want.value, bf16Rounding,
                 want.magnitude, 1e-5);
  report.compare("kv_proj of later layers, a call a layer", "", decoded(sideBySide.host()), want.value,
                 bf16Rounding, want.magnitude, 1e-5);
}

}  // namespace

int main(int count, char** arguments) {
  bool isCheckOnly = false;
  std::string prefix;
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    if (argument == "--check") {
      isCheckOnly = true;
    } else if (argument.rfind("-", 0) == 0 || !prefix.empty()) {
      fprintf(stderr, "error: '%s'; allowed are --check and one prefix of the files to write\n",
              argument.c_str());
      return 2;
    } else {
      prefix = argument;
    }
  }
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    printf(
        "NO CUDA DEVICE (%s).\nNothing was run on a device: no kernel was checked there, nothing was "
        "measured, no table was "
        "written.\n",
        status == cudaSuccess ? "none found" : cudaGetErrorString(status));
    return 0;
  }

  Stream stream;
  require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  VendorLibrary library;
  Report report;
  Checks(report, stream, CheckSize::large).runAll();
  AttentionChecks(report, stream, CheckSize::large).runAll();
  checkVendor<bf16>(report, library, "GEMM, cuBLASLt, BF16", 1e-5, stream);
  // The tensor cores' own accumulators of FP8 products keep some 14 bits, and truncation adds up along k.
  if (DeviceSheet::current().fp8Peak > 0)
    checkVendor<e4m3>(report, library, "GEMM, cuBLASLt, FP8", 1.0 / (1 << 10), stream);
  checkProjections(report, library, stream);
  printf("kernels on %s:\n", DeviceSheet::current().cudaName.c_str());
  report.print(stdout);
  if (report.failures() > 0) {
    fprintf(stderr, "FAILED: kernels differ from the plain loops; nothing was measured\n");
    return 1;
  }
  if (isCheckOnly) return 0;
  const Tables tables = Measurements(stream, library).run();
  for (const std::string& note : tables.notes) printf("left out: %s\n", note.c_str());
  return tables.write(prefix) ? 0 : 1;
}
