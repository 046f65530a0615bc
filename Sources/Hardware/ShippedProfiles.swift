import InputFiles

extension DeviceProfile {
  /// Names of the devices whose profiles are part of the program, as in the catalogue.
  public static let calibratedNames = ["H100-SXM-80GB", "H200-SXM-141GB", "A100-SXM-80GB"]

  /// The shipped profile of a device, in any case of letters; nil if only its datasheet is known. Read on first use.
  public static func calibrated(_ name: String) -> DeviceProfile? {
    switch name.lowercased() {
    case "h100-sxm-80gb": h100
    case "h200-sxm-141gb": h200
    case "a100-sxm-80gb": a100
    default: nil
    }
  }

  private static let h100 = shipped(PackageResources.H100_SXM_80GB_yaml, "H100-SXM-80GB.yaml")
  private static let h200 = shipped(PackageResources.H200_SXM_141GB_yaml, "H200-SXM-141GB.yaml")
  private static let a100 = shipped(PackageResources.A100_SXM_80GB_yaml, "A100-SXM-80GB.yaml")

  private static func shipped(_ bytes: [UInt8], _ file: String) -> DeviceProfile {
    do {
      return try DeviceProfile(yaml: String(decoding: bytes, as: UTF8.self), file: file)
    } catch {
      // Part of the program, and every one is read by a test.
      fatalError("\(error)")
    }
  }
}
