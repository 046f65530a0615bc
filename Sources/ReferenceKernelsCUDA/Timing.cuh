// How long a kernel takes: launches in a CUDA graph, as engines run them, between two events.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "Device.h"

namespace swiftkv {

struct Timing {
  /// Of one launch: the median of the samples.
  double microseconds;
  /// Distance of the quartiles of the samples as a share of the median.
  double spread;
};

class Stopwatch {
 public:
  explicit Stopwatch(Stream stream) : stream(stream) {
    require(cudaEventCreate(&start), "cudaEventCreate");
    require(cudaEventCreate(&stop), "cudaEventCreate");
  }
  Stopwatch(const Stopwatch&) = delete;
  ~Stopwatch() {
    cudaEventDestroy(start);
    cudaEventDestroy(stop);
  }

  /// - work: launches on the stream what is timed, on the given one of `copies` sets of data.
  Timing time(int copies, const std::function<void(int copy)>& work) {
    work(0);  // loads the code
    const double once = sample([&] { work(copies > 1 ? 1 : 0); });
    // A sample long enough that the events' own microseconds do not count, and that passes all copies where
    // these are few.
    const int enough = int(std::min(sampleMicroseconds / std::max(once, 1.0) + 1, double(mostLaunches)));
    const int launches = std::max(enough, std::min(copies, mostLaunches));

    cudaGraph_t graph;
    cudaGraphExec_t executable;
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    for (int i = 0; i < launches; i++) work(i % copies);
    require(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    require(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
    const auto run = [&] { require(cudaGraphLaunch(executable, stream), "cudaGraphLaunch"); };
    run();
    run();
    const int count = once * launches > 5000 ? 7 : 15;
    std::vector<double> samples;
    for (int i = 0; i < count; i++) samples.push_back(sample(run) / launches);
    require(cudaGraphExecDestroy(executable), "cudaGraphExecDestroy");
    require(cudaGraphDestroy(graph), "cudaGraphDestroy");
    std::sort(samples.begin(), samples.end());
    const double median = samples[count / 2];
    return {median, (samples[count - 1 - count / 4] - samples[count / 4]) / median};
  }

 private:
  static constexpr double sampleMicroseconds = 600;
  static constexpr int mostLaunches = 128;
  Stream stream;
  cudaEvent_t start, stop;

  double sample(const std::function<void()>& work) {
    require(cudaEventRecord(start, stream), "cudaEventRecord");
    work();
    require(cudaEventRecord(stop, stream), "cudaEventRecord");
    require(cudaEventSynchronize(stop), "a timed kernel");
    float milliseconds;
    require(cudaEventElapsedTime(&milliseconds, start, stop), "cudaEventElapsedTime");
    return milliseconds * 1000.0;
  }
};

}  // namespace swiftkv
