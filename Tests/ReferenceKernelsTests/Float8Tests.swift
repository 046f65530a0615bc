import Quantities
import ReferenceKernels
import Testing

@Suite struct Float8Tests {
  @Test("all 256 codes have their value, and go back to themselves")
  func everyCode() {
    let codes = Matrix<Float8E4M3>(rows: 1, columns: 256)
    for i in 0..<256 { codes[0, i] = Float8E4M3(bits: UInt8(i)) }
    for threads in everyKernelThreads() {
      let values = Matrix<Float>(rows: 1, columns: 256)
      let work = Kernels.dequantize(codes.view, scale: 1, into: values.view, threads: threads)
      #expect(work == CountedWork(flops: 256, bytes: 1280))
      let again = Matrix<Float8E4M3>(rows: 1, columns: 256)
      #expect(Kernels.quantize(values.view, scale: 1, into: again.view, threads: threads) == work)
      for i in 0..<256 {
        let plain = PlainKernels.value(ofE4M3: UInt8(i))
        #expect(plain.isNaN ? values[0, i].isNaN : values[0, i] == plain)
        #expect(plain.sign == values[0, i].sign || plain.isNaN)
        #expect(again[0, i].bits == UInt8(i))
      }
    }
  }

  @Test("rounding to nearest even, saturation, NaN and infinity, with a scale and an odd width")
  func rounding() {
    var numbers: [Float] = [
      0, -0.0, 448, 449, 464, 1e9, -1e9, .infinity, -.infinity, .nan, 0x1p-10, 0x1.8p-10, 0x1p-30,
    ]
    for code in UInt8(0)..<0x7e {
      let (a, b) = (PlainKernels.value(ofE4M3: code), PlainKernels.value(ofE4M3: code + 1))
      let middle = (a + b) / 2  // exactly between two codes: the even one
      numbers += [middle, -middle, middle.nextUp, middle.nextDown, a.nextUp]
    }
    let x = Matrix<Float>(rows: 1, columns: numbers.count)
    for scale: Float in [1, 0.25] {
      for (i, number) in numbers.enumerated() { x[0, i] = number * scale }
      for threads in everyKernelThreads() {
        let y = Matrix<Float8E4M3>(rows: 1, columns: numbers.count)
        Kernels.quantize(x.view, scale: scale, into: y.view, threads: threads)
        for (i, number) in numbers.enumerated() {
          #expect(y[0, i].bits == PlainKernels.e4m3(of: number), "\(number)")
        }
      }
    }
  }
}
