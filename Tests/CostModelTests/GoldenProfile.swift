import Hardware
import Quantities
import Testing

extension Golden {
  /// An H100 with the coefficients that the worked examples were computed with. Fixed here, so that the examples protect the
  /// formulas whatever the shipped coefficients are.
  static func profile() throws -> DeviceProfile {
    var profile = try #require(DeviceProfile.calibrated("H100-SXM-80GB"))
    profile.gemm16.rate = 8.69102235e+14
    profile.gemm16.throttledRate = 8.22912289e+14
    profile.gemm16.throttleOnset = 0.00072737388
    profile.gemm16.memoryBandwidth = 2.98360865e+12
    profile.gemm16.l2Bandwidth = 2.10663161e+13
    profile.gemm16.splitBandwidth = 8.88352549e+12
    profile.gemm16.tileOverhead = 1.94885718e-06
    profile.gemm16.memoryLatency = 2.17142416e-06
    profile.gemm16.joint = 2.86221475
    profile.gemm16.splitOverhead = 2.49940167e-06
    profile.gemm16.lastWaveWeight = 0.174520415

    profile.gemm8?.rate = 1.76885522e+15
    profile.gemm8?.throttledRate = 1.35472369e+15
    profile.gemm8?.throttleOnset = 6.76773385e-05
    profile.gemm8?.memoryBandwidth = 2.70026096e+12
    profile.gemm8?.l2Bandwidth = 2.51005864e+13
    profile.gemm8?.tileOverhead = 3.41006658e-07
    profile.gemm8?.joint = 2.08854599
    profile.gemm8?.partialTileFactor = 0.855693414
    profile.gemm8?.launch = 4.71742035e-06
    profile.gemm8?.quantizationPerRow = 6.27441983e-09
    profile.gemm8?.quantizationBandwidth = 2.07432727e+12
    // The examples have both launches in one.
    profile.gemm8?.quantizationOverhead = 0

    profile.decode16.launch = 7.66894288e-06
    profile.decode16.splitOverhead = 1.38683626e-06
    profile.decode16.splitDoubling = 4.29024768e-07
    profile.decode16.tileOverhead = 1.18088473e-06
    profile.decode16.headOverhead = 1.02525994e-06
    profile.decode16.perSequence = 2.32633987e-08
    profile.decode16.blockTime64 = 7.19513317e-07
    profile.decode16.blockTime128 = 1.25147822e-06
    profile.decode16.blockTime192 = 1.9640284e-06
    profile.decode16.blockTime256 = 2.43274578e-06
    profile.decode16.laterWaveShare = 0.75
    profile.decode16.tailWaves = 0.25
    profile.decode16.bandwidth = 3.34999986e+12
    profile.decode16.joint = 2.1015384
    profile.decode16.residentBytes = 34282673.5

    profile.decode8?.launch = 8.61589816e-06
    profile.decode8?.splitOverhead = 1.57546419e-06
    profile.decode8?.splitDoubling = 3.00212768e-07
    profile.decode8?.tileOverhead = 7.48504714e-07
    profile.decode8?.headOverhead = 1.51030169e-06
    profile.decode8?.perSequence = 2.31113363e-08
    profile.decode8?.blockTime64 = 8.80284534e-07
    profile.decode8?.blockTime128 = 1.59214129e-06
    profile.decode8?.blockTime192 = 3.334228e-06
    profile.decode8?.blockTime256 = 5.52004494e-06
    profile.decode8?.laterWaveShare = 0.75
    profile.decode8?.tailWaves = 0.25
    profile.decode8?.bandwidth = 3.34838845e+12
    profile.decode8?.joint = 9.99927228
    profile.decode8?.residentBytes = 30001014.9

    profile.prefill16.launch = 8.00727943e-06
    profile.prefill16.tileOverhead = 1.89425436e-06
    profile.prefill16.rowOverhead = 2.44102115e-06
    profile.prefill16.blockTime64 = 1.49354329e-06
    profile.prefill16.blockTime128 = 1.48686642e-06
    profile.prefill16.blockTime192 = 1.95476254e-06
    profile.prefill16.blockTime256 = 2.53505046e-06
    profile.prefill16.keyValueBandwidth512 = 4.35515451e+11
    profile.prefill16.keyValueBandwidth1024 = 7.38855847e+11
    profile.prefill16.keyValueBandwidth = 1.017287e+12
    profile.prefill16.longestTileWeight = 0.255367553
    profile.prefill16.throttleOnset = 0.00858284639
    profile.prefill16.throttling = 0.171805154
    profile.prefill16.splitSlowdown = 0.129797888
    profile.prefill16.splitOverhead = 3.02504068e-06
    profile.prefill16.cachedBandwidth = 2.85e12

    profile.prefill8?.launch = 8.72166061e-06
    profile.prefill8?.tileOverhead = 1.42461191e-06
    profile.prefill8?.rowOverhead = 3.84470529e-06
    profile.prefill8?.blockTime64 = 1.40981483e-06
    profile.prefill8?.blockTime128 = 1.64020344e-06
    profile.prefill8?.blockTime192 = 2.54556223e-06
    profile.prefill8?.blockTime256 = 4.33655476e-06
    profile.prefill8?.keyValueBandwidth512 = 1.38280251e+11
    profile.prefill8?.keyValueBandwidth1024 = 2.62935259e+11
    profile.prefill8?.keyValueBandwidth = 4.1374549e+11
    profile.prefill8?.longestTileWeight = 0.256451101
    profile.prefill8?.throttleOnset = 0.0499941975
    profile.prefill8?.throttling = 0.0665200193
    profile.prefill8?.splitSlowdown = 0.0906708687
    profile.prefill8?.splitOverhead = 3.4987244e-06
    profile.prefill8?.cachedBandwidth = 2.85e12

    profile.allReduce.oneShotLatency = 4.13604003e-06
    profile.allReduce.oneShotPerDevice = 8.72734333e-08
    profile.allReduce.oneShotBandwidth = 2.62356232e+11
    profile.allReduce.twoShotLatency = 8.62538852e-06
    profile.allReduce.twoShotPerDevice = 9.65743586e-08
    profile.allReduce.twoShotBandwidth = 3.29559332e+11
    profile.allReduce.ringLatency = 3.20720953e-05
    profile.allReduce.ringBandwidth2 = 3.09137807e+11
    profile.allReduce.ringBandwidth4 = 3.50504088e+11
    profile.allReduce.ringBandwidth8 = 4.01564478e+11

    profile.elementwise.launch = 2.0e-6
    profile.elementwise.bandwidth = 2.9e12

    profile.serving.slowdown = 1.13
    profile.host.perStep = 1.0e-4
    profile.host.sampling = 8e-6
    return profile
  }
}
