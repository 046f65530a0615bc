import Hardware
import Quantities
import Testing

extension Golden {
  /// An H100 with the coefficients that the worked examples were computed with. Fixed here, so that the examples protect the
  /// formulas whatever the shipped coefficients are.
  static func profile() throws -> DeviceProfile {
    var profile = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    profile.gemm16.rate = 882.26e12
    profile.gemm16.throttledRate = 807.05e12
    profile.gemm16.throttleOnset = 1.3526e-3
    profile.gemm16.memoryBandwidth = 2.8476e12
    profile.gemm16.l2Bandwidth = 15.381e12
    profile.gemm16.waveOverhead = 2.4886e-6
    profile.gemm16.memoryLatency = 2.5102e-6
    profile.gemm16.joint = 4.6958
    profile.gemm16.splitOverhead = 1.9631e-6

    profile.gemm8?.rate = 1977.98e12
    profile.gemm8?.throttledRate = 1544.02e12
    profile.gemm8?.throttleOnset = 0.1326e-3
    profile.gemm8?.memoryBandwidth = 2.6935e12
    profile.gemm8?.l2Bandwidth = 21.150e12
    profile.gemm8?.waveOverhead = 1.9767e-6
    profile.gemm8?.memoryLatency = 1.9806e-6
    profile.gemm8?.joint = 3.3881
    profile.gemm8?.oddRowsFactor = 0.7745
    profile.gemm8?.quantizationOverhead = 3.4073e-6
    profile.gemm8?.quantizationBandwidth = 1.0593e12

    profile.prefill16.launch = 9.472e-6
    profile.prefill16.rate = 763.4e12
    profile.prefill16.throttleOnset = 4.849e-3
    profile.prefill16.throttledShare = 0.8156
    profile.prefill16.longestTileWeight = 0.4966
    profile.prefill16.queryBandwidth = 2.784e12
    profile.prefill16.keyValueBandwidth = 1.125e12
    profile.prefill16.waveOverhead = 3.404e-6

    profile.prefill8?.launch = 11.296e-6
    profile.prefill8?.rate = 707.3e12
    profile.prefill8?.throttleOnset = 11.21e-3
    profile.prefill8?.throttledShare = 0.9645
    profile.prefill8?.longestTileWeight = 0.6585
    profile.prefill8?.queryBandwidth = 1.464e12
    profile.prefill8?.keyValueBandwidth = 0.4239e12
    profile.prefill8?.waveOverhead = 3.413e-6

    profile.decode16.launch = 7.990e-6
    profile.decode16.waveFloor = 4.201e-6
    profile.decode16.bandwidth = 3.0128e12
    profile.decode16.waveOverhead = 1.0e-6
    profile.decode16.contextOverhead = 0.7113e-6

    profile.decode8?.launch = 9.704e-6
    profile.decode8?.waveFloor = 4.0e-6
    profile.decode8?.bandwidth = 2.850e12
    profile.decode8?.waveOverhead = 4.0e-6
    profile.decode8?.contextOverhead = 0.590e-6

    profile.allReduce.oneShotLatency = 4.1338e-6
    profile.allReduce.oneShotPerDevice = 0.08622e-6
    profile.allReduce.oneShotBandwidth = 259.44e9
    profile.allReduce.twoShotLatency = 8.5753e-6
    profile.allReduce.twoShotPerDevice = 0.07234e-6
    profile.allReduce.twoShotBandwidth = 312.54e9
    profile.allReduce.ringLatency = 30.550e-6
    profile.allReduce.ringBandwidth2 = 317.17e9
    profile.allReduce.ringBandwidth4 = 340.73e9
    profile.allReduce.ringBandwidth8 = 449.17e9

    profile.elementwise.launch = 2.0e-6
    profile.elementwise.bandwidth = 2.9e12

    profile.host.perStep = 1.0e-4
    profile.serving.slowdown = 1.13
    profile.host.frontEnd = 7.0e-3
    profile.host.sampling = 8e-6
    profile.serving.decodeWaveOverhead = profile.decode16.waveOverhead
    return profile
  }
}
