// The device as `swiftkv-sim calibrate fit --device` reads it. CUDA knows sizes and clocks; peaks of the
// tensor cores and the link come from NVIDIA's data sheets where the name is known, the same figures as in
// the simulator's catalogue.
#pragma once
#include <string>

#include "Device.h"

namespace swiftkv {

struct DeviceSheet {
  std::string name, cudaName, architecture;
  /// FLOP/s, dense; fp8 is 0 where there is none.
  double bf16Peak, fp8Peak;
  /// bytes/s.
  double memoryBandwidth, linkBandwidth;
  double memoryBytes, l2Bytes;
  int multiprocessors, driver, runtime;
  /// Where the peaks and the link come from.
  std::string source;

#ifdef __CUDACC__
  static DeviceSheet current() {
    int device;
    cudaDeviceProp properties;
    DeviceSheet sheet;
    require(cudaGetDevice(&device), "cudaGetDevice");
    require(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    require(cudaDriverGetVersion(&sheet.driver), "cudaDriverGetVersion");
    require(cudaRuntimeGetVersion(&sheet.runtime), "cudaRuntimeGetVersion");
    const auto attribute = [&](cudaDeviceAttr which) {
      int value;
      require(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute");
      return double(value);
    };
    sheet.cudaName = properties.name;
    sheet.architecture = properties.major >= 10 ? "blackwell" : properties.major == 9 ? "hopper" : "ampere";
    sheet.multiprocessors = properties.multiProcessorCount;
    sheet.memoryBytes = double(properties.totalGlobalMem);
    sheet.l2Bytes = double(properties.l2CacheSize);
    // Clock in kHz, bus width in bits, two transfers a clock.
    sheet.memoryBandwidth =
        2e3 * attribute(cudaDevAttrMemoryClockRate) * attribute(cudaDevAttrGlobalMemoryBusWidth) / 8;
    sheet.takePeaks(properties.major, attribute(cudaDevAttrClockRate) * 1e3);
    return sheet;
  }
#endif

  std::string yaml() const {
    char text[2000];
    std::string fp8;
    if (fp8Peak > 0) {
      snprintf(text, sizeof text, "fp8: %.5g TFLOP/s\n", fp8Peak / 1e12);
      fp8 = text;
    }
    snprintf(text, sizeof text,
             "# %s, CUDA driver %d, runtime %d\n"
             "name: %s\n"
             "architecture: %s\n"
             "# %s\n"
             "bf16: %.5g TFLOP/s\n"
             "%s"
             "link_bandwidth: %.5g GB/s\n"
             "# from CUDA: memory, memory clock times bus width, L2, multiprocessors\n"
             "visible_memory: %.5g GiB\n"
             "memory_bandwidth: %.5g GB/s\n"
             "l2_cache: %.5g MB\n"
             "streaming_multiprocessors: %d\n",
             cudaName.c_str(), driver, runtime, name.c_str(), architecture.c_str(), source.c_str(),
             bf16Peak / 1e12, fp8.c_str(), linkBandwidth / 1e9, memoryBytes / (1 << 30),
             memoryBandwidth / 1e9, l2Bytes / 1e6, multiprocessors);
    return text;
  }

  /// Name, peaks and link by CUDA's name of the device; `clock` in Hz, for a device that is not known.
  void takePeaks(int major, double clock) {
    // What CUDA calls the device, what the simulator does, and its figures from the data sheet.
    struct Known {
      const char *cudaName, *name;
      double bf16, fp8, link, memory;
    };
    const Known known[] = {
        {"NVIDIA H100 80GB HBM3", "H100-SXM-80GB", 989e12, 1979e12, 450e9, 3350e9},
        {"NVIDIA H200", "H200-SXM-141GB", 989e12, 1979e12, 450e9, 4800e9},
        {"NVIDIA H100 PCIe", "H100-PCIe-80GB", 756e12, 1513e12, 64e9, 2000e9},
        {"NVIDIA A100-SXM4-80GB", "A100-SXM-80GB", 312e12, 0, 300e9, 2039e9},
        {"NVIDIA A100-SXM4-40GB", "A100-SXM-40GB", 312e12, 0, 300e9, 1555e9},
        {"NVIDIA B200", "B200-SXM-180GB", 2250e12, 4500e12, 900e9, 7700e9},
    };
    for (const Known& device : known) {
      if (cudaName != device.cudaName) continue;
      name = device.name;
      bf16Peak = device.bf16;
      fp8Peak = device.fp8;
      linkBandwidth = device.link;
      // Some virtual machines hide the memory clock.
      if (memoryBandwidth == 0) memoryBandwidth = device.memory;
      source = "from NVIDIA's data sheet: dense peaks, NVLink (or PCIe) one way";
      return;
    }
    // Multiply-adds of a multiprocessor and clock: 1024 (Ampere), 2048 (Hopper), 4096 (Blackwell) dense
    // 16-bit ones.
    const double fused = major >= 10 ? 4096 : major == 9 ? 2048 : 1024;
    name = cudaName;
    bf16Peak = 2 * fused * multiprocessors * clock;
    fp8Peak = major >= 9 ? 2 * bf16Peak : 0;
    linkBandwidth = 64e9;
    source = "device not known: peaks calculated from the highest clock, the link is assumed to be PCIe 5";
  }
};

}  // namespace swiftkv
