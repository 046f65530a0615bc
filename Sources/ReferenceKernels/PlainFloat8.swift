extension PlainKernels {
  /// The value of an E4M3 code: sign, four bits of exponent (bias 7), three of mantissa; S.1111.111 is NaN.
  ///
  /// Micikevicius et al.: "FP8 formats for deep learning", 2022.
  public static func value(ofE4M3 code: UInt8) -> Float {
    let sign: Float = code & 0x80 == 0 ? 1 : -1
    let exponent = Int(code >> 3 & 0xf)
    let mantissa = Float(code & 7) / 8
    if code & 0x7f == 0x7f { return .nan }
    if exponent == 0 { return sign * mantissa * 0x1p-6 }
    return sign * (1 + mantissa) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }

  /// The E4M3 code nearest to a number: the even one of two equally near, ±448 beyond that, NaN for NaN.
  public static func e4m3(of value: Float) -> UInt8 {
    let sign: UInt8 = value.sign == .minus ? 0x80 : 0
    if value.isNaN { return sign | 0x7f }
    let size = min(value.magnitude, 448)
    var best: UInt8 = 0
    for code in UInt8(0)...0x7e {
      let distance = (Self.value(ofE4M3: code) - size).magnitude
      let least = (Self.value(ofE4M3: best) - size).magnitude
      if distance < least || distance == least && code % 2 == 0 { best = code }
    }
    return sign | best
  }
}
