extension DeviceProfile {
  /// This profile as a guess for another device: coefficients that are shares of a datasheet figure are scaled by the ratio of
  /// the two datasheets, the others stay. Every source says so, and no errors are claimed.
  ///
  /// What needs FP8 tensor cores is left out where the device has none. For the same device the profile is unchanged.
  public func carriedOver(to device: DeviceSpec) -> DeviceProfile {
    guard device.name != spec.name else { return self }
    guard device.architecture.isProcessor == spec.architecture.isProcessor else {
      return DeviceProfile(unfitted: device, because: "not measured; \(spec.name) is another kind of device")
    }
    var profile = self
    profile.spec = device
    profile.command = nil
    func scale<S: CalibratedSection>(_ section: S) -> S { section.carriedOver(from: spec, to: device) }
    profile.gemm16 = scale(gemm16)
    profile.gemm8 = device.fp8 == nil ? nil : gemm8.map(scale)
    profile.prefill16 = scale(prefill16)
    profile.prefill8 = device.fp8 == nil ? nil : prefill8.map(scale)
    profile.decode16 = scale(decode16)
    profile.decode8 = device.fp8 == nil ? nil : decode8.map(scale)
    profile.allReduce = scale(allReduce)
    profile.elementwise = scale(elementwise)
    profile.gemm32 = gemm32.map(scale)
    profile.prefill32 = prefill32.map(scale)
    profile.decode32 = decode32.map(scale)
    profile.elementwise32 = elementwise32.map(scale)
    profile.serving = scale(serving)
    profile.host = scale(host)
    profile.memory = scale(memory)
    profile.adoptChip()
    return profile
  }
}

extension DeviceProfile {
  /// No kernels, and a host that takes no time and no memory.
  public init(unfitted device: DeviceSpec, because source: String = "not measured") {
    self.init(spec: device)
    serving.fit.source = source
    host.fit.source = source
    memory.fit.source = source
    adoptChip()
  }
}

extension CalibratedSection {
  fileprivate func carriedOver(from old: DeviceSpec, to new: DeviceSpec) -> Self {
    var section = self
    var isScaled = false
    for coefficient in Self.coefficients {
      guard case .share(_, let figure) = coefficient.start, let a = old[figure], let b = new[figure] else {
        continue
      }
      coefficient.set(&section, coefficient.get(self) * b / a)
      isScaled = true
    }
    section.fit = DeviceProfile.Fit(
      source: "not measured; taken over from \(old.name)"
        + (isScaled ? ", rates scaled with the datasheets" : ""))
    return section
  }
}
