/// The program's version: what `--version` prints and every stored run carries.
public enum CodeVersion {
  public static let current = "0.1.0"
}
