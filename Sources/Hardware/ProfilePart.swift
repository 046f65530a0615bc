import InputFiles

/// A section of a profile file that holds coefficients, tied to its place in the profile.
struct ProfilePart: Sendable {
  /// Key of the section.
  let name: String
  /// Stands above the section in the file.
  let title: String
  let read: @Sendable (inout ProfileReader, YAMLSection, inout DeviceProfile) -> Void
  /// The section as it is written; nil if the profile has none.
  let text: @Sendable (DeviceProfile) -> String?

  /// In the order of the file.
  static let all: [ProfilePart] = [
    .init(.gemm16, \.gemm16), .init(.gemm8, \.gemm8), .init(.prefill16, \.prefill16),
    .init(.prefill8, \.prefill8), .init(.decode16, \.decode16), .init(.decode8, \.decode8),
    .init(.allReduce, \.allReduce),
    .init("elementwise", "norms, rotary embedding, activation functions, cache writes", \.elementwise),
    .init("serving", "kernel coefficients that differ in serving from those of a kernel alone", \.serving),
    .init("host", "what a sum of kernel times leaves out", \.host),
    .init("memory", "device memory that is neither weights, activations nor KV", \.memory),
  ]

  private init<S: CalibratedSection>(
    _ name: String, _ title: String, _ path: any WritableKeyPath<DeviceProfile, S> & Sendable
  ) {
    self.name = name
    self.title = title
    read = { reader, top, profile in
      if let section = reader.coefficients(top, name, as: S.self, isRequired: true) {
        profile[keyPath: path] = section
      }
    }
    text = { ProfileText.section(name, title, $0[keyPath: path]) }
  }

  private init<S: CalibratedSection>(
    _ kernel: KernelName, _ path: any WritableKeyPath<DeviceProfile, S> & Sendable
  ) {
    self.init(kernel.rawValue, kernel.title, path)
  }

  /// A section that a profile may lack.
  private init<S: CalibratedSection>(
    _ kernel: KernelName, _ path: any WritableKeyPath<DeviceProfile, S?> & Sendable
  ) {
    let name = kernel.rawValue
    self.name = name
    title = kernel.title
    read = { reader, top, profile in
      profile[keyPath: path] = reader.coefficients(top, name, as: S.self, isRequired: false)
    }
    text = { profile in profile[keyPath: path].map { ProfileText.section(name, kernel.title, $0) } }
  }
}
