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
  /// Which devices have it; nil stands for all.
  private let ofProcessor: Bool?

  /// The sections of a device's profile file, in its order.
  static func all(of architecture: DeviceSpec.Architecture) -> [ProfilePart] {
    all.filter { $0.ofProcessor == nil || $0.ofProcessor == architecture.isProcessor }
  }

  static let allNames = all.map(\.name)

  /// Sections that a device of this kind cannot have.
  static func names(notOf architecture: DeviceSpec.Architecture) -> [String] {
    all.filter { $0.ofProcessor == !architecture.isProcessor }.map(\.name)
  }

  private static let all: [ProfilePart] = [
    .init(.gemm16, \.gemm16), .init(.gemm8, \.gemm8), .init(.prefill16, \.prefill16),
    .init(.prefill8, \.prefill8), .init(.decode16, \.decode16), .init(.decode8, \.decode8),
    .init(.allReduce, \.allReduce), .init(.elementwise, \.elementwise),
    .init(.gemm32, \.gemm32), .init(.prefill32, \.prefill32), .init(.decode32, \.decode32),
    .init(.elementwise32, \.elementwise32),
    .init("serving", "kernel coefficients that differ in serving from those of a kernel alone", \.serving),
    .init("host", "what a sum of kernel times leaves out", \.host),
    .init("memory", "device memory that is neither weights, activations nor KV", \.memory),
  ]

  private init<S: CalibratedSection>(
    _ name: String, _ title: String, _ path: any WritableKeyPath<DeviceProfile, S> & Sendable,
    ofProcessor: Bool? = nil
  ) {
    self.ofProcessor = ofProcessor
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
    self.init(kernel.rawValue, kernel.title, path, ofProcessor: kernel.isOfProcessor)
  }

  /// A section that a GPU's profile may lack, but not a processor's.
  private init<S: CalibratedSection>(
    _ kernel: KernelName, _ path: any WritableKeyPath<DeviceProfile, S?> & Sendable
  ) {
    let name = kernel.rawValue
    let isRequired = kernel.isOfProcessor
    ofProcessor = kernel.isOfProcessor
    self.name = name
    title = kernel.title
    read = { reader, top, profile in
      profile[keyPath: path] = reader.coefficients(top, name, as: S.self, isRequired: isRequired)
    }
    text = { profile in profile[keyPath: path].map { ProfileText.section(name, kernel.title, $0) } }
  }
}
